"""What the steps of a run share: the run, its lease, the reader and the threads that read."""

import gc
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cache, cached_property
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import F

from integrations.activity.kinds import MODELS
from integrations.activity.records import Record
from integrations.connections import registry
from integrations.connections.ports import Absent, Call, Page, Reader, SyncError
from integrations.connections.streams import Stream
from integrations.sync import calls, planner, queue, runs
from integrations.sync.models import RunStream, SeenRecord, SyncRun
from integrations.sync.pull import extent, fetch
from integrations.sync.pull.parallel import Parallel
from integrations.sync.pull.persist import Persist
from integrations.sync.reconcile import record_failures
from integrations.sync.reconcile.batch import COUNTED, Counters
from integrations.sync.statements import copy_log_back, undo_in_memory
from integrations.sync.upsert import Row, overwrite, upsert

log = structlog.get_logger(__name__)
# After so many the log has grown enough to be worth a pass, and not yet so long that a commit must do it.
COMMITS_A_COPY = 4


class RunContext(Persist[RunStream]):
    """One worker's hold on one run."""

    def __init__(
        self, run: SyncRun, owner: str, reader: Reader, readers: Parallel, clock: Callable[[], datetime]
    ) -> None:
        super().__init__(run.connection, clock, run.pk)
        self.run, self.owner, self.reader, self.readers = run, owner, reader, readers
        self.streams: Mapping[str, Stream] = registry.streams(run.connection.provider)
        self.ahead: Any = None  # a batch whose reading has begun while the one before it settles
        self.due: dict[str, deque[Any]] = {}  # whose turn it is, by stream
        self.begun_at = 0.0  # when the last batch of contacts was begun, monotonic
        self.batch_size = planner.BATCH_OF_CONTACTS
        # Pages on their way, by stream and place: (when asked, the answer to come).
        self.pages: dict[tuple[str, str], tuple[datetime, Future[Page | SyncError]]] = {}
        self.counted: dict[str, int] = {}  # records of a stream, as its first page tells
        self.partitions_ahead = 0  # pages of a partitioned stream that may be on their way
        self.has_begun = False  # the first pages of all listings were asked for together
        self.is_closing = False  # no new batch is begun; what is under way is brought home
        self._commits = self._counted_requests = 0
        self._unkept: list[Call] = []  # made, and not yet committed
        self._older: dict[str, bool] = {}

    def key_of(self, stream: RunStream) -> str:
        return stream.stream

    def forget(self, stream: RunStream) -> None:
        """Drop what is still on its way for a stream that is not read on."""
        self.pages = {key: page for key, page in self.pages.items() if key[0] != stream.stream}

    @cached_property
    def changed_since(self) -> dict[str, datetime]:
        """From when on streams are read; one that is not in it is read whole."""
        return extent.changed_since(self.run)

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
            self.count_notifiable(stream.stream, counters.notifiable)
            stream.newest = max(filter(None, (stream.newest, counters.newest)), default=None)
            made = self._keep_calls()
            counted = made - self._counted_requests
            # After the rows, which go with it or not at all; before the stream, because whoever stops a run takes
            # hold of the two in this order as well.
            told = {"requests": counted, "changes": counters.changes, "failed": counters.failed}
            runs.renew(self.run.pk, self.owner, self.clock(), forecast=self.run.forecast, **told)
            overwrite(stream)
        self._counted_requests, self._unkept = made, []
        self._commits += 1
        if self._commits % COMMITS_A_COPY == 0:
            self.readers.aside(copy_log_back)

    def _keep_calls(self) -> int:
        """Write down the calls since the last commit. Returns how many were made so far."""
        made = self.reader.requests
        self._unkept += self.reader.take_calls()
        calls.keep(self._unkept, self.run.connection_id, self.run.pk)
        return made

    def keep_rest(self) -> None:
        """Write down the calls of a batch that was never committed: an error explains itself by its calls."""
        try:
            with transaction.atomic():
                made = self._keep_calls()
                counted = F("requests") + made - self._counted_requests
                SyncRun.objects.filter(pk=self.run.pk).update(requests=counted)
        except DatabaseError as error:
            log.warning("calls not kept", run=self.run.pk, count=len(self._unkept), error=type(error).__name__)

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
        if stream not in self._older:
            held = MODELS[stream]._default_manager.filter(connection=self.run.connection_id, deleted_at=None)
            self._older[stream] = held.filter(fetched_at__lt=self.started_at).exists()
        return self._older[stream]

    def ask_again(self, stream: RunStream, doubtful: Sequence[Record]) -> list[Record | SyncError]:
        return fetch.each(self.readers, self.reader, stream.stream, doubtful)

    def note_unanswered(
        self, stream: RunStream, counters: Counters, asked: Sequence[Any], answers: Sequence[Record | SyncError]
    ) -> None:
        unsaid = fetch.unanswered(asked, answers)
        record_failures(self.batch(stream), unsaid)
        counters.failed += len(unsaid)
        counters.same += sum(isinstance(answer, Absent) for answer in answers)


@cache
def _prepare_process() -> None:
    """Once a process: see to it that whoever holds the database is not kept waiting by the threads that read.

    What was imported by now is no garbage, and looking through it stops every thread for some fifty milliseconds.
    A thread that has written a statement gets its next turn after one millisecond, not after five.
    """
    gc.freeze()
    sys.setswitchinterval(0.001)


@contextmanager
def at_work(run: SyncRun, *, owner: str, reader: Reader, clock: Callable[[], datetime]) -> Iterator[RunContext]:
    """Threads to read with and a heartbeat, for as long as the block runs; then the run is given back."""
    _prepare_process()
    readers = Parallel(settings.SYNC_PARALLEL_READS, run=run.pk)
    context = RunContext(run, owner, reader, readers, clock)
    try:
        with undo_in_memory(), queue.heartbeat(lambda: runs.renew(run.pk, owner, clock())):
            yield context
    finally:
        readers.close()
        context.keep_rest()
        reader.close()
        with suppress(DatabaseError):  # a database that refuses this as well lets the lease run out
            runs.release(run.pk, owner)
