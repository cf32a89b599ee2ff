"""How an attempt at a write ends: settled, or put off until what stands in its way is over."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from integrations.connections import registry
from integrations.connections.ports import (
    Absent,
    AuthLost,
    NotPermitted,
    Permanent,
    RateLimited,
    SyncError,
    Transient,
    Unfit,
)
from integrations.sync.models import Write
from integrations.sync.models.options import Option
from integrations.sync.models.writes import WriteQuerySet
from integrations.sync.pull.persist import PersistHeld
from integrations.sync.push import following, outage, waiting
from integrations.sync.push.locking import lock_beside
from integrations.sync.push.operations import OPERATIONS, Operation
from integrations.sync.push.waiting import NotShown
from integrations.sync.queue import Clock

State = Write.State
# How long what waits for a person to reconnect is left alone; the reconnect itself wakes it.
RECONNECT_CHECK = timedelta(minutes=1)


def ours(write: Write) -> WriteQuerySet:
    """The row as long as this very attempt holds it: neither undone, revoked, nor taken over by another worker."""
    return Write.objects.held_by(write.lease_owner).filter(pk=write.pk)


def row_of(write: Write) -> Operation:
    return OPERATIONS[write.operation]


def system(write: Write) -> str:
    return registry.provider(write.connection.provider).name


def persist(write: Write, clock: Clock) -> PersistHeld:
    """Keeps what was read, unless the write was revoked, purged or taken over meanwhile."""
    return PersistHeld(write.connection, clock, lambda: ours(write).keep(clock()), is_ours=True)


@transaction.atomic
def settle(
    write: Write, state: str, reason: str, detail: str = "", *, is_personal: bool = False, **how: bool
) -> str:
    """End this attempt with what follows from it, and have the next write to the same record sent.

    All at once: a worker that took up the next one in between would not start from what became of this one.
    `is_personal`: it failed for who asked for it, which says nothing of others; the reason says who may.
    """
    now, beside = timezone.now(), lock_beside(write)
    if is_personal:
        _learn(write, Option.PERSONAL, True)
    ended: dict[str, Any] = {"state": state, "reason": reason, "detail": detail} | how
    if ours(write).settle(now=now, **ended) != 1:
        return ""
    is_shared = state in (State.CONFIRMED, State.FAILED) and not is_personal
    shared = following.share(write, beside, now, **ended) if is_shared else []
    left = [one for one in beside if one.pk not in shared]
    if state == State.FAILED and not how.get("is_unknown"):
        following.step_back(write, left)
    following.go_on(left)
    return state


def after_error(write: Write, error: SyncError, clock: Clock, *, may_have_arrived: bool = False) -> str:
    """What can pass waits until it does; the rest is held with its reason, to be retried where that may help.

    `may_have_arrived`: an earlier attempt got no answer, and this one could not look.
    """
    if write.is_held_by_outage and waiting.is_answer(error):
        outage.over(write.connection_id, clock())
    if _put_off(write, error, clock()):
        return State.QUEUED
    name, row = system(write), row_of(write)
    match error:
        case Absent():
            if write.target is not None:
                persist(write, clock).remove_all(row.stream, [write.target.pk])
            return settle(write, State.FAILED, row.gone(name), error.detail, can_retry=False)
        case NotShown():
            twice = f"{name} accepted this twice and still shows the old state."
            return settle(write, State.FAILED, twice, is_unknown=True)
        case Transient():
            given_up = f"{name} did not accept this for a day."
            return settle(write, State.FAILED, given_up, _said(error), is_unknown=write.sent_at is not None)
        case NotPermitted() | Permanent() if may_have_arrived:
            why = f" {error} {error.remedy}".rstrip() if isinstance(error, NotPermitted) else ""
            words = f"This may have arrived, and {name} did not let us look.{why}"
            return settle(write, State.FAILED, words, _said(error), is_unknown=True)
        case NotPermitted():
            _learn(write, Option.NOT_PERMITTED, True)
            words = f"The connection may not write. {error} {error.remedy}"
            return settle(write, State.FAILED, words.strip(), error.detail)
        case Unfit():
            _learn(write, Option.UNFIT, error.field)
            return settle(write, State.FAILED, f"{row.not_done} {error}", error.detail, can_retry=False)
    return settle(write, State.FAILED, row.refused(name), _said(error), can_retry=False)


def _learn(write: Write, option: str, value: object) -> None:
    """Keep it in the row and here, for those who asked for the same."""
    write.options = write.options | {option: value}
    ours(write).update(options=write.options)


def _put_off(write: Write, error: SyncError, now: datetime) -> bool:
    """Have it tried again where that may help without a person, or once a person has reconnected the account."""
    mine, was_sent = ours(write), write.sent_at is not None
    match error:
        case NotShown():
            return _look_again(mine, error, now)
        case AuthLost():
            # It counts as never tried: waiting for a person wears nothing out.
            words, due = waiting.for_reconnect(write.connection, was_sent=was_sent), now + RECONNECT_CHECK
            said = {"reason": words, "detail": _said(error), "attempts": 0, "not_before": due}
            mine.release(state=State.QUEUED, **said)
            return True
    words = waiting.for_system(error, system(write), was_sent=was_sent)
    is_put_off = mine.put_off(error, write.attempts, now, state=State.QUEUED, reason=words, detail=_said(error))
    if is_put_off and not isinstance(error, RateLimited):
        outage.go_on(write, error, now)
    return is_put_off


def _look_again(mine: WriteQuerySet, error: NotShown, now: datetime) -> bool:
    if error.wait is None:
        return False
    mine.release(state=State.QUEUED, reason=str(error), not_before=now + error.wait)
    return True


def _said(error: SyncError) -> str:
    """What went wrong, for whoever wants to know more than what it means."""
    return f"{error} {error.detail}".strip()
