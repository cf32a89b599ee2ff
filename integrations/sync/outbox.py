"""Delivers a wish exactly once: check, claim, merge, send, read back; no state claims more than was seen."""

from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from django.db import DatabaseError, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Greatest
from django.utils import timezone

from integrations.activity.kinds.task import TaskRecord
from integrations.connections import registry
from integrations.connections.ports import (
    Absent,
    AuthLost,
    Caller,
    Lane,
    NotPermitted,
    Provider,
    RateLimited,
    Reader,
    SyncError,
    Transient,
)
from integrations.sync import calls, leases
from integrations.sync.merge import Merge, merge
from integrations.sync.models import OutboxWrite
from integrations.sync.reconcile import Batch, apply, prepare, remove

log = structlog.get_logger(__name__)
State = OutboxWrite.State
MAX_ATTEMPTS = 5
# How long a look at the task, taken while the undo window still ran, is good for.
CHECK_HOLDS = timedelta(seconds=3)


class NotOurs(Exception):
    """The wish was taken back, revoked or taken over while it was being prepared; nothing was sent."""


def check_ahead(write_id: int) -> None:
    """Look at the task while its undo window still runs, so that the wish is the first thing sent after it.

    Nothing is claimed and an undo stays possible. What goes wrong is left to the delivery, which looks itself.
    """
    asked_at = leases.clock()()
    # Held open meanwhile: a look that will not hold until then is a request for nothing.
    waiting = OutboxWrite.objects.waiting().filter(pk=write_id, not_before__lt=asked_at + CHECK_HOLDS)
    write = waiting.select_related("connection", "task").first()
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
    """Send one wish if it is due and nobody else is at it. Returns the state it is then in, "" if not ours."""
    clock = leases.clock()
    write = _claim(write_id, now or clock())
    if write is None:
        return ""
    callers: list[Caller] = []
    try:
        provider = registry.provider(write.connection.provider)
        with closing(provider.reader(write.connection, Lane.WRITE)) as reader:
            callers.append(reader)
            with leases.heartbeat(lambda: _renew(write, clock())):
                return _attempt(write, provider, reader, callers, clock)
    except NotOurs:
        return ""
    except SyncError as error:
        return _after_error(write, error)
    except DatabaseError:
        # Locked or full: what was sent may have arrived. Once the lease is over, the next attempt reads first.
        log.exception("delivery interrupted", write=write.pk)
        return ""
    except Exception as error:
        # A fault of our own must not leave the row "sending" for ever: parked, with a reason, and loud in the log.
        log.exception("delivery failed", write=write.pk)
        return _settle(write, State.FAILED, "An internal error stopped this. Retry it.", type(error).__name__)
    finally:
        calls.keep_of(callers, write.connection_id)


def requeue_abandoned(now: datetime) -> int:
    """Give back what a killed worker held; the next attempt reads before it sends, so nothing is sent twice."""
    abandoned = OutboxWrite.objects.filter(state=State.SENDING, lease_until__lt=now)
    abandoned.filter(attempts__gte=2 * MAX_ATTEMPTS).update(
        state=State.FAILED, reason="Every worker that tried to send this was stopped. Retry it.", lease_until=None
    )
    return abandoned.update(state=State.QUEUED, lease_until=None, not_before=now)


def _claim(write_id: int, now: datetime) -> OutboxWrite | None:
    due = OutboxWrite.objects.due(now).filter(pk=write_id)
    if due.update(state=State.SENDING, lease_until=now + leases.length(), attempts=F("attempts") + 1) != 1:
        return None  # undone, already delivered, or another worker was first
    return OutboxWrite.objects.select_related("connection", "task").get(pk=write_id)


def _attempt(
    write: OutboxWrite, provider: Provider, reader: Reader, callers: list[Caller], clock: leases.Clock
) -> str:
    if not _was_checked(write, clock()) and (settled := _settled_unsent(write, reader, clock)) is not None:
        return settled
    _hold_before_sending(write, clock())
    writer = provider.writer(write.connection)
    callers.append(writer)
    writer.set_task_completed(write.task.contact_remote_id, write.task.remote_id, write.wants_completed)
    return _read_back(write, reader, clock)


def _was_checked(write: OutboxWrite, now: datetime) -> bool:
    """Whether nothing was sent yet and the task was just seen as the person knew it: there is nothing to merge."""
    return write.sent_at is None and write.checked_at is not None and now - write.checked_at < CHECK_HOLDS


