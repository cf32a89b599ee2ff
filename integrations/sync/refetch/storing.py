"""Stores what was read again, through the same door as everything else."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

import structlog
from django.db import transaction

from integrations.activity.records import Record
from integrations.sync import drift
from integrations.sync.ports import Absent, Reader
from integrations.sync.reconcile import Batch, apply, prepare, remove
from integrations.sync.reconcile.kinds import MODELS
from integrations.sync.refetch.asking import CHILDREN, Found, guarded

log = structlog.get_logger(__name__)
# Contacts first: what hangs on them finds them there.
ORDER = ("businesses", "contacts", *CHILDREN)


def store_all(
    workspace_id: int, found: Sequence[Found], reader: Reader, asked_at: datetime, clock: Callable[[], datetime]
) -> None:
    """Store everything that came, stream by stream."""
    for stream in ORDER:
        records = [record for part in found for record in part.records[stream]]
        gone = [pk for part in found for pk in part.gone[stream]]
        if records or gone:
            _store(workspace_id, stream, records, gone, reader, asked_at, clock)


def _store(
    workspace_id: int,
    stream: str,
    records: list[Record],
    gone: list[int],
    reader: Reader,
    asked_at: datetime,
    clock: Callable[[], datetime],
) -> None:
    items = prepare(records)
    with transaction.atomic():
        batch = Batch(workspace_id, stream, None, clock(), asked_at=asked_at)
        found, doubtful = apply(batch, items)
        news = found.news + drift.names_of(MODELS[stream], gone)
        if news and drift.is_judged(workspace_id, stream):
            drift.count(workspace_id, stream, news, clock())
        remove(MODELS[stream], gone, clock())
    if doubtful:
        # Known as removed, yet shown: only a direct question may bring it back. There are few of these.
        again = [guarded(partial(_again, reader, stream, record)) for record in doubtful]
        alive = [record for part in again if isinstance(part, Found) for record in part.records[stream]]
        with transaction.atomic():
            apply(Batch(workspace_id, stream, None, clock(), revives=True, asked_at=asked_at), prepare(alive))


def _again(reader: Reader, stream: str, record: Record) -> Found:
    found = Found()
    try:
        contact_id = getattr(record, "contact_remote_id", record.remote_id)
        found.records[stream].append(reader.one(stream, record.remote_id, contact_id))
    except Absent:
        log.info("a listing still shows what is gone", stream=stream)
    return found
