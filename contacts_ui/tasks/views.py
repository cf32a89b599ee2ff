"""A task's tick: complete, reopen, undo, hold the undo, retry, put a failure away, ask how it stands."""

from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.views.decorators.http import require_POST, require_safe

from contacts_ui.components import write_acts
from contacts_ui.shell import access
from contacts_ui.shell.http import MemberRequest
from contacts_ui.tasks.answers import answer, back, read_row, render_row
from integrations.activity.models import Task
from integrations.sync import commands
from integrations.sync.health import writes
from integrations.sync.health.writes import Write
from integrations.workspace.models import User

HOLD_SECONDS = 5


@require_POST
@login_required
def complete_task(request: MemberRequest, contact_id: int, task_id: int) -> HttpResponse:
    """Have it done; a repeated click changes nothing."""
    return _write(request, access.get_task_or_404(request, contact_id, task_id), "task.complete")


@require_POST
@login_required
def reopen_task(request: MemberRequest, contact_id: int, task_id: int) -> HttpResponse:
    """Have it open again."""
    return _write(request, access.get_task_or_404(request, contact_id, task_id), "task.reopen")


@require_POST
@login_required
def undo_task(request: MemberRequest, contact_id: int, task_id: int) -> HttpResponse:
    """Take that back, if it has not left yet."""
    return _decide(request, access.get_task_or_404(request, contact_id, task_id), writes.open_write, _undo)


@require_POST
@login_required
def hold_task(request: MemberRequest, contact_id: int, task_id: int) -> HttpResponse:
    """Keep the undo open while somebody rests on it. Nothing to show, so nothing is swapped."""
    write = writes.open_write(access.get_task_or_404(request, contact_id, task_id), request.user.pk)
    held = bool(write and commands.hold(write=write, actor=request.user, seconds=HOLD_SECONDS))
    return HttpResponse(status=204, headers={"X-Held": "yes" if held else "no"})


@require_POST
@login_required
def retry_task(request: MemberRequest, contact_id: int, task_id: int) -> HttpResponse:
    """Ask for the same again after a failure."""
    return _decide(request, access.get_task_or_404(request, contact_id, task_id), writes.failed_write, _retry)


@require_POST
@login_required
def dismiss_task(request: MemberRequest, contact_id: int, task_id: int) -> HttpResponse:
    """Put the failure away; the row shows again what the provider says."""
    return _decide(request, access.get_task_or_404(request, contact_id, task_id), writes.failed_write, _dismiss)


@require_safe
@login_required
def show_task(request: MemberRequest, contact_id: int, task_id: int) -> HttpResponse:
    """The row as it stands; 204 while it still looks as the asking page says it does (`seen`)."""
    task = access.get_task_or_404(request, contact_id, task_id)
    row = read_row(request, task)
    if request.htmx and request.GET.get("seen") == row.look:
        return HttpResponse(status=204)
    return render_row(request, task, row) if request.htmx else back(request, task)


def _write(request: MemberRequest, task: Task, operation: str) -> HttpResponse:
    try:
        write = commands.write(operation, task, actor=request.user)
    except commands.Refused as refused:
        return answer(request, task, refusal=str(refused))
    return answer(request, task, write=write)


def _decide(
    request: MemberRequest,
    task: Task,
    find: Callable[[Task, int], Write | None],
    act: Callable[[Write | None, User], str],
) -> HttpResponse:
    """Do something about its tick, where that is the person's to decide about. Returns how it stands."""
    try:
        said = act(find(task, request.user.pk), request.user)
    except commands.Refused as refused:
        return answer(request, task, refusal=str(refused))
    return answer(request, task, said=said)


def _undo(write: Write | None, actor: User) -> str:
    if write is None or not commands.undo(write=write, actor=actor):
        return "Too late to undo, it was sent."
    return f"Undone. {write_acts.still_sent(write, actor)}"


def _retry(write: Write | None, actor: User) -> str:
    if write:
        commands.retry(write=write, actor=actor)
    return ""


def _dismiss(write: Write | None, actor: User) -> str:
    if write:
        commands.dismiss(write=write, actor=actor)
    return ""
