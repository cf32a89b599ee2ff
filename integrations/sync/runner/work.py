"""What the steps of a run share: the run, its lease, the reader and the threads that read."""

import gc
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import F

from integrations.activity.kinds import MODELS
from integrations.activity.models import RemoteObject
from integrations.activity.records import BadRecord, Record
from integrations.connections import registry
from integrations.connections.ports import Absent, Call, NotPermitted, Page, Reader, SyncError
from integrations.connections.streams import Stream
from integrations.sync import calls, drift, leases, planner
from integrations.sync.models import RunStream, SeenRecord, SyncRun
from integrations.sync.reconcile import Batch, apply, prepare, record_failures
from integrations.sync.reconcile.counters import COUNTED, Counters
from integrations.sync.runner.side_by_side import SideBySide
from integrations.sync.statements import copy_log_back
from integrations.sync.upsert import MOST_AT_ONCE, Row, overwrite, upsert

log = structlog.get_logger(__name__)
# Records in one transaction: an embedded database has one writer at a time. Contacts carry more with them.
SLICE, SLICE_OF_CONTACTS = MOST_AT_ONCE + MOST_AT_ONCE // 2, MOST_AT_ONCE
# After so many the log has grown enough to be worth a pass, and not yet so long that a commit must do it.
COMMITS_A_COPY = 8


@dataclass(slots=True)
class Work:
    """One worker's hold on one run."""

    run: SyncRun
    owner: str
    reader: Reader
    readers: SideBySide
    clock: Callable[[], datetime]
    streams: Mapping[str, Stream]
    commits: int = 0
    counted_requests: int = 0
    unkept: list[Call] = field(default_factory=list)  # made, and not yet committed
    ahead: Any = None  # a batch whose reading has begun while the one before it settles
    due: dict[str, deque[Any]] = field(default_factory=dict)  # whose turn it is, by stream
    begun_at: float = 0.0  # when the last batch of contacts was begun, monotonic
    batch_size: int = planner.BATCH_OF_CONTACTS
    judged: dict[str, bool] = field(default_factory=dict)
    older: dict[str, bool] = field(default_factory=dict)
    # Pages on their way, by stream and place: (when asked, the answer to come).
    pages: dict[tuple[str, str], tuple[datetime, Future[Page | SyncError]]] = field(default_factory=dict)
    partitions_ahead: int = 0  # pages of a partitioned stream that may be on their way
    has_begun: bool = False  # the first pages of all listings were asked for together
    is_closing: bool = False  # no new batch is begun; what is under way is brought home

    def forget(self, stream: RunStream) -> None:
        """Drop what is still on its way for a stream that is not read on."""
        self.pages = {key: page for key, page in self.pages.items() if key[0] != stream.stream}

    def batch(self, stream: RunStream, *, asked_at: datetime | None = None, revives: bool = False) -> Batch:
        """Where the records of a stream go that were asked for at that time."""
        return Batch(self.run.connection, stream.stream, self.run.pk, self.clock(), revives, asked_at)

    @property
    def started_at(self) -> datetime:
        return self.run.started_at or self.run.created_at

    @contextmanager
    def commit(self, stream: RunStream) -> Iterator[Counters]:
        """One transaction: the lease is still ours, rows, counters and place move together or not at all.

        The caller adds to the counters that it is given and changes the stream's own fields.
        """
        counters = Counters()
        with transaction.atomic():
            yield counters
            for name in COUNTED:
                setattr(stream, name, getattr(stream, name) + getattr(counters, name))
            if counters.news and self.is_judged(stream.stream):
                drift.count(self.run.connection_id, stream.stream, counters.news, self.clock())
            stream.newest = max(filter(None, (stream.newest, counters.newest)), default=None)
            made = self._keep_calls()
            counted = made - self.counted_requests
            # After the rows, which go with it or not at all; before the stream, because whoever stops a run takes
            # hold of the two in this order as well.
            told = {"requests": counted, "changes": counters.changes, "failed": counters.failed}
            leases.renew(self.run.pk, self.owner, self.clock(), forecast=self.run.forecast, **told)
            overwrite(stream)
        self.counted_requests, self.unkept = made, []
        self.commits += 1
        if self.commits % COMMITS_A_COPY == 0:
            self.readers.aside(copy_log_back)

    def _keep_calls(self) -> int:
        """Write down the calls since the last commit. Returns how many were made so far."""
        made = self.reader.requests
        self.unkept += self.reader.take_calls()
        calls.keep(self.unkept, self.run.connection_id, self.run.pk)
        return made

    def keep_rest(self) -> None:
        """Write down the calls of a batch that was never committed: an error explains itself by its calls."""
        try:
            with transaction.atomic():
                made = self._keep_calls()
                counted = F("requests") + made - self.counted_requests
                SyncRun.objects.filter(pk=self.run.pk).update(requests=counted)
        except DatabaseError as error:
            log.warning("calls not kept", run=self.run.pk, count=len(self.unkept), error=type(error).__name__)

    def is_judged(self, stream: str) -> bool:
        """Whether what is found in this stream was to be announced; asked once a stream."""
        if stream not in self.judged:
            self.judged[stream] = drift.is_judged(self.run.connection, stream)
        return self.judged[stream]

    def store_most(
        self, stream: RunStream, records: Sequence[Record], asked_at: datetime
    ) -> tuple[Sequence[Record], list[Record]]:
        """Store many records, a slice and a transaction at a time: nobody else waits long for the database.

        The last slice is left for the transaction that also moves the place: a worker that is killed before it
        reads the page again and finds these rows the same. Returns (the last slice, what `apply` doubted so far).
        """
        doubtful: list[Record] = []
        most = SLICE_OF_CONTACTS if stream.stream == "contacts" else SLICE
        while len(records) > most:
            part, records = prepare(records[:most]), records[most:]
            with self.commit(stream) as counters:
                applied, doubted = apply(self.batch(stream, asked_at=asked_at), part)
                counters.add(applied)
            doubtful += doubted
        return records, doubtful

    def see(self, stream: RunStream, remote_ids: Iterable[str]) -> None:
        """Remember that a complete listing showed these ids; not needed while this run wrote all that is held.

        In a transaction of its own: seen twice is seen once, so nothing has to go with it.
        """
        if not self._holds_older(stream.stream):
            return
        rows = [Row(run_id=self.run.pk, stream=stream.stream, remote_id=name[:128]) for name in remote_ids]
        with self.commit(stream):
            upsert(SeenRecord, rows, unique=("run", "stream", "remote_id"))

    def _holds_older(self, stream: str) -> bool:
        """Whether anything is cached that this run has not written; asked once, since it only becomes less."""
        if stream not in self.older:
            held = MODELS[stream]._default_manager.filter(connection=self.run.connection_id, deleted_at=None)
            self.older[stream] = held.filter(fetched_at__lt=self.started_at).exists()
        return self.older[stream]

    def confirm(self, stream: RunStream, doubtful: Iterable[Record]) -> None:
        """Ask directly about records that a listing shows but that we know as removed: a listing may lag."""
        records = list(doubtful)
        if not records:
            return
        answers = self.readers.gather(
            lambda item: self.reader.one(stream.stream, item.remote_id, getattr(item, "contact_remote_id", "")),
            records,
        )
        alive = [answer for answer in answers if not isinstance(answer, SyncError)]
        unsaid = unanswered(records, answers)
        with self.commit(stream) as counters:
            record_failures(self.batch(stream), unsaid)
            counters.failed += len(unsaid)
            found, _ = apply(self.batch(stream, revives=True), prepare(alive))
            counters.changed += found.changed
            counters.same += sum(isinstance(answer, Absent) for answer in answers)


