"""The inbox of webhooks: each event stored once as it came, and what it hints at noted to be processed.

Whoever understands a provider's events hands them in as arrivals; their bodies are kept and never read here.
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from functools import partial
from hashlib import sha256

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from integrations.connections.receiving import EVENT, Arrival
from integrations.sync.models import FetchRequest, InboundEvent
from integrations.sync.pull import requests
from integrations.sync.pull.requests import Hint
from integrations.sync.queue import enqueue_fetch

State = InboundEvent.State


class Ingested(StrEnum):
    """What became of an arrival."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    TOO_MANY = "too_many"


def hint_of(arrival: Arrival) -> Hint | None:
    """What is to be done about an event; one that cannot be asked for is named by itself."""
    if not arrival.connection_id:
        return None
    if arrival.is_told:
        return Hint(arrival.connection_id, EVENT, _identity(arrival))
    if not (arrival.stream and arrival.remote_id):
        return None
    contact_id, words = arrival.contact_remote_id, arrival.words
    return Hint(arrival.connection_id, arrival.stream, arrival.remote_id, contact_id, words)


def ingest(arrival: Arrival, now: datetime, *, tell: Callable[[int], None] = enqueue_fetch) -> Ingested:
    """Keep an event and note what it hints at, in one short transaction. A known one changes nothing.

    `tell` is handed the connection once that is done, unless whoever came just before has told.
    """
    hint = hint_of(arrival)
    if hint and _is_crowded(hint.connection_id):
        return Ingested.DUPLICATE if _same(arrival).exists() else Ingested.TOO_MANY
    try:
        with transaction.atomic():
            _store(arrival, hint, now)
            if arrival.effect:
                arrival.effect(now)
            if hint and _is_first(hint, now):
                transaction.on_commit(partial(tell, hint.connection_id))
    except IntegrityError:
        if not _same(arrival).exists():
            raise
        return Ingested.DUPLICATE
    return Ingested.STORED


def _is_first(hint: Hint, now: datetime) -> bool:
    """Whether nothing else is due. Asked in the transaction that noted it: two at once must not both say no.

    Of several, the first has told, and a worker then takes a handful; a message that got lost is the tick's.
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


def _store(arrival: Arrival, hint: Hint | None, now: datetime) -> None:
    settled = State.DONE if arrival.is_done else State.IGNORED
    InboundEvent.objects.create(
        provider=arrival.provider,
        webhook_id=_identity(arrival),
        type=arrival.type,
        connection_id=arrival.connection_id,
        stream=hint.stream if hint else arrival.stream,
        remote_id=hint.remote_id if hint else arrival.remote_id,
        contact_remote_id=arrival.contact_remote_id,
        words=arrival.words,
        signature=arrival.signature,
        body=arrival.body,
        state=State.RECEIVED if hint else settled,
        reason=arrival.reason,
        sent_at=arrival.sent_at,
        received_at=now,
    )
    if hint:
        requests.ask_all([hint], now)
