"""Delivers a write exactly once: check, claim, look, send, read back; no state claims more than was seen."""

from contextlib import closing
from datetime import datetime, timedelta
from types import ModuleType

import structlog
from django.db import DatabaseError, transaction
from django.db.models import Q

from integrations.connections import registry
from integrations.connections.models import Connection
from integrations.connections.ports import (
    AuthLost,
    Caller,
    Duplicate,
    Lane,
    Permanent,
    Provider,
    Reader,
    SyncError,
    Transient,
)
from integrations.sync import calls, queue
from integrations.sync.models import Write
from integrations.sync.models.options import Option
from integrations.sync.push import creating, deleting, following, membership, outage, permission, updating
from integrations.sync.push.attempt import Attempt, Step
from integrations.sync.push.operations import Act
from integrations.sync.push.outcome import after_error, ours, settle
from integrations.sync.queue import Clock

log = structlog.get_logger(__name__)
State = Write.State
# How long a look at the target, taken while the undo window still ran, is good for.
CHECK_HOLDS = timedelta(seconds=3)
# A write that stops every worker that takes it up is given up after so many.
MOST_STOPPED = 10
# How each sort of change is looked at ahead, looked at before it is sent, and read back.
WAYS: dict[Act, ModuleType] = {
    Act.UPDATE: updating,
    Act.CREATE: creating,
    Act.DELETE: deleting,
    Act.ADD: membership,
    Act.REMOVE: membership,
}


def check_ahead(write_id: int, *, clock: Clock | None = None) -> None:
    """Look at the target while its undo window still runs, so that the write is the first thing sent after it.

    Nothing is claimed and an undo stays possible. What goes wrong is left to the delivery, which looks itself.
    """
    asked_at = (clock or queue.clock())()
    # Held open meanwhile: a look that will not hold until then is a request for nothing.
    unsent = Write.objects.waiting().filter(pk=write_id, not_before__lt=asked_at + CHECK_HOLDS)
    write = next(iter(unsent.select_related("connection").with_targets()), None)
    if write is None or unsent.meet_outage():
        return
    callers: list[Caller] = []
    try:
        with closing(registry.provider(write.connection.provider).reader(write.connection, Lane.WRITE)) as reader:
            callers.append(reader)
            attempt = Attempt(write, reader, clock or queue.clock())
            if WAYS[attempt.row.act].look_ahead(attempt):
                unsent.update(checked_at=asked_at)
    except SyncError as error:
        log.info("no look ahead", write=write_id, error=type(error).__name__)
    finally:
        calls.keep_of(callers, write.connection_id)


def seconds_left(write_id: int, *, clock: Clock | None = None) -> float | None:
    """How long until a write is due, 0 if it is. None where it is settled, or where its window is held open.

    Whoever holds it open has told workers of its new end.
    """
    now = (clock or queue.clock())()
    found = Write.objects.waiting().filter(pk=write_id, not_before__lt=now + CHECK_HOLDS)
    return next(
        (max(0.0, (due - now).total_seconds()) for due in found.values_list("not_before", flat=True)), None
    )


def deliver(write_id: int, *, now: datetime | None = None, clock: Clock | None = None) -> str:
    """Send one write if it is due and nobody else is at it. Returns the state it is then in, "" if not ours."""
    clock = clock or queue.clock()
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
        words, was_sent = "An internal error stopped this. Retry it.", write.sent_at is not None
        return settle(write, State.FAILED, words, type(error).__name__, is_unknown=was_sent)
    finally:
        calls.keep_of(callers, write.connection_id)


def _guarded(write: Write, callers: list[Caller], clock: Clock) -> str:
    sent_before = write.sent_at
    try:
        if write.connection.state != Connection.State.CONNECTED:
            raise AuthLost(write.connection.reason)
        held = permission.held_for(write) if write.sent_at is None else ""
        # Of what was crossed nothing may be left to send: it is looked at first.
        if held and not write.conflicts.exists():
            return settle(write, State.FAILED, held, is_personal=True)
        provider = registry.provider(write.connection.provider)
        with closing(provider.reader(write.connection, Lane.WRITE)) as reader:
            callers.append(reader)
            with queue.heartbeat(lambda: ours(write).keep(clock())):
                state = _attempt(write, provider, reader, callers, clock, held)
    except SyncError as error:
        # Refused while it looked for what an earlier attempt may have left there.
        was_looking = sent_before is not None and write.sent_at == sent_before
        return after_error(write, error, clock, may_have_arrived=was_looking)
    if write.is_held_by_outage:
        outage.over(write.connection_id, clock())
    return state


