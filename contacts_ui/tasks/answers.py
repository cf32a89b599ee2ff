"""How every act on a task answers: with its row as it stands, or by going back to its page."""

from datetime import datetime
from functools import cache
from urllib.parse import urlsplit

from django.contrib import messages
from django.db.models import BigIntegerField
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from contacts_ui.components import pending
from contacts_ui.components.owners import find_owner, makers
from contacts_ui.components.pending import Pending
from contacts_ui.components.task_draft import moment_of
from contacts_ui.components.task_row import TaskRow, lock_of, row_of
from contacts_ui.shell import access, systems
from contacts_ui.shell.http import MemberRequest
from contacts_ui.shell.viewer import page_of
from integrations.activity.kinds.task import KIND
from integrations.activity.models import Task
from integrations.activity.names import names_of
from integrations.connections.models import Connection
from integrations.prepared import Param, Prepared
from integrations.sync.health import changes, writes
from integrations.sync.health.writes import Write


def read_row(request: MemberRequest, task: Task, refusal: str = "", write: Write | None = None) -> TaskRow:
    """As it stands; a tick that was stored just now is the latest, and knows how its task stands."""
    now, other = timezone.now(), None
    if write:
        task.is_completed, task.updated_at = write.target.is_completed, write.target.updated_at
    else:
        for standing in _standing()(task=task.pk):
            task.is_completed, task.updated_at, task.deleted_at = standing
        write = writes.latest_writes(KIND.name, [task.pk], request.user.pk).get(task.pk)
        other = _overlaid(request, task, now)
    owner, viewer = find_owner(task.workspace, task.owner_remote_id), request.user.pk
    editor = makers(names_of(task.workspace_id), viewer).get(task.edited_by) if task.edited_by else None
    return row_of(
        task,
        write,
        now=now,
        lock=lock_of(task.connection),
        system=systems.short_name_of(task.connection),
        there=systems.contact_url(task.contact) if task.contact else "",
        viewer=viewer,
        oversees=access.oversees(request, task.workspace),
        owner=owner.name if owner else "",
        editor=editor.who if editor else "",
        refusal=refusal,
        pending=other,
    )


def _overlaid(request: MemberRequest, task: Task, now: datetime) -> Pending | None:
    """A change of the task beside its tick; what it wants is shown already."""
    write = changes.pending_of(task, request.user.pk)
    if write is None:
        return None
    task.title = write.changes.get("title", task.title)
    task.due_at = moment_of(write.changes.get("due_at")) or task.due_at
    task.owner_remote_id = write.changes.get("owner_remote_id", task.owner_remote_id)
    write.contact, write.connection = task.contact, task.connection
    return stand(request, task.connection, write, now)


def stand(request: MemberRequest, connection: Connection, write: Write, now: datetime) -> Pending:
    """How a change of a task stands."""
    return pending.of(
        write,
        now=now,
        system=systems.short_name_of(connection),
        there=systems.page_about(write),
        viewer=request.user.pk,
        oversees=access.oversees(request, connection.workspace),
        lock=lock_of(connection),
    )


@cache
def _standing() -> Prepared[tuple[bool, datetime | None, datetime | None]]:
    found = Task.objects.filter(pk=Param("task", BigIntegerField()))
    return Prepared(found.order_by().values_list("is_completed", "updated_at", "deleted_at"))


def answer(
    request: MemberRequest, task: Task, *, refusal: str = "", said: str = "", write: Write | None = None
) -> HttpResponse:
    """One renderer for every act: the row is drawn from what is stored, never patched after a write."""
    if request.htmx:
        return render_row(request, task, read_row(request, task, refusal, write), said)
    if refusal or said:
        (messages.error if refusal else messages.info)(request, refusal or said)
    return back(request, task)


def render_row(request: MemberRequest, task: Task, row: TaskRow, said: str = "") -> HttpResponse:
    """The row and what is said of it."""
    context = {
        "row": row,
        "contact_id": task.contact_id,
        "query": "",  # an answer marks no hits of a search
        "said": said or row.why or row.words,
        "is_answer": True,
    }
    return render(request, "contacts_ui/components/_task.html", context)


def back(request: MemberRequest, task: Task) -> HttpResponse:
    """To the row on its page, under the filters that the page was sent from."""
    page, sender = reverse("contacts_ui:contact-timeline", args=[task.contact_id]), urlsplit(page_of(request))
    query = f"?{sender.query}" if sender.path == page and sender.query else ""
    return redirect(f"{page}{query}#task-{task.pk}")
