"""What a person decides about a change that did not get through: again, away, other values, or one of two."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from integrations.sync import queue
from integrations.sync.models import Conflict, Write
from integrations.sync.models.options import Option
from integrations.sync.push import commands, conflicts
from integrations.sync.push.locking import lock_beside
from integrations.sync.push.operations import OPERATIONS, Act
from integrations.sync.push.permission import (
    Refused,
    held_for,
    require_hold,
    require_right,
    require_write_access,
)
from integrations.workspace.models import AuditEntry, User

State = Write.State
# What a person chose beside the fields.
ASKED_WITH = (Option.PRIORITY, Option.IGNORES_SLOTS)
OF_A_REFUSAL = (Option.NOT_PERMITTED, Option.PERSONAL)


@transaction.atomic
def retry(*, write: Write, actor: User | None) -> Write | None:
    """Ask for the same again after a failure, at once. None where nothing is left to send. Raises Refused.

    What is unknown is looked for first, and only what is not there is sent.
    """
    require_hold(actor, write)
    if write.state == State.CONFLICT:
        raise Refused("Two people changed this. Choose which value to keep first.")
    if OPERATIONS[write.operation].act == Act.CREATE:
        return _create_again(write, actor)
    lock_beside(write)
    if Write.objects.failed().filter(pk=write.pk).update(state=State.DISMISSED) != 1:
        return None
    return _again(write, actor)


def _create_again(write: Write, actor: User | None) -> Write | None:
    """The same row: it knows what was there before it was first sent.

    Who may not send it by now gives it away, and so does who was deleted.
    """
    require_write_access(write.connection)
    # What was not permitted then may be permitted now: only a new refusal says so again.
    options = {name: value for name, value in write.options.items() if name not in OF_A_REFUSAL}
    options[Option.MAY_REPEAT] = True
    afresh: dict[str, Any] = {
        "state": State.QUEUED,
        "not_before": timezone.now(),
        "settled_at": None,
        "is_unknown": False,
    }
    if write.actor_id is None or held_for(write):
        afresh["actor"] = actor
    words = {"reason": "", "detail": "", "attempts": 0, "options": options, "retries": write.retries + 1}
    if Write.objects.failed().filter(pk=write.pk).release(**(afresh | words)) != 1:
        return None
    _tell("write.retry", write, actor)
    transaction.on_commit(partial(queue.enqueue_write, write.pk))
    write.refresh_from_db()
    return write


def _tell(act: str, write: Write, actor: User | None) -> None:
    workspace = write.connection.workspace
    AuditEntry.record(act=act, actor=actor, workspace=workspace, target=write.remote_id, write=write.pk)


def _again(failed: Write, actor: User | None) -> Write | None:
    """A new write of what another one did not bring about."""
    row = OPERATIONS[failed.operation]
    asked = {name: value for name, value in failed.changes.items() if row.takes(name)}
    (failed,) = Write.objects.filter(pk=failed.pk).with_targets()
    if failed.target is None:
        raise Refused("This was deleted in the meantime, so nothing was sent.")
    kept = {name: value for name, value in failed.options.items() if name == Option.IGNORES_SLOTS}
    how: dict[str, Any] = {"batch": failed.batch, "options": kept}
    again = commands.write(failed.operation, failed.target, asked, actor=actor, undo_seconds=0, **how)
    if again:
        again.retries = failed.retries + 1
        again.save(update_fields=["retries"])
    return again


@transaction.atomic
def dismiss(*, write: Write, actor: User | None) -> bool:
    """Put a failure away; the record shows what the provider says, and keeps their values where it was crossed."""
    require_hold(actor, write)
    if Write.objects.failed().filter(pk=write.pk).update(state=State.DISMISSED) != 1:
        return False
    settled = {"settled_by": actor, "settled_at": timezone.now()}
    write.conflicts.open().update(taken=Conflict.Taken.THEIRS, value=F("theirs"), **settled)
    _tell("write.dismiss", write, actor)
    return True


@transaction.atomic
def edit_failed(
    *, write: Write, changes: Mapping[str, Any], actor: User | None, now: datetime | None = None
) -> Write | None:
    """Put a failed change away and ask for this instead. None where nothing is left to send. Raises Refused."""
    (write,) = Write.objects.filter(pk=write.pk).with_targets()
    if write.state != State.FAILED:
        raise Refused("This was settled already.")
    row = OPERATIONS[write.operation]
    if row.act != Act.CREATE and write.target is None:
        raise Refused("This was deleted in the meantime, so nothing was sent.")
    if row.act == Act.CREATE and write.is_unknown:
        raise Refused("This may have arrived. Press Retry, which looks for it first, or dismiss it.")
    lock_beside(write)
    # Of two who press at once, one asks.
    if not dismiss(write=write, actor=actor):
        raise Refused("This was settled already.")
    options = {name: write.options[name] for name in ASKED_WITH if name in write.options}
    how: dict[str, Any] = {"actor": actor, "now": now, "undo_seconds": 0, "options": options}
    if row.act == Act.CREATE:
        made = commands.create(write.operation, write.connection, changes, contact=write.contact, **how)
        # Its form, sent again, is answered with what came of it.
        Write.objects.filter(pk=write.pk).update(form="")
        Write.objects.filter(pk=made.pk).update(form=write.form)
        return made
    return commands.write(write.operation, write.target, changes, **how)


def settle_conflict(
    *, conflict: Conflict, taken: str, actor: User | None, now: datetime, value: Any = None, remember: bool = False
) -> Write:
    """Settle one field, as it was shown, of a write with its target.

    Raises Settled where somebody was first, Refused where none is sent.
    """
    if taken != Conflict.Taken.THEIRS:
        asked = conflict.write
        require_write_access(asked.connection)
        require_right(asked.operation, asked.target, asked.connection, actor)
    return conflicts.resolve(conflict=conflict, taken=taken, actor=actor, now=now, value=value, remember=remember)
