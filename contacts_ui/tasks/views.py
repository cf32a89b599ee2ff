"""A task's tick: complete, reopen, undo, hold the undo, retry, put a failure away, ask how it stands."""

from datetime import datetime
from functools import cache

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import BigIntegerField
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from contacts_ui.components.owners import find_owner
from contacts_ui.components.task_row import TaskRow, lock_of, row_of
from contacts_ui.shell import access, systems
from contacts_ui.shell.http import MemberRequest
from integrations.activity.kinds.task import KIND
from integrations.activity.models import Task
from integrations.prepared import Param, Prepared
from integrations.sync import commands
from integrations.sync.health import writes

HOLD_SECONDS = 5


@require_POST
@login_required
def complete_task(request: MemberRequest, contact_id: int, task_id: int) -> HttpResponse:
    """Have it done; a repeated click changes nothing."""
    task = access.get_task_or_404(request, contact_id, task_id)
    try:
        commands.write("task.complete", task, actor=request.user)
    except commands.Refused as refused:
        return _answer(request, task, refusal=str(refused))
    return _answer(request, task)


@require_POST
@login_required
def reopen_task(request: MemberRequest, contact_id: int, task_id: int) -> HttpResponse:
    """Have it open again."""
    task = access.get_task_or_404(request, contact_id, task_id)
    try:
        commands.write("task.reopen", task, actor=request.user)
    except commands.Refused as refused:
        return _answer(request, task, refusal=str(refused))
    return _answer(request, task)


@require_POST
@login_required
def undo_task(request: MemberRequest, contact_id: int, task_id: int) -> HttpResponse:
    """Take that back, if it has not left yet."""
    task = access.get_task_or_404(request, contact_id, task_id)
    write = writes.open_write(task)
    in_time = bool(write and commands.undo(write=write, actor=request.user))
    return _answer(
        request, task, said="Undone. Nothing was sent." if in_time else "Too late to undo, it was sent."
    )


@require_POST
@login_required
def hold_task(request: MemberRequest, contact_id: int, task_id: int) -> HttpResponse:
    """Keep the undo open while somebody rests on it. Nothing to show, so nothing is swapped."""
    task = access.get_task_or_404(request, contact_id, task_id)
    write = writes.open_write(task)
    held = bool(write and commands.hold(write=write, seconds=HOLD_SECONDS))
    return HttpResponse(status=204, headers={"X-Held": "yes" if held else "no"})


@require_POST
@login_required
def retry_task(request: MemberRequest, contact_id: int, task_id: int) -> HttpResponse:
    """Ask for the same again after a failure."""
    task = access.get_task_or_404(request, contact_id, task_id)
    try:
        if write := writes.failed_write(task):
            commands.retry(write=write, actor=request.user)
    except commands.Refused as refused:
        return _answer(request, task, refusal=str(refused))
    return _answer(request, task)


@require_POST
@login_required
def dismiss_task(request: MemberRequest, contact_id: int, task_id: int) -> HttpResponse:
    """Put the failure away; the row shows again what the provider says."""
    task = access.get_task_or_404(request, contact_id, task_id)
    if write := writes.failed_write(task):
        commands.dismiss(write=write)
    return _answer(request, task)


@require_safe
@login_required
def show_task(request: MemberRequest, contact_id: int, task_id: int) -> HttpResponse:
    """The row as it stands; 204 while it still looks as the asking page says it does (`seen`)."""
    task = access.get_task_or_404(request, contact_id, task_id)
    row = _row(task, "")
    if request.htmx and request.GET.get("seen") == row.look:
        return HttpResponse(status=204)
    return _render(request, task, row) if request.htmx else _back(task)


def _row(task: Task, refusal: str) -> TaskRow:
    now = timezone.now()
    for standing in _standing()(task=task.pk):
        task.is_completed, task.updated_at = standing
    write = writes.latest_writes(KIND.name, [task.pk], now).get(task.pk)
    owner = find_owner(task.workspace, task.owner_remote_id)
    named = {"system": systems.short_name_of(task.connection), "owner": owner.name if owner else ""}
    return row_of(task, write, now=now, lock=lock_of(task.connection), refusal=refusal, **named)


@cache
def _standing() -> Prepared[tuple[bool, datetime | None]]:
    found = Task.objects.filter(pk=Param("task", BigIntegerField()))
    return Prepared(found.order_by().values_list("is_completed", "updated_at"))


def _answer(request: MemberRequest, task: Task, *, refusal: str = "", said: str = "") -> HttpResponse:
    # One renderer for every act: the row is read afresh, never patched after a write.
    if request.htmx:
        return _render(request, task, _row(task, refusal), said)
    if refusal or said:
        (messages.error if refusal else messages.info)(request, refusal or said)
    return _back(task)


def _render(request: MemberRequest, task: Task, row: TaskRow, said: str = "") -> HttpResponse:
    context = {
        "row": row,
        "contact_id": task.contact_id,
        "query": "",  # an answer marks no hits of a search
        "said": said or row.why or row.words,
        "is_answer": True,
    }
    return render(request, "contacts_ui/components/_task.html", context)


def _back(task: Task) -> HttpResponse:
    page = reverse("contacts_ui:contact-timeline", args=[task.contact_id])
    return redirect(f"{page}#task-{task.pk}")
