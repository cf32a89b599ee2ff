"""A contact's tasks beside their tick: add one, edit it, put it off, delete it."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from contacts_ui.components import task_draft
from contacts_ui.components.owners import people
from contacts_ui.components.record_form import (
    RecordForm,
    changed,
    key_of,
    new_token,
    opened_in,
    render_form,
    token_in,
)
from contacts_ui.components.task_row import lock_of
from contacts_ui.shell import access, own_notes
from contacts_ui.shell.htmx import wants_part
from contacts_ui.shell.http import MemberRequest
from contacts_ui.tasks import forms
from contacts_ui.tasks.answers import answer, stand
from integrations.activity import markup
from integrations.activity.models import Contact, Task
from integrations.activity.names import names_of
from integrations.sync import commands
from integrations.sync.health import changes
from integrations.sync.health.writes import Write

FORM, SNOOZE = "contacts_ui/tasks/task_form.html", "contacts_ui/tasks/snooze.html"
EMPTY = {"title": "", "body": "", "due_at": "", "owner_remote_id": ""}


@require_safe
@login_required
def new_task(request: MemberRequest, contact_id: int) -> HttpResponse:
    """An empty form: due tomorrow morning, and whoever asks does it."""
    contact = access.get_contact_or_404(request, contact_id)
    mine = own_notes.remote_id_among(request, contact.workspace, names_of(contact.workspace_id).emails)
    form = RecordForm(forms.values_of(EMPTY | {"owner_remote_id": mine}, "tomorrow"), EMPTY, token=new_token())
    return _form(request, contact, form)


@require_POST
@login_required
def add_task(request: MemberRequest, contact_id: int) -> HttpResponse:
    """Have the task added; the same form sent again adds none."""
    contact = access.get_contact_or_404(request, contact_id)
    token, now = token_in(request.POST), timezone.now()
    try:
        commands.require_write_access(contact.connection)
        wanted = forms.wanted_in(request.POST, EMPTY, contact, now)
        given = forms.asked_of({name: value for name, value in wanted.items() if value or name == "title"})
        asked = commands.asked("task.create", given, contact.connection, now=now)
        priority = commands.read_priority(request.POST.get("priority", ""))
        # Nobody is chosen on purpose: it is not whoever asks either.
        columns = {"owner_remote_id": ""} | asked.changes
        how: dict[str, Any] = {
            "actor": request.user,
            "form": key_of(request.POST, contact.pk),
            "options": {"priority": priority} if priority else {},
        }
        write = commands.create("task.create", contact.connection, columns, contact=contact, **how)
    except (commands.Invalid, commands.Refused) as error:
        values = forms.sent_values(request.POST, EMPTY)
        return _form(request, contact, RecordForm(values, EMPTY, token=token, **forms.with_errors(error)))
    return _added(request, contact, write, now)


@require_safe
@login_required
def edit_task(request: MemberRequest, contact_id: int, task_id: int) -> HttpResponse:
    """The form of a task as it stands, with what is on its way already."""
    return _opened(request, access.get_task_or_404(request, contact_id, task_id), FORM)


@require_safe
@login_required
def snooze_task(request: MemberRequest, contact_id: int, task_id: int) -> HttpResponse:
    """The moments that it can be put off to."""
    return _opened(request, access.get_task_or_404(request, contact_id, task_id), SNOOZE)


@require_POST
@login_required
def save_task(request: MemberRequest, contact_id: int, task_id: int) -> HttpResponse:
    """Have what was changed in the form changed; nothing else is touched."""
    contact = access.get_contact_or_404(request, contact_id)
    task, now = access.get_task_or_404(request, contact_id, task_id), timezone.now()
    opened = opened_in(request.POST, changes.standing(task))
    try:
        commands.require_write_access(task.connection)
        news, base = changed(forms.wanted_in(request.POST, opened, contact, now), opened)
        asked = commands.asked("task.update", forms.asked_of(news), task.connection, target=task, now=now)
        saved = _prioritised(request, task)
        saved |= bool(news and commands.write("task.update", task, asked.changes, actor=request.user, base=base))
    except (commands.Invalid, commands.Refused) as error:
        form = RecordForm(forms.sent_values(request.POST, opened), opened, **forms.with_errors(error))
        return _form(request, contact, form, task, FORM if "title" in request.POST else SNOOZE)
    return _answered(request, task, "Task saved." if saved else "Nothing was changed.")


@require_POST
@login_required
def delete_task(request: MemberRequest, contact_id: int, task_id: int) -> HttpResponse:
    """Have it deleted, with a moment to take that back."""
    task = access.get_task_or_404(request, contact_id, task_id)
    try:
        commands.write("task.delete", task, actor=request.user)
    except commands.Refused as refused:
        return answer(request, task, refusal=str(refused))
    return _answered(request, task, "Task deleted. You can still undo it.")


def _prioritised(request: MemberRequest, task: Task) -> bool:
    """Keep the priority of the form, which is ours and waits for nobody; the form to put it off has none."""
    return "priority" in request.POST and commands.set_priority(task, request.POST["priority"])


def _opened(request: MemberRequest, task: Task, template: str) -> HttpResponse:
    contact = access.get_contact_or_404(request, task.contact_id or 0)
    standing = changes.standing(task)
    form = RecordForm(forms.values_of(standing, forms.PICK) | {"priority": task.priority}, standing)
    return _form(request, contact, form, task, template)


def _form(
    request: MemberRequest, contact: Contact, form: RecordForm, task: Task | None = None, template: str = FORM
) -> HttpResponse:
    context = {
        "contact": contact,
        "task": task,
        "lock": lock_of(contact.connection),
        "choices": forms.choices(contact, timezone.now()),
        "people": people(names_of(contact.workspace_id).users),
        "pick": forms.PICK,
        "is_formatted": markup.is_formatted(form.opened["body"]),
        "priorities": Task.Priority.choices,
    }
    return render_form(request, template, context, form)


def _added(request: MemberRequest, contact: Contact, write: Write, now: datetime) -> HttpResponse:
    if not wants_part(request):
        messages.info(request, "Task added.")
        return redirect("contacts_ui:contact-timeline", contact.pk)
    access.forget(request)
    stands = stand(request, contact.connection, write, now)
    row = task_draft.draft_of(stands, people(names_of(contact.workspace_id).users), now)
    response = render(request, "contacts_ui/tasks/_added.html", {"rows": [row], "said": "Task added."})
    response["HX-Trigger"] = "write-changed"  # whoever listens on the page asks how it stands now
    return response


def _answered(request: MemberRequest, task: Task, said: str) -> HttpResponse:
    access.forget(request)
    response = answer(request, task, said=said)
    response["HX-Trigger"] = "write-changed"
    return response
