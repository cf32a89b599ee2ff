"""The runs of a period, a page at a time, each with the words and numbers of its line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.db.models import Q
from django.utils import timezone
from django.utils.safestring import SafeString

from contacts_ui.components import run_status
from contacts_ui.components.drawn import drawn
from contacts_ui.components.run_status import Cell
from contacts_ui.components.status_badge import StatusBadge
from contacts_ui.sync_log.filters import LogFilters
from integrations.sync.health import runs
from integrations.sync.health.runs import ListedRun, RunState, StreamCount
from integrations.workspace.models import Workspace

PAGE_SIZE = 50
# A run that ended well and lost a record has failed for whoever waits for that record.
SHOWN: dict[str, Q] = {
    "changes": Q(changes__gt=0),
    "partly": Q(state=RunState.PARTIAL),
    "failed": Q(state=RunState.FAILED) | Q(failed__gt=0),
}
LINES_KEPT = 1500


@dataclass(frozen=True, slots=True)
class Frame:
    """What the lines of one page have in common: the reader's day and zone, and whether an hour says when."""

    today: date
    zone: str
    is_one_day: bool
    is_of_many: bool


@dataclass(frozen=True)
class RunRow:
    """One line of the runs table. Equal ones look alike: all that is drawn is in here."""

    run: ListedRun
    badge: StatusBadge
    cells: tuple[Cell, ...]
    time: str
    account: str
    code: str
    frame: Frame

    @property
    def failed(self) -> int:
        return self.run.failed

    @property
    def has_changes(self) -> bool:
        return any(cell.count or cell.word for cell in self.cells)

    @cached_property
    def html(self) -> SafeString:
        """The line itself. Kept with a line that is kept, which saves comparing it with all others."""
        return drawn("contacts_ui/sync_log/_run_row.html", self)


Line = tuple[ListedRun, str, str, Frame]
_LINES: dict[Line, RunRow] = {}


@dataclass(frozen=True, slots=True)
class RunPage:
    """Runs, newest first; `before` is where the next page starts, None at the end."""

    rows: list[RunRow]
    before: int | None


def page_of(
    places: Mapping[int, Workspace], filters: LogFilters, now: datetime, *, many: bool, size: int = PAGE_SIZE
) -> RunPage:
    """The runs of a period, in two queries whatever the depth: by id from a place on, never OFFSET.

    `places` are the workspaces by the id of their connection; with `many` each line names its own.
    """
    only = SHOWN.get(filters.show, Q())
    some = runs.listed(places, filters.since(now), only, before=filters.before, at_most=size + 1)
    zone = timezone.get_current_timezone_name()
    frame = Frame(timezone.localdate(now), zone, filters.period.key == "day", many)
    rows = rows_of(some[:size], places, frame, now)
    return RunPage(rows, rows[-1].run.pk if len(some) > size else None)


def rows_of(
    shown: Sequence[ListedRun], places: Mapping[int, Workspace], frame: Frame, now: datetime
) -> list[RunRow]:
    """Lines of the table for these runs; one query for the streams of those whose line is not known yet."""
    asked = [(run, *_account(places[run.connection_id], frame), frame) for run in shown]
    known = {key: row for key in asked if (row := _LINES.get(key))}
    new = [key for key in asked if key not in known]
    by_run: dict[int, list[StreamCount]] = defaultdict(list)
    for count in runs.stream_counts([run for run, *_ in new], run_status.COLUMNS) if new else ():
        by_run[count.run_id].append(count)
    lines = {key: _line(*key, by_run[key[0].pk], now) for key in new}
    _keep({key: row for key, row in lines.items() if not key[0].is_active})
    return [known.get(key) or lines[key] for key in asked]


def _account(workspace: Workspace, frame: Frame) -> tuple[str, str]:
    return (workspace.name, workspace.code) if frame.is_of_many else ("", "")


def _line(
    run: ListedRun, account: str, code: str, frame: Frame, streams: list[StreamCount], now: datetime
) -> RunRow:
    return RunRow(
        run=run,
        badge=run_status.badge_of(run, run.failed, now),
        cells=run_status.cells_of(run, streams),
        time=run_status.time_words(run, now),
        account=account,
        code=code,
        frame=frame,
    )


def _keep(lines: dict[Line, RunRow]) -> None:
    """Of runs that have ended: neither they nor their streams change any more."""
    if len(_LINES) + len(lines) > LINES_KEPT:
        _LINES.clear()
    _LINES.update(lines)
