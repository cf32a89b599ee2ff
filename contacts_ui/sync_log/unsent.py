"""What people wanted and did not get, a few at a time."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from integrations.sync.health import writes
from integrations.sync.health.writes import Write

AT_ONCE = 3


@dataclass(frozen=True, slots=True)
class WritePage:
    """Wishes that did not get through, newest first."""

    writes: list[Write]
    before: int | None


NOTHING = WritePage([], None)


def page_of(connections: Collection[int], before: int | None) -> WritePage:
    """The newest ones, or those from a place on. One query."""
    rows = writes.unsent(connections, before=before, at_most=AT_ONCE + 1)
    shown = rows[:AT_ONCE]
    return WritePage(shown, shown[-1].pk if len(rows) > AT_ONCE else None)
