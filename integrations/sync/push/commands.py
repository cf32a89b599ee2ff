"""What may be asked of the provider: change something, take that back, try it again. Delivery follows."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import BigIntegerField, CharField
from django.utils import timezone

from integrations.activity.models import RemoteObject
from integrations.connections.models import Connection
from integrations.prepared import Param, Prepared
from integrations.sync import queue
from integrations.sync.models import Write
from integrations.sync.models.writes import fields_of, plain
from integrations.sync.push.operations import OPERATIONS
from integrations.workspace.models import AuditEntry, User

State = Write.State


class Refused(Exception):
    """The command cannot be carried out; `str()` says why and what to do."""


def write(
    operation: str,
    target: Any,
    changes: Mapping[str, Any] | None = None,
    *,
    actor: User | None,
    now: datetime | None = None,
    undo_seconds: float | None = None,
) -> Write | None:
    """Have a record changed. Nothing is sent before the undo window is over; a repeated click changes nothing.

    None where nothing is to be sent. Raises Refused, and KeyError for an operation or a field that is none.
    """
    row = OPERATIONS[operation]
    require_write_access(target.connection)
    window = settings.WRITE_UNDO_SECONDS if undo_seconds is None else undo_seconds
    due = (now or timezone.now()) + timedelta(seconds=window if row.undo_window else 0)
    with transaction.atomic():
        # The lock makes two clicks of one moment follow each other; SQLite serialises by itself.
        model: type[RemoteObject] = type(target)
        target = next(iter(_locked(model)(target=target.pk)), None)
        if target is None:
            raise Refused("This was deleted in the meantime, so nothing was sent.")
        made = new_write(operation, target, changes, actor=actor, not_before=due)
        unsettled = _unsettled()(kind=row.kind, target=target.pk)
        if current := next((one for one in unsettled if one.state in Write.OPEN), None):
            return _meet_open_write(current, made, actor)
        if made.base == made.changes:
            return None
        if unsettled:
            Write.objects.failed().about(target).update(state=State.DISMISSED)
        return _queue(made, target, window if row.undo_window else 0)


@cache
def _locked(model: type[RemoteObject]) -> Prepared[Any]:
    rows: Any = model._default_manager.select_for_update().filter(pk=Param("target", BigIntegerField()))
    return Prepared(rows.select_related("connection__workspace").order_by())


@cache
def _unsettled() -> Prepared[Write]:
    about = Write.objects.filter(kind=Param("kind", CharField()), target_id=Param("target", BigIntegerField()))
    return Prepared(about.filter(state__in=(*Write.OPEN, *Write.UNSENT)).order_by("-id"))


def new_write(operation: str, target: Any, changes: Mapping[str, Any] | None = None, **rest: Any) -> Write:
    """A write of a cached row, not stored yet, that starts from how the row stands now.

    Raises KeyError for an operation, or a field of one, that is none.
    """
    row = OPERATIONS[operation]
    if unknown := set(changes or {}) - row.fields:
        raise KeyError(min(unknown))
    wanted = {name: plain(value) for name, value in {**(changes or {}), **row.sets}.items()}
    known = {
        "connection_id": target.connection_id,
        "operation": row.key,
        "kind": row.kind,
        "target_id": target.pk,
        "remote_id": target.remote_id,
        "contact_id": target.pk if row.kind == "contact" else getattr(target, "contact_id", None),
        "changes": wanted,
        "base": fields_of(target, wanted),
    }
    return Write(**(known | rest))


def require_usable(connection: Connection) -> None:
    """Raises Refused where no call can be made. The row says it: no secret is loaded for a click."""
    if connection.state != Connection.State.CONNECTED:
        raise Refused(connection.reason or "This account is not connected.")


def require_write_access(connection: Connection) -> None:
    """Raises Refused where nothing may be changed."""
    require_usable(connection)
    if not connection.may_write:
        raise Refused("This account is connected for reading. An admin can allow writing.")


def _meet_open_write(current: Write, made: Write, actor: User | None) -> Write | None:
    if (current.operation, current.changes) == (made.operation, made.changes):
        return current
    # The opposite while the first still waits is an undo; while it is being sent, it is too late for that.
    if OPERATIONS[made.operation].opposite == current.operation and undo(write=current, actor=actor):
        return None
    raise Refused("This is being sent at the moment. Try again when it is confirmed.")


def _queue(made: Write, target: Any, window: float) -> Write:
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:
        return Write.objects.open().about(target).get()  # a second tab was first; one change, one write
    workspace = target.connection.workspace
    AuditEntry.record(
        act=made.operation, actor=made.actor, workspace=workspace, target=made.remote_id, result="queued"
    )
    transaction.on_commit(partial(queue.enqueue_write, made.pk, window))
    return made


def undo(*, write: Write, actor: User | None) -> bool:
    """Take a write back. The database decides whether it came in time: False once it is being sent."""
    waiting = Write.objects.waiting().filter(pk=write.pk)
    if waiting.update(state=State.UNDONE, settled_at=timezone.now()) != 1:
        return False
    act = f"{OPERATIONS[write.operation].kind}.undo"
    AuditEntry.record(act=act, actor=actor, workspace=write.connection.workspace, target=write.remote_id)
    return True


def hold(*, write: Write, seconds: float) -> bool:
    """Keep a write back a little longer while the person hovers over Undo, up to 30 s after the click."""
    latest = write.created_at + timedelta(seconds=30)
    until = min(timezone.now() + timedelta(seconds=seconds), latest)
    waiting = Write.objects.waiting().filter(pk=write.pk, not_before__lt=until)
    if waiting.update(not_before=until) != 1:
        return False
    transaction.on_commit(partial(queue.enqueue_write, write.pk, (until - timezone.now()).total_seconds()))
    return True


@transaction.atomic
def retry(*, write: Write, actor: User | None) -> Write | None:
    """Ask for the same again after a failure, at once. None where nothing is left to send. Raises Refused."""
    require_write_access(write.connection)
    if Write.objects.failed().filter(pk=write.pk).update(state=State.DISMISSED) != 1:
        return None
    return _again(write, actor)


def _again(failed: Write, actor: User | None) -> Write | None:
    """A new write of what another one did not bring about."""
    fixed = OPERATIONS[failed.operation].sets
    asked = {name: value for name, value in failed.changes.items() if name not in fixed}
    (failed,) = Write.objects.filter(pk=failed.pk).with_targets()
    return write(failed.operation, failed.target, asked, actor=actor, undo_seconds=0)


def dismiss(*, write: Write) -> bool:
    """Put a failure away; the record shows what the provider says."""
    return Write.objects.failed().filter(pk=write.pk).update(state=State.DISMISSED) == 1
