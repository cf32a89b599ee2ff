"""What a person may wish of a task: complete it, reopen it, take that back. Delivery follows."""

from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from integrations.activity.models import Task
from integrations.connections.models import Connection
from integrations.sync import tasks
from integrations.sync.models import OutboxWrite
from integrations.workspace import audit
from integrations.workspace.models import User

State = OutboxWrite.State


class Refused(Exception):
    """The command cannot be carried out; `str()` says why and what to do."""


def complete_task(*, task: Task, actor: User | None, undo_seconds: float | None = None) -> OutboxWrite | None:
    """Wish a task completed. Nothing is sent before the undo window is over; a repeated click changes nothing."""
    return _wish(task, actor, completed=True, undo_seconds=undo_seconds)


def reopen_task(*, task: Task, actor: User | None, undo_seconds: float | None = None) -> OutboxWrite | None:
    """Wish a task open again, on the same path as completing it."""
    return _wish(task, actor, completed=False, undo_seconds=undo_seconds)


def _wish(task: Task, actor: User | None, *, completed: bool, undo_seconds: float | None) -> OutboxWrite | None:
    require_write_access(task.connection)
    window = settings.WRITE_UNDO_SECONDS if undo_seconds is None else undo_seconds
    with transaction.atomic():
        # The lock makes two clicks of one moment follow each other; SQLite serialises by itself.
        task = Task.objects.select_for_update().select_related("connection__workspace").get(pk=task.pk)
        current = task.writes.open().first()
        if current:
            return _meet_open_wish(current, actor, completed=completed)
        if task.is_completed == completed:
            return None
        task.writes.filter(state__in=(State.FAILED, State.CONFLICT)).update(state=State.DISMISSED)
        return _queue(task, actor, completed=completed, window=window)


def require_usable(connection: Connection) -> None:
    """Raises Refused where no call can be made. The row says it: no secret is loaded for a click."""
    if connection.state != Connection.State.CONNECTED:
        raise Refused(connection.reason or "This account is not connected.")


def require_write_access(connection: Connection) -> None:
    """Raises Refused where nothing may be changed."""
    require_usable(connection)
    if not connection.may_write:
        raise Refused("This account is connected for reading. An admin can allow writing.")


def _meet_open_wish(current: OutboxWrite, actor: User | None, *, completed: bool) -> OutboxWrite | None:
    if current.wants_completed == completed:
        return current
    # The opposite wish while the first still waits is an undo; while it is being sent, it is too late for that.
    if undo(write=current, actor=actor):
        return None
    raise Refused("This is being sent at the moment. Try again when it is confirmed.")


def _queue(task: Task, actor: User | None, *, completed: bool, window: float) -> OutboxWrite:
    try:
        with transaction.atomic():
            write = OutboxWrite.objects.create(
                connection=task.connection,
                task=task,
                actor=actor,
                wish={"is_completed": completed},
                base={"is_completed": task.is_completed},
                not_before=timezone.now() + timedelta(seconds=window),
            )
    except IntegrityError:
        return task.writes.open().get()  # a second tab was first; one wish, one write
    act = "task.complete" if completed else "task.reopen"
    audit.record(act=act, actor=actor, workspace=task.connection.workspace, target=task.remote_id, result="queued")
    transaction.on_commit(partial(tasks.ring_write, write.pk, window))
    return write


def undo(*, write: OutboxWrite, actor: User | None) -> bool:
    """Take a wish back. The database decides whether it came in time: False once it is being sent."""
    waiting = OutboxWrite.objects.waiting().filter(pk=write.pk)
    if waiting.update(state=State.UNDONE, settled_at=timezone.now()) != 1:
        return False
    audit.record(act="task.undo", actor=actor, workspace=write.connection.workspace, target=write.task.remote_id)
    return True


def hold(*, write: OutboxWrite, seconds: float) -> bool:
    """Keep a wish back a little longer while the person hovers over Undo, up to 30 s after the click."""
    latest = write.created_at + timedelta(seconds=30)
    until = min(timezone.now() + timedelta(seconds=seconds), latest)
    waiting = OutboxWrite.objects.waiting().filter(pk=write.pk, not_before__lt=until)
    if waiting.update(not_before=until) != 1:
        return False
    transaction.on_commit(partial(tasks.ring_write, write.pk, (until - timezone.now()).total_seconds()))
    return True


@transaction.atomic
def retry(*, write: OutboxWrite, actor: User | None) -> OutboxWrite | None:
    """Wish the same again after a failure, at once."""
    require_write_access(write.connection)
    settled = OutboxWrite.objects.filter(pk=write.pk, state__in=(State.FAILED, State.CONFLICT))
    if settled.update(state=State.DISMISSED) != 1:
        return None
    return _wish(write.task, actor, completed=write.wants_completed, undo_seconds=0)


def dismiss(*, write: OutboxWrite) -> bool:
    """Put a failure away; the task shows what the other side says."""
    settled = OutboxWrite.objects.filter(pk=write.pk, state__in=(State.FAILED, State.CONFLICT))
    return settled.update(state=State.DISMISSED) == 1
