"""What an event leads to: a hint is fetched, and one that cannot be asked for is stored as it came."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from integrations.activity.records import Record
from integrations.connections import registry
from integrations.connections.ports import Permanent, Receiver, SyncError
from integrations.connections.receiving import EVENT
from integrations.sync import batching, queue
from integrations.sync.models import FetchRequest, InboundCount, InboundEvent
from integrations.sync.pull import on_demand, requests
from integrations.sync.pull.persist import PersistHeld
from integrations.sync.pull.requests import Hint
from integrations.sync.queue import Clock

log = structlog.get_logger(__name__)
State = InboundEvent.State
# So many rows in one statement: no transaction holds an embedded database for long.
AT_ONCE = 500


def process_due(connection_id: int, *, clock: Clock | None = None) -> int:
    """Do what is due in one connection, a handful at once. Returns how many requests were looked at."""
    return on_demand.fetch_due(connection_id, clock=clock) or store_due(connection_id, clock=clock)


def store_due(connection_id: int, *, clock: Clock | None = None) -> int:
    """Store what kept events tell, where they cannot be asked for. Returns how many were looked at."""
    clock = clock or queue.clock()
    rows = requests.claim(connection_id, clock(), events=True)
    if not rows:
        return 0
    held = FetchRequest.objects.held_by(rows[0].lease_owner)
    try:
        with queue.heartbeat(lambda: held.keep(clock())):
            _store_told(rows, PersistHeld(rows[0].connection, clock, lambda: held.keep(clock())), clock)
    except queue.LeaseLost:
        log.info("events were taken over or purged", connection=connection_id)
    return len(rows)


def _store_told(rows: Sequence[FetchRequest], persist: PersistHeld, clock: Clock) -> None:
    receiver = registry.provider(persist.connection.provider).receiver
    names = [row.remote_id for row in rows]
    kept = InboundEvent.objects.about(persist.connection.pk, EVENT, names).order_by("received_at", "pk")
    told: dict[str, list[Record]] = defaultdict(list)
    errors: dict[str, SyncError] = {}
    for event in kept:
        try:
            for stream, records in _told(receiver, persist, event).items():
                told[stream] += records
        except SyncError as error:
            errors[event.remote_id] = error
    # Contacts first: what hangs on them finds them there.
    for stream, records in sorted(told.items(), key=lambda item: item[0] not in ("businesses", "contacts")):
        persist.store_all(stream, records, clock())
    for row in rows:
        if row.remote_id in errors:
            requests.after_error(row, errors[row.remote_id], clock())
    requests.let_go([row for row in rows if row.remote_id not in errors], clock())


def _told(receiver: Receiver | None, persist: PersistHeld, event: InboundEvent) -> dict[str, Sequence[Record]]:
    if receiver is None:
        raise Permanent("Nothing here understands the events of this system any more.")
    try:
        return dict(receiver.records(persist.connection, event.type, bytes(event.body)))
    except SyncError:
        raise
    except Exception as error:
        # A fault of our own in one event is no reason to begin again for ever.
        log.exception("event not understood", row=event.pk)
        raise Permanent("An internal error stopped the reading of this.", detail=type(error).__name__) from error


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
