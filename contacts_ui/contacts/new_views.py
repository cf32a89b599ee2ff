"""A new contact: the form, what is wrong with it, and how its creation stands until its page is there."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRefresh

from contacts_ui.components import contact_form, pending
from contacts_ui.components.contact_form import Question
from contacts_ui.components.owners import choosable
from contacts_ui.components.record_form import key_of, token_in
from contacts_ui.components.task_row import lock_of
from contacts_ui.contacts import new_fields
from contacts_ui.shell import access, systems
from contacts_ui.shell.http import MemberRequest
from integrations.connections.models import Connection
from integrations.sync import commands
from integrations.sync.health.contact_writes import contact_made_by
from integrations.sync.health.writes import Write, WriteState

FORM, STATUS = "contacts_ui/contacts/new.html", "contacts_ui/contacts/new_status.html"
EXTRA = (Question("tags", "Tags"),)
GONE = "Nothing was sent. You can no longer add contacts to the account of this form. Choose another one."
LEFT_OUT = "{} does not have these, so what you filled in was left out: {}."
STRANGERS = (
    "Nothing was sent. {} does not have some of the fields that you filled in. Fill in its fields, then send it."
)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def add_contact(request: MemberRequest) -> HttpResponse:
    """The form; sent, one new contact, however often it is sent. Sent to switch, the form of another account."""
    homes = _homes(request)
    connection = _chosen(request, homes)
    if connection is None:
        return render(request, FORM, {"homes": homes, "is_locked": True, "is_connected": bool(homes)})
    offered, asked = _asked_in(connection)
    about: dict[str, Any] = {"homes": homes, "connection": connection, "system": systems.short_name_of(connection)}

    def show(typed: dict[str, contact_form.Value], errors: dict[str, str], status: int = 200) -> HttpResponse:
        controls, more = new_fields.parted(contact_form.controls(asked, {}, typed=typed, errors=errors), offered)
        drawn = {"controls": controls, "more": more, "error": errors.get("", "")}
        return _form(request, about | drawn, status)

    if request.method != "POST":
        return show({}, {})
    typed = contact_form.posted(asked, request.POST)
    if before := _switched_from(request, homes, connection):
        moved = new_fields.moved(_asked_in(before)[1], asked, request.POST)
        typed |= {"owner_id": "", **moved.values}
        if moved.left_out:
            about["left_out"] = LEFT_OUT.format(connection.workspace.name, ", ".join(moved.left_out))
    if "switch" in request.POST:
        answer = show(typed, {})
        answer["HX-Replace-Url"] = f"{request.path}?account={connection.workspace_id}"
        return answer
    if "left_out" in about:  # switched without a script
        return show(typed, {}, status=422)
    write, errors = _create(request, connection, asked, typed)
    return redirect("contacts_ui:contact-new-status", write.pk) if write else show(typed, errors, status=422)


def _asked_in(connection: Connection) -> tuple[new_fields.Offered, list[Question]]:
    offered = new_fields.offered_in(connection.workspace)
    return offered, [*contact_form.questions(offered.definitions, choosable(connection.workspace_id)), *EXTRA]


def _switched_from(request: MemberRequest, homes: list[Connection], chosen: Connection) -> Connection | None:
    """The account whose form was filled in, where another one was chosen since."""
    drawn = request.POST.get("drawn_for", "")
    return next((one for one in homes if one != chosen and str(one.workspace_id) == drawn), None)


def _create(
    request: MemberRequest, connection: Connection, asked: list[Question], typed: dict[str, contact_form.Value]
) -> tuple[Write | None, dict[str, str]]:
    if request.POST.get("account", "") not in ("", str(connection.workspace_id)):
        return None, {"": GONE}  # no other account takes its place unseen
    if new_fields.has_strangers(asked, request.POST):
        return None, {"": STRANGERS.format(connection.workspace.name)}
    plain = contact_form.data_of(typed, [name for name, value in typed.items() if value and name != "tags"])
    _, errors = contact_form.check("contact.update", plain, connection)
    if errors:
        return None, errors
    tags = [one for one in str(typed.get("tags", "")).split(",") if one.strip()]
    data = plain | ({"tags": tags} if tags else {})
    try:
        changes = commands.asked("contact.create", data, connection, now=timezone.now()).changes
        how: dict[str, Any] = {"actor": request.user, "form": key_of(request.POST)}
        return commands.create("contact.create", connection, changes, **how), {}
    except commands.Invalid as invalid:
        field = invalid.field if invalid.field in typed else ""
        is_empty = invalid.field == "phone" and not data.get("phone")
        return None, {"": "A new contact needs a name, an email or a phone number."} if is_empty else {
            field: str(invalid)
        }
    except commands.Refused as refused:
        return None, {"": str(refused)}


def _form(request: MemberRequest, context: dict[str, Any], status: int) -> HttpResponse:
    return render(request, FORM, context | {"form": token_in(request.POST)}, status=status)


def _homes(request: MemberRequest) -> list[Connection]:
    """Accounts of the person that can be written to, by name."""
    found = Connection.objects.home().of(access.workspaces(request)).select_related("workspace")
    return [one for one in found.order_by("workspace__name", "pk") if not lock_of(one)]


def _chosen(request: MemberRequest, homes: list[Connection]) -> Connection | None:
    asked = request.POST.get("account") or request.GET.get("account", "")
    return next((one for one in homes if str(one.workspace_id) == asked), homes[0] if homes else None)


@require_safe
@login_required
def show_new(request: MemberRequest, creation_id: int) -> HttpResponse:
    """How the creation stands; once it is confirmed, the contact's own page. 204 while it stands as `seen`."""
    write = access.get_write_or_404(request, creation_id)
    if write.operation != "contact.create":
        raise Http404("This change did not add a contact.")
    system = systems.short_name_of(write.connection)
    contact_id = contact_made_by(write)
    if contact_id and write.state == WriteState.CONFIRMED:
        if request.htmx:
            # Loaded again, this page gives its place in the history to the contact's, so that Back leads past it.
            return HttpResponseClientRefresh()
        # Its reason says that it was there already, or that something is kept in another way.
        messages.success(request, write.reason or f"Added in {system}.")
        return redirect("contacts_ui:contact-timeline", contact_id)
    where = {"system": system, "there": systems.page_about(write), "lock": lock_of(write.connection)}
    oversees = access.oversees(request, write.connection.workspace)
    row = pending.of(write, now=timezone.now(), viewer=request.user.pk, oversees=oversees, **where)
    if request.htmx and request.GET.get("seen") == row.look:
        return HttpResponse(status=204)
    name = " ".join(filter(None, (write.changes.get(key) for key in ("first_name", "last_name"))))
    reach = write.changes.get("email") or write.changes.get("phone") or ""
    context = {
        "write": write,
        "pending": row,
        "name": name or reach or "New contact",
        "reach": reach if name else "",
        "system": system,
        "now": timezone.now(),
    }
    return render(request, f"{STATUS}#status" if request.htmx else STATUS, context)
