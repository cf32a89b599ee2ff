"""The inbox of webhooks: each event stored once, and what it hints at noted to be read again.

Whoever understands a provider's events hands them in as arrivals; their bodies are kept and never read here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from hashlib import sha256

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from integrations.sync import batching
from integrations.sync.models import FetchRequest, InboundCount, InboundEvent
from integrations.sync.pull import requests
from integrations.sync.pull.requests import Hint

State = InboundEvent.State
# So many rows in one statement: no transaction holds an embedded database for long.
AT_ONCE = 500


class Taken(StrEnum):
    """What became of an arrival."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class Arrival:
    """One event as its provider understood it.

    With a stream and an id it hints at what is to be read again, `words` being what finds a task whose contact it
    does not name. Without, `state` and `reason` say what was done about it.
    """

    provider: str
    webhook_id: str
    type: str
    signature: str
    body: bytes
    connection_id: int | None = None
    sent_at: datetime | None = None
    stream: str = ""
    remote_id: str = ""
    contact_remote_id: str = ""
    words: str = ""
    state: State = State.IGNORED
    reason: str = ""

    @property
    def hint(self) -> Hint | None:
        if not (self.connection_id and self.stream and self.remote_id):
            return None
        return Hint(self.connection_id, self.stream, self.remote_id, self.contact_remote_id, self.words)


def take(arrival: Arrival, now: datetime, *, ring: Callable[[int], None] | None = None) -> Taken:
    """Keep an event and note what it hints at, in one short transaction. A known one changes nothing.

    `ring` is told the connection once that is done, unless whoever came just before has rung.
    """
    if arrival.hint and _is_crowded(arrival.hint.connection_id):
        return Taken.DUPLICATE if _same(arrival).exists() else Taken.TOO_MANY
    try:
        with transaction.atomic():
            _store(arrival, now)
            if ring and arrival.hint and _is_first(arrival.hint, now):
                transaction.on_commit(partial(ring, arrival.hint.connection_id))
    except IntegrityError:
        if not _same(arrival).exists():
            raise
        return Taken.DUPLICATE
    return Taken.STORED


def _is_first(hint: Hint, now: datetime) -> bool:
    """Whether nothing else is due. Asked in the transaction that noted it: two at once must not both say no.

    Of several, the first has rung, and a ring makes a worker take a handful; one that got lost is the tick's.
    """
    return requests.due_count(hint.connection_id, now, at_most=2) < 2


def _is_crowded(connection_id: int) -> bool:
    """Whether a connection has so much to read that the sender had better keep the next events for a while.

    Each on its own: one whose day is spent must not close the door to the others.
    """
    limit = settings.SYNC_EVENTS_WAITING
    waiting = FetchRequest.objects.workable().filter(connection=connection_id).order_by()
    return waiting.values("pk")[limit - 1 : limit].exists()


def _same(arrival: Arrival) -> QuerySet[InboundEvent]:
    return InboundEvent.objects.filter(provider=arrival.provider, webhook_id=_identity(arrival))


def _identity(arrival: Arrival) -> str:
    """What makes an event the same when it comes again; documented ones of the older kind have no id."""
    return arrival.webhook_id or "sha256:" + sha256(arrival.body).hexdigest()


def _store(arrival: Arrival, now: datetime) -> None:
    hint = arrival.hint
    InboundEvent.objects.create(
        provider=arrival.provider,
        webhook_id=_identity(arrival),
        type=arrival.type,
        connection_id=arrival.connection_id,
        stream=arrival.stream,
        remote_id=arrival.remote_id,
        contact_remote_id=arrival.contact_remote_id,
        words=arrival.words,
        signature=arrival.signature,
        body=arrival.body,
        state=State.RECEIVED if hint else arrival.state,
        reason=arrival.reason,
        sent_at=arrival.sent_at,
        received_at=now,
    )
    if hint:
        requests.ask_all([hint], now)


@dataclass(slots=True)
class Replayed:
    """What a replay came to; `skipped` events hint at nothing that could be read again."""

    events: int = 0
    skipped: int = 0
    connections: set[int] = field(default_factory=set)


def replay(events: QuerySet[InboundEvent], now: datetime) -> Replayed:
    """Note again what these events hint at. However often it is done, the answer of today is what gets stored."""
    done = Replayed()
    for some in batching.batches(events):
        rows = list(some.defer("body").order_by("pk"))
        hints = {
            row.pk: Hint(row.connection_id, row.stream, row.remote_id, row.contact_remote_id, row.words)
            for row in rows
            if row.connection_id and row.stream and row.remote_id
        }
        with transaction.atomic():
            again = {"state": State.RECEIVED, "applied_at": None, "reason": ""}
            InboundEvent.objects.filter(pk__in=hints).update(**again)
            requests.ask_all(hints.values(), now)
        done.events += len(hints)
        done.skipped += len(rows) - len(hints)
        done.connections |= {hint.connection_id for hint in hints.values()}
    return done


def prune(now: datetime) -> int:
    """Delete old events, a slice at a time, and old counters. Returns how many events went; call until it is 0."""
    before = now - timedelta(days=settings.SYNC_KEEP_EVENTS_DAYS)
    old = InboundEvent.objects.filter(received_at__lt=before).order_by("received_at").values("pk")[:AT_ONCE]
    InboundCount.objects.filter(day__lt=before.date()).delete()
    return InboundEvent.objects.filter(pk__in=list(old.values_list("pk", flat=True))).delete()[0]