def requeue_abandoned(now: datetime) -> int:
    """Give back what a killed worker held; the next attempt reads before it sends, so nothing is sent twice."""
    abandoned = Write.objects.filter(state=State.SENDING, lease_until__lt=now)
    # What has a reason was put off in between, so not every attempt at it was stopped.
    stopped = Q(attempts__gte=MOST_STOPPED, reason="") | Q(attempts__gte=Write.MOST_ATTEMPTS)
    words = "Every worker that tried to send this was stopped. Retry it."
    following.give_up(abandoned.filter(stopped), now, words)
    with transaction.atomic():
        return abandoned.release(state=State.QUEUED, not_before=now) if abandoned.lock() else 0


def park_old(stopped_at: datetime, now: datetime) -> None:
    """Hold what was wanted before everything stood still: a restored backup knows of writes that were sent since.

    Nobody can tell the two apart, so a person does: each is listed as failed, and a retry sends it.
    """
    old = Write.objects.open().filter(created_at__lte=stopped_at)
    words = (
        f"Throughline did not run from {stopped_at:%Y-%m-%d %H:%M} UTC on, so this was not sent. Retry it if it "
    )
    words += "is still wanted."
    following.give_up(old, now, words)


def wake(connection_id: int, now: datetime) -> None:
    """Have what waits for a connection sent at once: it works again. Call it in a transaction."""
    outage.wake(Write.objects.filter(connection=connection_id).exclude(reason=""), now, attempts=0)


def _claim(write_id: int, now: datetime) -> Write | None:
    mine = Write.objects.filter(pk=write_id)
    owner = queue.owner_name()
    is_away = mine.meet_outage()
    if (outage.claim(mine, owner, now) if is_away else mine.claim(owner, now, state=State.SENDING)) != 1:
        return None  # undone, already delivered, put off, or another worker was first
    return mine.select_related("connection__workspace", "actor").with_targets()[0]


def _attempt(
    write: Write, provider: Provider, reader: Reader, callers: list[Caller], clock: Clock, held: str
) -> str:
    """`held` is why it may not be sent, as far as that was asked before."""
    attempt = Attempt(write, reader, clock)
    way = WAYS[attempt.row.act]
    step: Step = attempt.changes if _was_checked(write, clock()) else way.look(attempt)
    if isinstance(step, str):
        return step
    sent_before = write.sent_at
    # What may have been sent was looked for all the same.
    if why := held or (permission.held_for(write) if sent_before is not None else ""):
        is_unknown = sent_before is not None and write.accepted_at is None
        return attempt.settle(State.FAILED, why, is_unknown=is_unknown, is_personal=True)
    _hold_before_sending(write, clock())
    writer = provider.writer(write.connection)
    callers.append(writer)
    try:
        remote_id = writer.send(write.operation, attempt.target, step, write.options)
    except Duplicate as error:
        if attempt.row.act != Act.CREATE:
            raise  # a change of one contact is none of the other
        return creating.adopt(attempt, error.remote_id)
    except Permanent as error:
        if sent_before is None or attempt.row.act != Act.CREATE:
            raise
        return creating.doubt(attempt, error)
    except Transient as error:
        _note_delivery(attempt, error, sent_before)
        raise
    if write.accepted_at is None:
        learnt = {"remote_id": remote_id} if remote_id and not write.remote_id else {}
        attempt.remember(accepted_at=clock(), **learnt)
    state: str = way.read_back(attempt, step)
    return state


def _was_checked(write: Write, now: datetime) -> bool:
    """Whether nothing was sent yet and the target was just seen as the person knew it: nothing is to be merged."""
    return write.sent_at is None and write.checked_at is not None and now - write.checked_at < CHECK_HOLDS


def _note_delivery(attempt: Attempt, error: Transient, sent_before: datetime | None) -> None:
    """What is known of an attempt that brought no answer of success: sent at all, and if so, answered."""
    if not error.maybe_delivered:
        attempt.remember(sent_at=sent_before)
        return
    options = attempt.write.options | {Option.ANSWERED: error.was_answered}
    attempt.remember(options={name: value for name, value in options.items() if name != Option.MAY_REPEAT})


def _hold_before_sending(write: Write, now: datetime) -> None:
    """The last look before it leaves: from here on an undo comes too late, and before it none is ignored."""
    # Longer than else: what a killed worker has just sent may still be on its way, and who takes over reads first.
    if ours(write).update(sent_at=now, lease_until=now + 2 * queue.length()) != 1:
        raise queue.LeaseLost("It was undone, revoked or taken over by another worker before it was sent.")
    write.sent_at = now