def unanswered(asked: Sequence[Record | RemoteObject], answers: Sequence[object]) -> list[BadRecord]:
    """A failure for each thing that was asked for directly and is neither there nor gone for certain."""
    return [
        unconfirmed(thing.remote_id, getattr(thing, "contact_remote_id", ""), answer)
        for thing, answer in zip(asked, answers, strict=True)
        if isinstance(answer, SyncError) and not isinstance(answer, Absent)
    ]


def unconfirmed(remote_id: str, contact_id: str, error: SyncError) -> BadRecord:
    """What had to be asked for directly and did not answer: it stays as we last saw it, and the run says why."""
    is_refused = isinstance(error, NotPermitted)
    reason = f"This one is not permitted. {error}" if is_refused else f"Whether it is still there is open. {error}"
    return BadRecord(remote_id=remote_id, reason=reason, contact_remote_id=contact_id, detail=error.detail)


@cache
def _prepare_process() -> None:
    """Once a process: see to it that whoever holds the database is not kept waiting by the threads that read.

    What was imported by now is no garbage, and looking through it stops every thread for some fifty milliseconds.
    A thread that has written a statement gets its next turn after one millisecond, not after five.
    """
    gc.freeze()
    sys.setswitchinterval(0.001)


@contextmanager
def at_work(run: SyncRun, *, owner: str, reader: Reader, clock: Callable[[], datetime]) -> Iterator[Work]:
    """Threads to read with and a heartbeat, for as long as the block runs; then the run is given back."""
    _prepare_process()
    readers = SideBySide(settings.SYNC_PARALLEL_READS, run=run.pk)
    work = Work(run, owner, reader, readers, clock, registry.streams(run.connection.provider))
    try:
        with leases.heartbeat(lambda: leases.renew(run.pk, owner, clock())):
            yield work
    finally:
        readers.close()
        work.keep_rest()
        reader.close()
        with suppress(DatabaseError):  # a database that refuses this as well lets the lease run out
            leases.release(run.pk, owner)
