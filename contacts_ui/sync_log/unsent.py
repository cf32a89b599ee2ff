"""What people wanted and did not get, a few at a time."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from integrations.sync.health import writes
from integrations.sync.health.writes import Write

AT_ONCE = 3


@dataclass(frozen=True, slots=True)
class WriteRow:
    """One write that did not get through, and what a person pressed for it."""

    write: Write
    label: str


@dataclass(frozen=True, slots=True)
class WritePage:
    """Writes that did not get through, newest first."""

    rows: list[WriteRow]
    before: int | None


NOTHING = WritePage([], None)


def page_of(connections: Collection[int], before: int | None) -> WritePage:
    """The newest ones, or those from a place on. One query, and one for each kind of record among them."""
    found = writes.unsent(connections, before=before, at_most=AT_ONCE + 1)
    shown = found[:AT_ONCE]
    rows = [WriteRow(write, writes.label_of(write)) for write in shown]
    return WritePage(rows, shown[-1].pk if len(found) > AT_ONCE else None)
