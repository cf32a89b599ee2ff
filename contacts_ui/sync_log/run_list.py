"""The runs of a period, a page at a time, each with the words and numbers of its line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from contacts_ui.components import run_status
from contacts_ui.components.run_status import Cell
from contacts_ui.components.status_badge import StatusBadge
from contacts_ui.sync_log.filters import LogFilters
from integrations.sync.health import runs
from integrations.sync.health.runs import Run, RunState, StreamCount
from integrations.workspace.models import Workspace

PAGE_SIZE = 50
SHOWN = {"partly": RunState.PARTIAL, "failed": RunState.FAILED}


@dataclass(frozen=True, slots=True)
class RunRow:
    """One line of the runs table."""

    run: Run
    workspace: Workspace
    badge: StatusBadge
    cells: list[Cell]
    failed: int
    time: str

    @property
    def has_changes(self) -> bool:
        return any(cell.count or cell.word for cell in self.cells)


@dataclass(frozen=True, slots=True)
class RunPage:
    """Up to PAGE_SIZE runs, newest first; `before` is where the next page starts, None at the end."""

    rows: list[RunRow]
    before: int | None


def page_of(places: Mapping[int, Workspace], filters: LogFilters, now: datetime) -> RunPage:
    """The runs of a period, in two queries whatever the depth: by id from a place on, never OFFSET.

    `places` are the workspaces by the id of their connection.
    """
    found = runs.listed(places, filters.since(now))
    if filters.show == "changes":
        found = found.filter(changes__gt=0)
    elif filters.show:
        found = found.filter(state=SHOWN[filters.show])
    if filters.before:
        found = found.filter(pk__lt=filters.before)
    some = list(found[: PAGE_SIZE + 1])
    rows = rows_of(some[:PAGE_SIZE], places, now)
    return RunPage(rows, rows[-1].run.pk if len(some) > PAGE_SIZE else None)


def rows_of(shown: Sequence[Run], places: Mapping[int, Workspace], now: datetime) -> list[RunRow]:
    """Lines of the table for these runs; one query for all of their streams."""
    by_run: dict[int, list[StreamCount]] = defaultdict(list)
    for count in runs.stream_counts(shown, run_status.COLUMNS):
        by_run[count.run_id].append(count)
    return [_row(run, places[run.connection_id], by_run[run.pk], now) for run in shown]


def _row(run: Run, workspace: Workspace, streams: list[StreamCount], now: datetime) -> RunRow:
    return RunRow(
        run=run,
        workspace=workspace,
        badge=run_status.badge_of(run, run.failed, now),
        cells=run_status.cells_of(run, streams),
        failed=run.failed,
        time=run_status.time_words(run, now),
    )
