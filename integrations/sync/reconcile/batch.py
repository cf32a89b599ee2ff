"""A batch of records: what each takes to be stored, what the cache already holds of it; what was done, counted."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from integrations.activity.kinds import BY_RECORD, Kind, fingerprint
from integrations.activity.models import RemoteObject
from integrations.activity.records import Record
from integrations.connections.models import Connection
from integrations.sync import raw

# A run's streams have a column for each.
COUNTED = ("added", "changed", "removed", "same", "failed")

type Before = dict[int, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Batch:
    """Where records go and what brought them. `revives` lets a record undo its tombstone.

    `asked_at` is when the answer was asked for: a row that was fetched after that is newer than the answer.
    """

    connection: Connection
    stream: str
    run_id: int | None
    now: datetime
    revives: bool = False
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A record, the columns that it fills and the fingerprint of its content; or why they cannot be told, which
    is raised when it is stored, where one bad record is kept apart from the others."""

    record: Any
    columns: dict[str, Any]
    fingerprint: str
    error: Exception | None = None

    @property
    def remote_id(self) -> str:
        return str(self.record.remote_id)

    @property
    def contact_remote_id(self) -> str:
        return str(getattr(self.record, "contact_remote_id", ""))


def prepare(records: Iterable[Record]) -> list[Prepared]:
    """Before a transaction begins: while one is open, nobody else can write to an embedded database."""
    return [_prepared(record) for record in records]


def _prepared(record: Record) -> Prepared:
    try:
        columns = BY_RECORD[type(record)].columns
        return Prepared(record, columns(record) if columns else {}, fingerprint(record))
    except (ValueError, OverflowError) as error:
        return Prepared(record, {}, "", error)


@dataclass(slots=True)
class Counters:
    """What one batch did to one stream. `notifiable` are the ids that the provider should have told us of."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    same: int = 0
    failed: int = 0
    newest: datetime | None = None
    notifiable: list[str] = field(default_factory=list)

    @property
    def changes(self) -> int:
        """Records that are not as they were before."""
        return self.added + self.changed + self.removed

    def add(self, part: "Counters") -> None:
        """Add another batch's counters to these."""
        for name in COUNTED:
            setattr(self, name, getattr(self, name) + getattr(part, name))
        self.newest = max(filter(None, (self.newest, part.newest)), default=None)
        self.notifiable += part.notifiable


@dataclass(slots=True)
class Known:
    """What the cache already holds of one record."""

    pk: int
    fingerprint: str
    deleted_at: datetime | None
    fetched_at: datetime
    fetched_by_run: int | None
    kept: dict[str, Any]  # what the kind keeps, compares and owns, as it was

    def is_newer_than(self, batch: Batch) -> bool:
        """True when a write or another run has read the record after this batch was asked for.

        Not so within one run: there a page is asked for before the one ahead of it is written.
        """
        is_later = batch.asked_at is not None and self.fetched_at > batch.asked_at
        return is_later and (self.fetched_by_run is None or self.fetched_by_run != batch.run_id)

    def has_moved(self, item: Prepared) -> bool:
        """True when the record now belongs to another contact."""
        return "contact_remote_id" in self.kept and self.kept["contact_remote_id"] != item.contact_remote_id

    def is_same(self, item: Prepared) -> bool:
        updated_at = getattr(item.record, "updated_at", None)
        if updated_at and "updated_at" in self.kept and self.kept["updated_at"] != updated_at:
            return False
        return self.fingerprint == item.fingerprint

    def is_notifiable(self, kind: Kind, item: Prepared) -> bool:
        """Whether a webhook exists for this change: as the kind says, and none for a record that moves with its
        contact, or for a clock that moves alone."""
        if self.deleted_at or self.has_moved(item):
            return False
        return self.fingerprint != item.fingerprint and kind.is_told(item.record, self.kept)


def known_of(batch: Batch, kind: Kind, items: Iterable[Prepared]) -> dict[str, Known]:
    model: Any = kind.model
    held = keys_of(model, batch.connection.pk, [item.remote_id for item in items])
    if not held:  # as it is nearly always while an account is read for the first time
        return {}
    found = model._default_manager.filter(pk__in=held.values())
    if kind.watched and kind.has_contact:
        # Of two that read the same change at once, the second waits and finds it stored: it makes one row.
        found = found.order_by("pk").select_for_update()
    rows = found.values_list(
        *("remote_id", "pk", "fingerprint", "deleted_at", "fetched_at", "fetched_by_run"),
        *kind.keeps,
        *kind.compares,
        *kind.owns,
    )
    names = (*kind.keeps, *kind.compares, *kind.owns)
    return {
        name: Known(pk, digits, deleted_at, fetched_at, run, dict(zip(names, kept, strict=True)))
        for name, pk, digits, deleted_at, fetched_at, run, *kept in rows
    }


def before_of(kind: Kind, known: dict[str, Known], items: Iterable[Prepared]) -> Before:
    """What people would call changed of what is about to be written again, as it is, and the clocks beside it."""
    pks = [known[item.remote_id].pk for item in items if item.remote_id in known]
    columns = (*kind.told, *kind.revises)
    model: Any = kind.model
    found = (
        model._default_manager.filter(pk__in=pks).values("pk", *columns, *kind.keeps) if pks and columns else ()
    )
    return {row["pk"]: row for row in found}


def keys_of(model: type[RemoteObject], connection_id: int, remote_ids: Collection[str]) -> dict[str, int]:
    """The primary keys of those of the remote ids that are cached in a connection."""
    return raw.of_remote(model, "id", connection_id, remote_ids)
