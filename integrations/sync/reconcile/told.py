"""What storing a record takes and the database does not know: worked out before a transaction begins."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from integrations.activity.records import Record
from integrations.sync.reconcile.kinds import KINDS, fingerprint


@dataclass(frozen=True, slots=True)
class Told:
    """A record, the columns that it fills and the fingerprint of its content."""

    record: Any
    columns: dict[str, Any]
    fingerprint: str

    @property
    def remote_id(self) -> str:
        return str(self.record.remote_id)

    @property
    def contact_remote_id(self) -> str:
        return str(getattr(self.record, "contact_remote_id", ""))


def told(records: Iterable[Record]) -> list[Told]:
    """Nobody else can write to an embedded database meanwhile, so it is not done inside of a transaction."""
    return [Told(record, KINDS[type(record)].columns(record), fingerprint(record)) for record in records]
