"""Stores what was read again, through the same door as everything else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import batched

import structlog
from django.db import transaction

from integrations.activity.kinds import MODELS
from integrations.activity.records import Record
from integrations.connections.models import Connection
from integrations.connections.ports import Absent, Reader, SyncError
from integrations.sync import drift
from integrations.sync.leases import Clock
from integrations.sync.reconcile import Batch, apply, prepare, remove
from integrations.sync.refetch.asking import CHILDREN, Found, guarded
from integrations.sync.upsert import MOST_AT_ONCE

log = structlog.get_logger(__name__)
# Contacts first: what hangs on them finds them there.
ORDER = ("businesses", "contacts", *CHILDREN)


@dataclass(frozen=True, slots=True)
class Storing:
    """What all transactions of one reading share.

    `hold` raises LeaseLost once the rows are no longer ours: what was purged meanwhile must not come back, and
    what another worker reads is its own to store.
    """

    connection: Connection
    reader: Reader
    asked_at: datetime
    clock: Clock
    hold: Callable[[], None]

    def batch(self, stream: str, *, revives: bool = False) -> Batch:
        return Batch(self.connection, stream, None, self.clock(), revives=revives, asked_at=self.asked_at)


def store_all(found: Sequence[Found], storing: Storing) -> None:
    """Store everything that came, stream by stream, in transactions that hold nobody up."""
    for stream in ORDER:
        records = [record for part in found for record in part.records[stream]]
        gone = [pk for part in found for pk in part.gone[stream]]
        for some in batched(records, MOST_AT_ONCE, strict=False):
            _store(storing, stream, some)
        if gone:
            _remove(storing, stream, gone)


def _store(storing: Storing, stream: str, records: Sequence[Record]) -> None:
    items = prepare(records)
    with transaction.atomic():
        storing.hold()
        found, doubtful = apply(storing.batch(stream), items)
        _count(storing, stream, found.news)
    if doubtful:
        # Known as removed, yet shown: only a direct question may bring it back. There are few of these.
        alive = [answer for record in doubtful for answer in _again(storing.reader, stream, record)]
        with transaction.atomic():
            storing.hold()
            apply(storing.batch(stream, revives=True), prepare(alive))


@transaction.atomic
def _remove(storing: Storing, stream: str, gone: list[int]) -> None:
    storing.hold()
    _count(storing, stream, drift.names_of(MODELS[stream], gone))
    remove(MODELS[stream], gone, storing.clock())


def _count(storing: Storing, stream: str, news: list[str]) -> None:
    if news and drift.is_judged(storing.connection, stream):
        drift.count(storing.connection.pk, stream, news, storing.clock())


def _again(reader: Reader, stream: str, record: Record) -> list[Record]:
    """The record, or nothing where it is gone. Raises what else went wrong: then all of it is read once more."""
    answer = guarded(partial(_asked, reader, stream, record))
    if isinstance(answer, SyncError):
        raise answer
    return answer.records[stream]


def _asked(reader: Reader, stream: str, record: Record) -> Found:
    found = Found()
    try:
        contact_id = getattr(record, "contact_remote_id", record.remote_id)
        found.records[stream].append(reader.one(stream, record.remote_id, contact_id))
    except Absent:
        log.info("a listing still shows what is gone", stream=stream)
    return found
