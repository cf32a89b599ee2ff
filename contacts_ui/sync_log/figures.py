"""The period's figures, the numbers on the chips and the chart, from what the runs and the writes have counted."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from contacts_ui.sync_log.chart import Chart, chart_of, slots
from contacts_ui.sync_log.filters import Period
from integrations.sync.health.period import Brought
from integrations.sync.health.writes import WriteCounts


@dataclass(frozen=True, slots=True)
class Figures:
    """`changes` and `confirmed` belong to the period; `waiting` and `failed` are as things stand now."""

    changes: int
    confirmed: int
    waiting: int
    failed: int


def figures_of(brought: Sequence[Brought], writes: WriteCounts) -> Figures:
    """The four numbers under the headline."""
    changes = sum(part.changes for part in brought)
    return Figures(changes, writes.confirmed, writes.waiting, writes.failed)


def counts_of(brought: Sequence[Brought]) -> dict[str, int]:
    """How many runs each choice of the log would show."""
    return {
        "all": sum(part.runs for part in brought),
        "changes": sum(part.with_changes for part in brought),
        "partly": sum(part.partial for part in brought),
        "failed": sum(part.failed_runs for part in brought),
    }


def chart_of_period(brought: Sequence[Brought], period: Period, now: datetime) -> Chart:
    """Changes and failed records per hour or day of the period, in the zone of `now`."""
    unit, starts = slots(now, period.length)
    moments = [start.timestamp() for start in starts]
    counts: dict[float, tuple[int, int]] = {}
    for part in brought:
        place = bisect_right(moments, part.at) - 1
        if place >= 0:  # the period itself may begin within an hour or a day
            changes, failed = counts.get(moments[place], (0, 0))
            counts[moments[place]] = (changes + part.changes, failed + part.failed)
    return chart_of(unit, starts, counts, period.words)
