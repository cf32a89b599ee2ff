"""What storing a record takes and the database does not know; worked out before a large transaction begins."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from integrations.activity.kinds import fingerprint, of_record
from integrations.activity.records import Record


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
    """Nobody else can write to an embedded database while a transaction is open, so this comes before it."""
    return [_prepared(record) for record in records]


def _prepared(record: Record) -> Prepared:
    try:
        return Prepared(record, _columns(record), fingerprint(record))
    except (ValueError, OverflowError) as error:
        return Prepared(record, {}, "", error)


def _columns(record: Record) -> dict[str, Any]:
    columns = of_record(record).columns
    return columns(record) if columns else {}
