"""Changes of a contact's own fields, in its profile: the form, what is wrong with it, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from contacts_ui.components import contact_form as form
from contacts_ui.components.contact_form import Question, Value
from contacts_ui.components.contact_wishes import wished
from contacts_ui.components.owners import choosable
from contacts_ui.shell import access, systems
from contacts_ui.shell.htmx import wants_part
from contacts_ui.shell.http import MemberRequest
from contacts_ui.timeline import profile_part
from integrations.activity import firms
from integrations.activity.models import Contact
from integrations.activity.shown_fields import fields_to_edit
from integrations.sync import commands
from integrations.sync.health.contact_writes import unsettled_of

PART, PAGE = "contacts_ui/timeline/_edit.html", "contacts_ui/timeline/edit.html"
MOST_FIELDS = 100
FIRM = "business"


@require_safe
@login_required
def show_profile(request: MemberRequest, contact_id: int) -> HttpResponse:
    """The profile as it stands, where a form stood in its place."""
    return profile_part.answer(request, access.get_contact_or_404(request, contact_id))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def edit_contact(request: MemberRequest, contact_id: int) -> HttpResponse:
    """The form with what the contact has; sent, only what was changed in it is written."""
    contact = access.get_contact_or_404(request, contact_id)
    if refusal := profile_part.refusal_of(contact):
        return profile_part.answer(request, contact, refusal=refusal)
    shown = wished(contact, unsettled_of(contact)).contact
    definitions, total = fields_to_edit(contact.workspace, at_most=MOST_FIELDS)
    asked = [*form.questions(definitions, choosable(contact.workspace_id), shown), Question(FIRM, "Business")]
    held = form.values_of(shown) | {FIRM: firms.name_of(shown)}
    about = {"unlisted": total - len(definitions), "firms": firms.names_of(contact.connection_id)}
    if request.method != "POST":
        return _form(request, contact, about | {"controls": form.controls(asked, held, contact=shown)})
    typed = form.posted(asked, request.POST)
    before = form.was(asked, request.POST)
    errors, saved = _save(request, contact, asked, {"typed": typed, "before": before, "held": held})
    if errors:
        again = form.controls(asked, held, contact=shown, typed=typed, errors=errors)
        return _form(request, contact, about | {"controls": again, "error": errors.get("", "")}, status=422)
    system = systems.short_name_of(contact.connection)
    return profile_part.answer(
        request, contact, said=f"Saved here. Sending to {system}." if saved else "No changes."
    )


def _save(
    request: MemberRequest, contact: Contact, asked: list[Question], values: Mapping[str, Mapping[str, Value]]
) -> tuple[dict[str, str], bool]:
    """What is wrong by question, "" for the whole of it, and whether anything was written."""
    typed, before, held = (values[name] for name in ("typed", "before", "held"))
    changed = {one.name for one in asked if one.name in typed and typed[one.name] != before[one.name]}
    if errors := _crossed([one for one in asked if one.name in changed], typed, before, held):
        return errors, False
    if not _names_somebody({**held, **{name: typed[name] for name in changed}}):
        return {"first_name": "A contact needs a name, an email or a phone number."}, False
    firm, errors = _firm(contact, str(typed[FIRM])) if FIRM in changed else ("", {})
    plain = changed - {FIRM}
    changes, wrong = form.check("contact.update", form.data_of(typed, plain), contact.connection, target=contact)
    if errors or wrong:
        return errors | wrong, False
    try:
        with transaction.atomic():
            if plain:
                commands.write("contact.update", contact, changes, actor=request.user)
            if FIRM in changed:
                firm_changes = {"business_remote_id": firm}
                commands.write("contact.set_business", contact, firm_changes, actor=request.user)
    except commands.Refused as refused:
        return {"": str(refused)}, False
    return {}, bool(changed)


def _crossed(
    changed: list[Question], typed: Mapping[str, Value], before: Mapping[str, Value], held: Mapping[str, Value]
) -> dict[str, str]:
    """Fields that got another value while the form was open: the person sees it before anything replaces it."""
    found = {}
    for one in changed:
        there = form.shown(one, held)
        if there not in (before[one.name], typed[one.name]):
            words = ", ".join(there) if isinstance(there, tuple) else there
            found[one.name] = (
                f"This was changed to “{words or 'nothing'}” after you opened the form. Save again to replace it."
            )
    return found


def _names_somebody(values: Mapping[str, Value]) -> bool:
    return any(values.get(name) for name in ("first_name", "last_name", "email", "phone"))


def _firm(contact: Contact, name: str) -> tuple[str, dict[str, str]]:
    """The id of the business of that name, "" for none, and why there is no such one."""
    if not name:
        return "", {}
    found = firms.named(contact.connection_id, name)
    if len(found) == 1:
        return found[0], {}
    if found:
        return "", {FIRM: f"Several businesses are called {name}. Assign it on the business's own page."}
    return "", {FIRM: f"No business is called {name}. Choose one from the list."}


def _form(request: MemberRequest, contact: Contact, context: dict[str, Any], status: int = 200) -> HttpResponse:
    known = {"contact": contact, "system": systems.short_name_of(contact.connection), "now": timezone.now()}
    response = render(request, PART if wants_part(request) else PAGE, known | context, status=status)
    response["X-Part"] = "1"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def delete_contact(request: MemberRequest, contact_id: int) -> HttpResponse:
    """Says what a deletion does, then has it done: the contact's name is typed first, by an admin."""
    contact = access.get_contact_or_404(request, contact_id)
    if not access.manages(request, contact.workspace):
        raise Http404("Only an admin of its account may delete a contact.")
    if refusal := profile_part.refusal_of(contact):
        return profile_part.answer(request, contact, refusal=refusal)
    typed, is_sent = request.POST.get("name", "").strip(), request.method == "POST"
    if is_sent and typed == str(contact).strip():
        return _delete(request, contact)
    context = {
        "contact": contact,
        "typed": typed,
        "is_wrong": is_sent,
        "items": sum(contact.entries_by_type.values()),
    }
    context["system"] = systems.short_name_of(contact.connection)
    return render(request, "contacts_ui/timeline/delete.html", context, status=422 if is_sent else 200)


def _delete(request: MemberRequest, contact: Contact) -> HttpResponse:
    try:
        commands.write("contact.delete", contact, actor=request.user)
    except commands.Refused as refused:
        return profile_part.answer(request, contact, refusal=str(refused))
    system = systems.short_name_of(contact.connection)
    return profile_part.answer(
        request, contact, said=f"Deleting in {system}. You can undo it on the profile for a few seconds."
    )
