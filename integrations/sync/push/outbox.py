"""Delivers a write exactly once: check, claim, merge, send, read back; no state claims more than was seen."""

from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from django.db import DatabaseError
from django.utils import timezone

from integrations.activity.records import Record
from integrations.connections import registry
from integrations.connections.ports import (
    Absent,
    AuthLost,
    Caller,
    Lane,
    NotPermitted,
    Provider,
    Reader,
    SyncError,
    Target,
    Transient,
)
from integrations.sync import calls, queue
from integrations.sync.models import Write
from integrations.sync.models.writes import WriteQuerySet, fields_of
from integrations.sync.pull.persist import PersistHeld
from integrations.sync.push.merge import Merge, merge
from integrations.sync.push.operations import OPERATIONS, Operation
from integrations.sync.queue import Clock

log = structlog.get_logger(__name__)
State = Write.State
# How long a look at the target, taken while the undo window still ran, is good for.
CHECK_HOLDS = timedelta(seconds=3)
# Their reads may lag behind their writes: what they accepted is only looked for, and not sent again, for so long.
ECHO_WITHIN = timedelta(seconds=20)
OLD_STATE = "It was sent, but reading it back shows the old state."


def check_ahead(write_id: int) -> None:
    """Look at the target while its undo window still runs, so that the write is the first thing sent after it.

    Nothing is claimed and an undo stays possible. What goes wrong is left to the delivery, which looks itself.
    """
    asked_at = queue.clock()()
    # Held open meanwhile: a look that will not hold until then is a request for nothing.
    waiting = Write.objects.waiting().filter(pk=write_id, not_before__lt=asked_at + CHECK_HOLDS)
    write = next(iter(waiting.select_related("connection").with_targets()), None)
    if write is None:
        return
    callers: list[Caller] = []
    try:
        with closing(registry.provider(write.connection.provider).reader(write.connection, Lane.WRITE)) as reader:
            callers.append(reader)
            if _merged(write, _read(write, reader)).is_clear:
                waiting.update(checked_at=asked_at)
    except SyncError as error:
        log.info("no look ahead", write=write_id, error=type(error).__name__)
    finally:
        calls.keep_of(callers, write.connection_id)


def deliver(write_id: int, *, now: datetime | None = None) -> str:
    """Send one write if it is due and nobody else is at it. Returns the state it is then in, "" if not ours."""
    clock = queue.clock()
    write = _claim(write_id, now or clock())
    if write is None:
        return ""
    callers: list[Caller] = []
    try:
        return _guarded(write, callers, clock)
    except queue.LeaseLost:
        return ""  # taken back, revoked or taken over while it was being prepared
    except DatabaseError:
        # Locked or full: what was sent may have arrived. Once the lease is over, the next attempt reads first.
        log.exception("delivery interrupted", write=write.pk)
        return ""
    except Exception as error:
        # A fault of our own must not leave the row "sending" for ever: held, with a reason, and loud in the log.
        log.exception("delivery failed", write=write.pk)
        return _settle(write, State.FAILED, "An internal error stopped this. Retry it.", type(error).__name__)
    finally:
        calls.keep_of(callers, write.connection_id)


def _guarded(write: Write, callers: list[Caller], clock: Clock) -> str:
    try:
        provider = registry.provider(write.connection.provider)
        with closing(provider.reader(write.connection, Lane.WRITE)) as reader:
            callers.append(reader)
            with queue.heartbeat(lambda: _ours(write).keep(clock())):
                return _attempt(write, provider, reader, callers, clock)
    except SyncError as error:
        return _after_error(write, error, clock)


def requeue_abandoned(now: datetime) -> int:
    """Give back what a killed worker held; the next attempt reads before it sends, so nothing is sent twice."""
    abandoned = Write.objects.filter(state=State.SENDING, lease_until__lt=now)
    given_up = abandoned.filter(attempts__gte=2 * Write.MOST_ATTEMPTS)
    given_up.settle(State.FAILED, now, "Every worker that tried to send this was stopped. Retry it.")
    return abandoned.release(state=State.QUEUED, not_before=now)


def _claim(write_id: int, now: datetime) -> Write | None:
    mine = Write.objects.filter(pk=write_id)
    if mine.claim(queue.owner_name(), now, state=State.SENDING) != 1:
        return None  # undone, already delivered, or another worker was first
    return mine.select_related("connection").with_targets()[0]


def _attempt(write: Write, provider: Provider, reader: Reader, callers: list[Caller], clock: Clock) -> str:
    if not _was_checked(write, clock()) and (settled := _settled_unsent(write, reader, clock)) is not None:
        return settled
    _hold_before_sending(write, clock())
    writer = provider.writer(write.connection)
    callers.append(writer)
    # Only what the person changed: every other field may have been changed over there since.
    writer.send(write.operation, _target(write), write.changes)
    _ours(write).update(accepted_at=clock())
    return _read_back(write, reader, clock)


