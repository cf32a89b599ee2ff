"""All tasks of a template for one contact: which ones, when and for whom, and then added together."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from contacts_ui.components import task_draft
from contacts_ui.components.owners import people
from contacts_ui.components.record_form import RecordForm, key_of, new_token, render_form, token_in
from contacts_ui.components.task_row import lock_of
from contacts_ui.formatting import due
from contacts_ui.shell import access, systems
from contacts_ui.shell.address import id_in, text_in
from contacts_ui.shell.depth import depth_in
from contacts_ui.shell.htmx import wants_part
from contacts_ui.shell.http import MemberRequest
from contacts_ui.tasks.answers import stand
from contacts_ui.tasks.assignees import Assignee, Assignees
from integrations.activity import task_templates
from integrations.activity.models import Contact, TaskTemplate
from integrations.activity.names import names_of, users_present
from integrations.activity.task_templates import AT_ONCE
from integrations.sync import commands
from integrations.sync.health.writes import Write

FORM = "contacts_ui/tasks/templates.html"
CHANGED = "This template, or who gets its tasks, has changed since you opened it. Check its tasks again."


@dataclass(frozen=True, slots=True)
class Step:
    """A task as it would be added."""

    title: str
    due_at: datetime
    body: str
    assignee: Assignee


@dataclass(frozen=True, slots=True)
class Preview:
    """A template with its tasks; `seen` stands for which ones, so that others are never added unseen."""

    pk: int
    name: str
    steps: list[Step]
    seen: str


@require_safe
@login_required
def choose_template(request: MemberRequest, contact_id: int) -> HttpResponse:
    """The templates with the tasks and dates that each comes to now, or only the next of them (`after`)."""
    contact = access.get_contact_or_404(request, contact_id)
    if request.htmx and "after" in request.GET:
        return render(request, f"{FORM}#more", _context(request, contact))
    return _form(request, contact, RecordForm(token=new_token()))


@require_POST
@login_required
def apply_template(request: MemberRequest, contact_id: int) -> HttpResponse:
    """Have all its tasks added; the same form sent again adds none."""
    contact, now = access.get_contact_or_404(request, contact_id), timezone.now()
    token = token_in(request.POST)
    try:
        commands.require_write_access(contact.connection)
        chosen = _chosen(request, contact, now)
        made = _added(request, contact, chosen, now)
    except (commands.Invalid, commands.Refused) as error:
        return _form(request, contact, RecordForm(refusal=str(error), token=token))
    return _answered(request, contact, made, now)


def _chosen(request: MemberRequest, contact: Contact, now: datetime) -> Preview:
    key = id_in(request.POST, "template")
    template = TaskTemplate.objects.filter(workspace=contact.workspace_id, pk=key or 0).first()
    if template is None:
        raise commands.Invalid("Choose a template.", "template")
    (found,) = _previews(request, contact, now, [template])
    if found.seen != request.POST.get(f"seen.{found.pk}", ""):
        raise commands.Invalid(CHANGED, "template")
    return found


@transaction.atomic
def _added(request: MemberRequest, contact: Contact, chosen: Preview, now: datetime) -> list[Write]:
    """All of them or none."""
    made = []
    for number, step in enumerate(chosen.steps):
        more = {"body": step.body, "owner_id": step.assignee.remote_id}
        given = {"title": step.title, "due_at": step.due_at} | {name: one for name, one in more.items() if one}
        asked = commands.asked("task.create", given, contact.connection, now=now)
        how: dict[str, Any] = {"actor": request.user, "form": key_of(request.POST, contact.pk, number)}
        made.append(commands.create("task.create", contact.connection, asked.changes, contact=contact, **how))
    return made


def _answered(request: MemberRequest, contact: Contact, made: list[Write], now: datetime) -> HttpResponse:
    said = "1 task added." if len(made) == 1 else f"{len(made)} tasks added."
    if not wants_part(request):
        messages.info(request, said)
        return redirect("contacts_ui:contact-timeline", contact.pk)
    access.forget(request)
    owners = people(names_of(contact.workspace_id).users)
    rows = [task_draft.draft_of(stand(request, contact.connection, one, now), owners, now) for one in made]
    response = render(request, "contacts_ui/tasks/_added.html", {"rows": rows, "said": said})
    response["HX-Trigger"] = "write-changed"
    return response


def _previews(
    request: MemberRequest, contact: Contact, now: datetime, templates: Iterable[TaskTemplate]
) -> list[Preview]:
    """Two queries, however many templates."""
    names, system = names_of(contact.workspace_id), systems.short_name_of(contact.connection)
    present = users_present(contact.workspace_id)
    # As the engine chooses: who has left is given nothing.
    people = Assignees(present, names.users, names.remote_id_of(request.user.pk, present), system)
    return [_preview(one, contact, people, now) for one in templates]


def _preview(template: TaskTemplate, contact: Contact, people: Assignees, now: datetime) -> Preview:
    zone = ZoneInfo(contact.workspace.timezone)
    steps = [
        Step(
            one["title"],
            due.after(one["days"], now, zone),
            one.get("body", ""),
            people.of(one.get("owner", ""), contact),
        )
        for one in template.steps
    ]
    told = json.dumps([template.steps, [(one.assignee.remote_id, one.assignee.name) for one in steps]])
    return Preview(template.pk, template.name, steps, hashlib.sha256(told.encode()).hexdigest())


def _form(request: MemberRequest, contact: Contact, form: RecordForm) -> HttpResponse:
    may_edit = access.oversees(request, contact.workspace)
    return render_form(request, FORM, _context(request, contact) | {"may_edit": may_edit}, form)


def _context(request: MemberRequest, contact: Contact) -> dict[str, Any]:
    """A page of the templates; what was chosen and is shown again is among them."""
    now, chosen = timezone.now(), id_in(request.POST, "template")
    size = AT_ONCE if wants_part(request) else depth_in(request.GET, "templates", AT_ONCE)
    templates, after = task_templates.page_of(contact.workspace_id, text_in(request.GET, "after"), chosen, size)
    return {
        "contact": contact,
        "lock": lock_of(contact.connection),
        "previews": _previews(request, contact, now, templates),
        "after": after,
        "is_first": "after" not in request.GET,
        "now": now,
    }
