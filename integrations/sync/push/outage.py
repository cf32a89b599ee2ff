"""While a provider is away: one write tries whether it is back, the others wait behind it without an attempt.

It counts as away for a connection once several of its writes were put off by that. Each time another one tries, so
that one which never works holds up none for long; whichever gets any answer sends all the others out.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Count, Min, Sum

from integrations.connections import registry
from integrations.connections.models import Connection
from integrations.connections.ports import SyncError
from integrations.sync import queue
from integrations.sync.models import Write
from integrations.sync.models.writes import WriteQuerySet
from integrations.sync.push import waiting

State = Write.State
# How long the others wait while one tries; they are told as soon as it knows more.
BEHIND = timedelta(seconds=5)


@transaction.atomic
def claim(mine: WriteQuerySet, owner: str, now: datetime) -> int:
    """Take a due write if it is the one to try, else put it off behind that one. Returns how many are ours."""
    # Locked: of two workers only one may try.
    found = Connection.objects.select_for_update(no_key=True).filter(pk__in=mine.values("connection"))
    write, connection = mine.due(now).first(), found.first()
    if write is None or connection is None:
        return 0
    system = registry.provider(connection.provider).name
    words = waiting.for_outage(system, was_sent=write.sent_at is not None)
    others = Write.objects.held_by_outage(connection.pk).exclude(pk=write.pk)
    until = _until(write, others, now)
    if until is None:
        return mine.claim(owner, now, state=State.SENDING, reason=words)
    behind = others.filter(state=State.QUEUED, not_before__lt=until)
    (mine | behind).lock()
    mine.due(now).update(not_before=until, reason=words)
    behind.update(not_before=until)
    return 0


def _until(write: Write, others: WriteQuerySet, now: datetime) -> datetime | None:
    """Until when a write waits behind the others, None where it is the one to try."""
    if others.filter(state=State.SENDING, lease_until__gte=now).exists():
        return now + BEHIND
    if write.is_held_by_outage:
        return None
    next_try: datetime | None = others.aggregate(at=Min("not_before"))["at"]
    return next_try if next_try and next_try > now else None


@transaction.atomic
def go_on(write: Write, error: SyncError, now: datetime) -> None:
    """One has tried in vain: where several have, all wait, each time longer, and then another tries."""
    held = Write.objects.held_by_outage(write.connection_id).filter(state=State.QUEUED)
    tried = held.aggregate(writes=Count("pk"), times=Sum("attempts"), least=Min("attempts"))
    if tried["writes"] < Write.SEVERAL:
        return
    until = now + queue.wait_after(error, tried["times"] - Write.SEVERAL + 1)
    held.lock()
    held.update(not_before=until + BEHIND)
    held.filter(attempts=tried["least"]).update(not_before=until)


def over(connection_id: int, now: datetime) -> None:
    """One has got an answer: have all others sent at once."""
    wake(Write.objects.held_by_outage(connection_id), now)


@transaction.atomic
def wake(waits: WriteQuerySet, now: datetime, **changes: int) -> None:
    """Have writes that wait sent at once."""
    ready = waits.filter(state=State.QUEUED).lock()
    said: dict[str, Any] = {"not_before": now, "reason": "", "detail": ""}
    Write.objects.filter(pk__in=ready, state=State.QUEUED).update(**(said | changes))
    for write_id in ready:
        transaction.on_commit(partial(queue.enqueue_write, write_id))
