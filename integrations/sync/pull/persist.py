"""Stores what was read, through one door: in small transactions, each of which proves that its worker still holds
the rows that it works for."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime

from django.db import transaction

from integrations.activity.kinds import MODELS
from integrations.activity.records import Record
from integrations.connections.models import Connection
from integrations.connections.ports import SyncError
from integrations.sync import drift
from integrations.sync.queue import Clock
from integrations.sync.reconcile import Batch, apply, prepare, remove
from integrations.sync.reconcile.batch import Counters
from integrations.sync.upsert import MOST_AT_ONCE

# Records in one transaction: an embedded database has one writer at a time. Contacts carry more with them.
SLICE, SLICE_OF_CONTACTS = MOST_AT_ONCE + MOST_AT_ONCE // 2, MOST_AT_ONCE


class Persist[S](ABC):
    """Stores records of one connection. `S` is how the worker calls a stream: its row of a run, or its key."""

    slice = SLICE  # records of one transaction at most

    def __init__(self, connection: Connection, clock: Clock, run_id: int | None = None) -> None:
        self.connection, self.clock, self.run_id = connection, clock, run_id
        self._judged: dict[str, bool] = {}

    @abstractmethod
    def commit(self, stream: S) -> AbstractContextManager[Counters]:
        """One transaction; the caller adds to the counters that it is given. Raises LeaseLost, and then nothing
        of it is kept."""

    @abstractmethod
    def key_of(self, stream: S) -> str: ...

    @abstractmethod
    def ask_again(self, stream: S, doubtful: Sequence[Record]) -> list[Record | SyncError]:
        """What a direct question for each of these brings."""

    def batch(self, stream: S, *, asked_at: datetime | None = None, revives: bool = False) -> Batch:
        """Where the records of a stream go that were asked for at that time."""
        return Batch(self.connection, self.key_of(stream), self.run_id, self.clock(), revives, asked_at)

    def is_judged(self, stream: str) -> bool:
        """Whether what is found in this stream was to be announced; asked once a stream."""
        if stream not in self._judged:
            self._judged[stream] = drift.is_judged(self.connection, stream)
        return self._judged[stream]

    def count_notifiable(self, stream: str, remote_ids: Sequence[str]) -> None:
        """Count changes that the provider should have told us of, in the transaction that stores them."""
        if remote_ids and self.is_judged(stream):
            drift.count(self.connection.pk, stream, remote_ids, self.clock())

    def store_most(
        self, stream: S, records: Sequence[Record], asked_at: datetime
    ) -> tuple[Sequence[Record], list[Record]]:
        """Store many records, a slice and a transaction at a time: nobody else waits long for the database.

        The last slice is left for the transaction that also moves the place: a worker that is killed before it
        reads the page again and finds these rows the same. Returns (the last slice, what `apply` doubted so far).
        """
        doubtful: list[Record] = []
        most = min(self.slice, SLICE_OF_CONTACTS) if self.key_of(stream) == "contacts" else self.slice
        while len(records) > most:
            doubtful += self.store(stream, records[:most], asked_at)
            records = records[most:]
        return records, doubtful

    def store(
        self, stream: S, records: Sequence[Record], asked_at: datetime, *, revives: bool = False
    ) -> list[Record]:
        """Store records in one transaction. Returns those that `apply` doubts."""
        items = prepare(records)
        with self.commit(stream) as counters:
            applied, doubtful = apply(self.batch(stream, asked_at=asked_at, revives=revives), items)
            counters.add(applied)
        return doubtful

    def store_all(self, stream: S, records: Sequence[Record], asked_at: datetime) -> None:
        """Store everything, and bring back what a direct question shows to be there after all."""
        rest, doubtful = self.store_most(stream, records, asked_at)
        if rest:
            doubtful += self.store(stream, rest, asked_at)
        self.confirm(stream, doubtful)

    def remove(self, stream: S, counters: Counters, gone: Sequence[int]) -> None:
        """Turn cached rows into tombstones, of which a direct question said that they are gone."""
        model = MODELS[self.key_of(stream)]
        counters.notifiable += drift.names_of(model, gone)
        counters.removed += remove(model, gone, self.clock())

    def confirm(self, stream: S, doubtful: Iterable[Record]) -> None:
        """Ask directly about records that a listing shows but that we know as removed: a listing may lag."""
        records = list(doubtful)
        if not records:
            return
        answers = self.ask_again(stream, records)
        alive = [answer for answer in answers if not isinstance(answer, SyncError)]
        with self.commit(stream) as counters:
            found, _ = apply(self.batch(stream, revives=True), prepare(alive))
            counters.changed += found.changed
            self.note_unanswered(stream, counters, records, answers)

    @abstractmethod
    def note_unanswered(
        self, stream: S, counters: Counters, asked: Sequence[Record], answers: Sequence[Record | SyncError]
    ) -> None:
        """What was asked for directly and is neither there nor gone for certain."""


class PersistHeld(Persist[str]):
    """Stores as long as `hold` lets it: `hold` raises LeaseLost once the rows worked for are no longer ours.

    What was purged meanwhile must not come back, and what another worker reads is its own to store.
    """

    slice = MOST_AT_ONCE

    def __init__(
        self,
        connection: Connection,
        clock: Clock,
        hold: Callable[[], None],
        again: Callable[[str, Sequence[Record]], list[Record | SyncError]] = lambda *_: [],
        *,
        is_ours: bool = False,
    ) -> None:
        """`is_ours`: what is stored was changed by us, and nobody need have told us of it."""
        super().__init__(connection, clock)
        self._hold, self._again, self._is_ours = hold, again, is_ours

    def key_of(self, stream: str) -> str:
        return stream

    @contextmanager
    def commit(self, stream: str) -> Iterator[Counters]:
        counters = Counters()
        with transaction.atomic():
            yield counters
            if not self._is_ours:
                self.count_notifiable(stream, counters.notifiable)
            self._hold()  # after the records: whoever asks for a change takes them before its writes, too

    def ask_again(self, stream: str, doubtful: Sequence[Record]) -> list[Record | SyncError]:
        return self._again(stream, doubtful)

    def note_unanswered(self, *_: object) -> None:
        """Nothing: whoever asks again raises what is no answer."""

    def remove_all(self, stream: str, gone: Sequence[int]) -> None:
        """Turn these rows into tombstones, in a transaction of their own."""
        with self.commit(stream) as counters:
            self.remove(stream, counters, gone)