def _was_checked(write: Write, now: datetime) -> bool:
    """Whether nothing was sent yet and the target was just seen as the person knew it: nothing is to be merged."""
    return write.sent_at is None and write.checked_at is not None and now - write.checked_at < CHECK_HOLDS


def _settled_unsent(write: Write, reader: Reader, clock: Clock) -> str | None:
    """The state of a write that the provider has met or crossed by itself; None when it is to be sent."""
    asked_at, theirs = clock(), _read(write, reader)
    merged = _merged(write, theirs)
    if merged.is_clear:
        if write.accepted_at and clock() - write.accepted_at < ECHO_WITHIN:
            raise Transient(OLD_STATE)
        return None
    _persist(write, clock).store(_row(write).stream, [theirs], asked_at, revives=True)
    if merged.conflicts:
        crossed = f"It was changed in {_system(write)} meanwhile. Nothing was overwritten."
        return _settle(write, State.CONFLICT, crossed)
    return _settle(write, State.CONFIRMED, "")


def _merged(write: Write, theirs: Record) -> Merge:
    seen = fields_of(theirs, write.changes)
    overwritten = {name: seen[name] for name in _row(write).overwrites if name in seen}
    return merge(base=write.base | overwritten, changes=write.changes, theirs=seen)


def _read_back(write: Write, reader: Reader, clock: Clock) -> str:
    """Confirmed only by what the provider then says."""
    asked_at, theirs = clock(), _read(write, reader)
    record = _timed(theirs, clock())
    _persist(write, clock).store(_row(write).stream, [record], asked_at, revives=True)
    if fields_of(theirs, write.changes) != write.changes:
        raise Transient(OLD_STATE)
    return _settle(write, State.CONFIRMED, "")


def _timed(record: Record, now: datetime) -> Record:
    """A single read tells no time of change; without one a completion would be filed under its last edit."""
    if getattr(record, "updated_at", now) is None:
        return replace(record, updated_at=now)  # type: ignore[call-arg]
    return record


def _ours(write: Write) -> WriteQuerySet:
    """The row as long as this very attempt holds it: neither undone, revoked, nor taken over by another worker."""
    return Write.objects.held_by(write.lease_owner).filter(pk=write.pk)


def _hold_before_sending(write: Write, now: datetime) -> None:
    """The last look before it leaves: from here on an undo comes too late, and before it none is ignored."""
    # Longer than else: what a killed worker has just sent may still be on its way, and who takes over reads first.
    if _ours(write).update(sent_at=now, lease_until=now + 2 * queue.length()) != 1:
        raise queue.LeaseLost("It was taken back, revoked or taken over while it was being prepared.")


def _read(write: Write, reader: Reader) -> Record:
    row, target = _row(write), _target(write)
    record = reader.one(row.stream, target.remote_id, target.contact_id)
    if record.is_deleted:
        raise Absent(f"The {row.kind} is marked as deleted.")
    return record


def _row(write: Write) -> Operation:
    return OPERATIONS[write.operation]


def _system(write: Write) -> str:
    return registry.provider(write.connection.provider).name


def _target(write: Write) -> Target:
    # Whose it is may have changed since the write was asked for: contacts are merged.
    contact_id = getattr(write.target, "contact_remote_id", write.remote_id)
    return Target(write.kind, write.remote_id, contact_id)


def _persist(write: Write, clock: Clock) -> PersistHeld:
    """Keeps what was read, unless the write was revoked, purged or taken over meanwhile."""
    return PersistHeld(write.connection, clock, lambda: _ours(write).keep(clock()), is_ours=True)


def _settle(write: Write, state: str, reason: str, detail: str = "") -> str:
    return state if _ours(write).settle(state, timezone.now(), reason, detail) == 1 else ""


def _after_error(write: Write, error: SyncError, clock: Clock) -> str:
    """What can pass is tried again, later each time; the rest is held with the reason and a retry button."""
    if isinstance(error, Absent):
        _persist(write, clock).remove_all(_row(write).stream, [write.target.pk])
        return _settle(write, State.FAILED, _row(write).gone(_system(write)), error.detail)
    if _ours(write).put_off(error, write.attempts, timezone.now(), state=State.QUEUED):
        return State.QUEUED
    reasons = {
        AuthLost: "The connection needs to be renewed first.",
        NotPermitted: "The connection may not write.",
    }
    words = next((words for kind, words in reasons.items() if isinstance(error, kind)), "")
    return _settle(write, State.FAILED, f"{words} {error}".strip(), error.detail)
