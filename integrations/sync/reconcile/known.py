"""What the cache already holds of the records of a batch, and how what was read differs from it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integrations.activity.kinds import Kind
from integrations.connections.models import Connection
from integrations.sync.reconcile.prepare import Prepared
from integrations.sync.statements import keys_of


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


@dataclass(slots=True)
class Known:
    """What the cache already holds of one record."""

    pk: int
    fingerprint: str
    deleted_at: datetime | None
    fetched_at: datetime
    fetched_by_run: int | None
    kept: dict[str, Any]  # what the kind keeps and compares, as it was

    def is_newer_than(self, batch: Batch) -> bool:
        """True when a write or another run has read the record after this batch was asked for.

        Not so within one run: there a page is asked for before the one ahead of it is written.
        """
        is_later = batch.asked_at is not None and self.fetched_at > batch.asked_at
        return is_later and (self.fetched_by_run is None or self.fetched_by_run != batch.run_id)

    def has_moved(self, item: Prepared) -> bool:
        """True when the record now belongs to another contact."""
        return "contact_remote_id" in self.kept and self.kept["contact_remote_id"] != item.contact_remote_id


def is_same(item: Prepared, cached: Known) -> bool:
    updated_at = getattr(item.record, "updated_at", None)
    if updated_at and "updated_at" in cached.kept and cached.kept["updated_at"] != updated_at:
        return False
    return cached.fingerprint == item.fingerprint


def is_notifiable(kind: Kind, item: Prepared, cached: Known) -> bool:
    """Whether a webhook exists for this change: as the kind says, and none for a record that moves with its
    contact, or for a clock that moves alone."""
    if cached.deleted_at or cached.has_moved(item):
        return False
    return cached.fingerprint != item.fingerprint and kind.is_told(item.record, cached.kept)


def known_of(batch: Batch, kind: Kind, items: Iterable[Prepared]) -> dict[str, Known]:
    model: Any = kind.model
    held = keys_of(model, batch.connection.pk, [item.remote_id for item in items])
    if not held:  # as it is nearly always while an account is read for the first time
        return {}
    rows = model._default_manager.filter(pk__in=held.values()).values_list(
        *("remote_id", "pk", "fingerprint", "deleted_at", "fetched_at", "fetched_by_run"),
        *kind.keeps,
        *kind.compares,
    )
    names = (*kind.keeps, *kind.compares)
    return {
        name: Known(pk, digits, deleted_at, fetched_at, run, dict(zip(names, kept, strict=True)))
        for name, pk, digits, deleted_at, fetched_at, run, *kept in rows
    }
