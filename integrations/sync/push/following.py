"""Writes that come after another one to the same record: they end with it, or start from what it brings about."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from itertools import takewhile
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from integrations.sync import queue
from integrations.sync.models import Conflict, Write
from integrations.sync.models.options import Option
from integrations.sync.models.writes import WriteQuerySet
from integrations.sync.push.standing import as_wished, brings, insists

State = Write.State
# Whatever nobody works on, and of which nothing was sent.
FREE = Q(state__in=Write.UNSENT) | Q(state=State.QUEUED, sent_at=None, lease_until=None)
# What a refusal taught, by which pages offer a way out.
LEARNT = (Option.UNFIT, Option.NOT_PERMITTED)


def share(write: Write, beside: Sequence[Write], now: datetime, **ended: Any) -> list[int]:
    """End with a write what others asked for as well, so that nothing is sent twice. Returns their keys.

    What arrived is so for everybody. What the provider refused, it refuses to whoever asks for the same after it.
    """
    shared = _arrived(write, beside) if ended["state"] == State.CONFIRMED else _refused(write, beside)
    held = _unchanged(shared) if shared else []
    keys = [one.pk for one in held]
    if keys:
        Write.objects.filter(pk__in=keys).settle(now=now, **ended)
        _tell_learnt(write, held)
        crossed = Conflict.objects.open().filter(write__in=keys, write__state=State.CONFIRMED)
        crossed.update(taken=Conflict.Taken.MINE, value=F("mine"), by_rule=True, settled_at=now)
    return keys


def _unchanged(shared: Sequence[Write]) -> list[Write]:
    """Those that are still free and ask for the same, locked in their order: people change theirs meanwhile."""
    asked = {one.pk: one.changes for one in shared}
    found = Write.objects.filter(FREE, pk__in=asked).order_by("pk").select_for_update(no_key=True)
    return [one for one in found if one.changes == asked[one.pk]]


def _tell_learnt(write: Write, shared: Sequence[Write]) -> None:
    learnt = {name: write.options[name] for name in LEARNT if name in write.options}
    for one in shared if learnt else ():
        one.options = one.options | learnt
    if learnt:
        Write.objects.bulk_update(shared, ["options"])


def _arrived(write: Write, beside: Sequence[Write]) -> list[Write]:
    if Option.RULED in write.options:
        return []  # a rule may have kept what is there
    missed = [one for one in beside if one.state in Write.UNSENT and brings(write, one)]
    return [*missed, *takewhile(lambda one: brings(write, one), _later(write, beside))]


def _refused(write: Write, beside: Sequence[Write]) -> list[Write]:
    return list(takewhile(lambda one: _is_same(write, one), _later(write, beside)))


def _is_same(write: Write, other: Write) -> bool:
    return insists(write) == insists(other) and brings(write, other) and brings(other, write)


def _later(write: Write, beside: Sequence[Write]) -> list[Write]:
    return [one for one in beside if one.state in Write.OPEN and one.pk > write.pk]


def step_back(fallen: Write, beside: Sequence[Write]) -> None:
    """Nothing of a write arrived: what was to follow it starts from what it started from.

    Else its own values, which never were there, would look changed by somebody else. No query as a rule.
    Call it in the transaction that ends it and has taken those `beside`: nobody may take up what follows in
    between.
    """
    later = _later(fallen, beside)
    for number, one in enumerate(later):
        base = _before(fallen, one, later[:number])
        if base != one.base and one.sent_at is None:
            Write.objects.filter(pk=one.pk).update(base=base, checked_at=None)


def go_on(beside: Iterable[Write]) -> None:
    """Have the next write sent, which looks again: what was seen of the record before this is out of date."""
    left = [one.pk for one in beside if one.state in Write.OPEN]
    if left:
        Write.objects.waiting().filter(pk=left[0]).exclude(checked_at=None).update(checked_at=None)
        transaction.on_commit(partial(queue.enqueue_write, left[0]))


@transaction.atomic
def give_up(writes: WriteQuerySet, now: datetime, unsent: str, unknown: str = "") -> None:
    """Fail open writes, unknown where they may have arrived; what was to follow the others starts from before it.

    `unsent` says why, `unknown` of those that may have arrived, where that is said otherwise.
    """
    if not writes.exists():
        return
    lock_with_later(writes)
    fallen = _followed(writes)
    writes.filter(sent_at=None).settle(State.FAILED, now, unsent)
    writes.exclude(sent_at=None).settle(State.FAILED, now, unknown or unsent, is_unknown=True)
    for write in fallen:
        about = Write.objects.open().filter(kind=write.kind, target_id=write.target_id)
        beside = list(about.exclude(pk=write.pk).order_by("pk"))
        if write.sent_at is None:
            step_back(write, beside)
        go_on(beside)


def lock_with_later(writes: WriteQuerySet) -> None:
    """Take unsettled writes and what is to follow them, all in the order of their keys."""
    earlier = writes.filter(kind=OuterRef("kind"), target_id=OuterRef("target_id"), pk__lt=OuterRef("pk"))
    is_later = Q(Exists(earlier), state__in=Write.OPEN)
    Write.objects.unsettled().filter(Q(pk__in=writes.order_by().values("pk")) | is_later).lock()


def _followed(writes: WriteQuerySet) -> list[Write]:
    """Those that others are to follow, which are few."""
    later = Write.objects.open().filter(kind=OuterRef("kind"), target_id=OuterRef("target_id"))
    return list(writes.filter(Exists(later.filter(pk__gt=OuterRef("pk")))).order_by("pk"))


def _before(fallen: Write, one: Write, between: Sequence[Write]) -> dict[str, Any]:
    """What one starts from without the fallen, but with those between them."""
    known: dict[str, Any] = one.base
    fell = {name for name, value in fallen.changes.items() if known.get(name) == value and name in known}
    if not fell:
        return known
    without = Write(operation=one.operation, actor_id=one.actor_id, changes=one.changes, options=one.options)
    without.base = known | {name: fallen.base.get(name) for name in fell}
    stands = as_wished(without, between)
    return known | {name: stands[name] for name in fell}