def _settled_unsent(write: OutboxWrite, reader: Reader, clock: leases.Clock) -> str | None:
    """The state of a wish that the other side has met or crossed by itself; None when it is to be sent."""
    asked_at, theirs = clock(), _read(write, reader)
    merged = _merged(write, theirs)
    if merged.is_clear:
        return None
    _store(write, theirs, asked_at)
    if merged.conflicts:
        return _settle(
            write, State.CONFLICT, "It was changed on the other side meanwhile. Nothing was overwritten."
        )
    return _settle(write, State.CONFIRMED, "")


def _merged(write: OutboxWrite, theirs: TaskRecord) -> Merge:
    return merge(base=write.base, wish=write.wish, theirs={"is_completed": theirs.is_completed})


def _read_back(write: OutboxWrite, reader: Reader, clock: leases.Clock) -> str:
    """Confirmed only by what the other side then says."""
    asked_at, theirs = clock(), _read(write, reader)
    # The single read tells no time of change; without one the completion would be filed under its last edit.
    _store(write, replace(theirs, updated_at=theirs.updated_at or clock()), asked_at)
    if theirs.is_completed != write.wants_completed:
        raise Transient("It was sent, but reading it back shows the old state.")
    return _settle(write, State.CONFIRMED, "")


def _ours(write: OutboxWrite) -> QuerySet[OutboxWrite]:
    """The row as long as this very attempt holds it: neither undone, revoked, nor taken over by another worker."""
    return OutboxWrite.objects.filter(pk=write.pk, state=State.SENDING, attempts=write.attempts)


def _hold_before_sending(write: OutboxWrite, now: datetime) -> None:
    """The last look before the wish leaves: from here on an undo comes too late, and before it none is ignored."""
    # Longer than else: what a killed worker has just sent may still be on its way, and who takes over reads first.
    if _ours(write).update(sent_at=now, lease_until=now + 2 * leases.length()) != 1:
        raise NotOurs


def _renew(write: OutboxWrite, now: datetime) -> None:
    """Extend the lease, never shorten it. Raises LeaseLost when this attempt no longer holds the wish."""
    until = Greatest(F("lease_until"), now + leases.length())
    if _ours(write).update(lease_until=until) != 1:
        raise leases.LeaseLost(f"Write {write.pk} is no longer held by its attempt {write.attempts}.")


def _read(write: OutboxWrite, reader: Reader) -> TaskRecord:
    record = reader.one("tasks", write.task.remote_id, write.task.contact_remote_id)
    if not isinstance(record, TaskRecord):
        raise Transient("The answer was not a task.")
    if record.is_deleted:
        raise Absent("The task is marked as deleted.")
    return record


def _store(write: OutboxWrite, record: TaskRecord, asked_at: datetime) -> None:
    """Keep what was read, unless the wish was revoked, purged or taken over meanwhile."""
    with transaction.atomic():
        if not _ours(write).select_for_update().exists():
            raise NotOurs
        batch = Batch(write.connection, "tasks", None, timezone.now(), revives=True, asked_at=asked_at)
        apply(batch, prepare([record]))


def _settle(write: OutboxWrite, state: str, reason: str, detail: str = "") -> str:
    settled = _ours(write).update(
        state=state, reason=reason, detail=detail, lease_until=None, settled_at=timezone.now()
    )
    return state if settled == 1 else ""


def _after_error(write: OutboxWrite, error: SyncError) -> str:
    """What can pass is tried again, later each time; the rest is parked with the reason and a retry button."""
    if isinstance(error, Absent):
        remove(type(write.task), [write.task_id], timezone.now())
        return _settle(write, State.FAILED, "This task was deleted on the other side.", error.detail)
    if isinstance(error, Transient) and write.attempts < MAX_ATTEMPTS:
        wait = error.retry_after if isinstance(error, RateLimited) else 2.0**write.attempts
        _ours(write).update(
            state=State.QUEUED,
            not_before=timezone.now() + timedelta(seconds=wait),
            lease_until=None,
            reason=str(error),
            detail=error.detail,
        )
        return State.QUEUED
    reasons = {
        AuthLost: "The connection needs to be renewed first.",
        NotPermitted: "The connection may not write.",
    }
    words = next((words for kind, words in reasons.items() if isinstance(error, kind)), "")
    return _settle(write, State.FAILED, f"{words} {error}".strip(), error.detail)
