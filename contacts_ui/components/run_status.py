"""How a run and its streams stand: a badge for each state, cells of the log, what is still to come. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from contacts_ui.components.status_badge import StatusBadge
from contacts_ui.formatting import durations
from integrations.connections import registry
from integrations.connections.status import ConnectionStatus
from integrations.sync import planner
from integrations.sync.health.runs import ListedRun, Run, RunState, Stream, StreamCount, StreamState

AnyRun = Run | ListedRun
# The streams that have a column of their own in the log; the others show on the run's page.
COLUMNS = ("contacts", "tasks", "notes", "appointments", "messages", "opportunities")


@dataclass(frozen=True, slots=True)
class Cell:
    """One stream of a run in the log: how many records it changed, or the word that replaces the number."""

    key: str
    label: str
    count: int
    word: str = ""
    tone: str = ""


def is_paused(run: AnyRun, now: datetime) -> bool:
    """Whether the run waits for the provider's budget to come back."""
    return run.is_active and run.not_before is not None and run.not_before > now


def badge_of(run: AnyRun, failed: int, now: datetime) -> StatusBadge:
    """The state of a run; one that ended well but lost records is not shown as all well."""
    if is_paused(run, now):
        return StatusBadge("circle-pause", "warn", "Paused")
    match run.state:
        case RunState.QUEUED:
            return StatusBadge("clock", "muted", "Waiting")
        case RunState.RUNNING:
            return StatusBadge("", "accent", "Running")
        case RunState.PARTIAL:
            return StatusBadge("circle-alert", "warn", "Partial")
        case RunState.FAILED:
            return StatusBadge("x", "error", "Failed")
        case RunState.CANCELLED:
            return StatusBadge("circle-slash", "muted", "Stopped")
    if failed:
        return StatusBadge("circle-alert", "warn", f"Done, {failed:,} failed")
    return StatusBadge("check", "ok", "Done")


def stream_badge(stream: Stream, run_is_active: bool) -> StatusBadge:
    """The state of a stream; in a run that was stopped, what had begun is stopped too."""
    match stream.state:
        case StreamState.WAITING:
            return StatusBadge("circle-dashed", "muted", "Waiting" if run_is_active else "Not reached")
        case StreamState.RUNNING:
            return (
                StatusBadge("", "accent", "Running")
                if run_is_active
                else StatusBadge("circle-slash", "muted", "Stopped")
            )
        case StreamState.PARTIAL:
            return StatusBadge("circle-alert", "warn", "Partly read")
        case StreamState.REFUSED:
            return StatusBadge("circle-alert", "warn", "Refused")
        case StreamState.FAILED:
            return StatusBadge("circle-x", "error", "Failed")
    if stream.failed:
        return StatusBadge("circle-alert", "warn", "Done, with failures")
    return StatusBadge("circle-check", "ok", "Done")


def cells_of(run: AnyRun, streams: Iterable[StreamCount]) -> tuple[Cell, ...]:
    """The log's columns; a stream that this run did not read is a plain zero."""
    by_key = {stream.stream: stream for stream in streams}
    return tuple(_cell(key, run, by_key.get(key)) for key in COLUMNS)


def _cell(key: str, run: AnyRun, stream: StreamCount | None) -> Cell:
    count = stream.changes if stream else 0
    label = _label(key).removesuffix("s" if count == 1 else "")
    if stream is None:
        return Cell(key, label, 0)
    if stream.state == StreamState.REFUSED:
        return Cell(key, label, count, "Denied", "warn")
    if stream.state == StreamState.PARTIAL:
        return Cell(key, label, count, "Partial", "warn")
    # A run that failed as a whole marks every stream it did not reach; the run's own state says that once.
    if stream.state == StreamState.FAILED and run.state != RunState.FAILED:
        return Cell(key, label, count, "Failed", "error")
    return Cell(key, label, count)


@cache
def _label(key: str) -> str:
    return registry.stream_label(key).lower()


def time_words(run: AnyRun, now: datetime) -> str:
    """How long the run took; while it works, how much of its forecast is done."""
    if is_paused(run, now):
        return "Paused"
    if run.is_active:
        share = share_done(run)
        return "Waiting" if run.started_at is None else "Starting" if share is None else f"{share}%"
    if run.started_at is None or run.ended_at is None:
        return "Not started"
    return durations.spelled((run.ended_at - run.started_at).total_seconds())


def share_done(run: AnyRun) -> int | None:
    """Percent of the forecast requests, None before there is a forecast. 99 at most until the run has ended:
    the forecast counts whole pages and can be a few requests short."""
    if not run.forecast:
        return None
    return min(99, 100 * run.requests // run.forecast)


def still_to_come(run: Run, status: ConnectionStatus | None) -> str:
    """What the run will still cost, in a sentence; empty once it has ended and while nobody can tell."""
    remaining = (run.forecast or 0) - run.requests
    if not run.is_active or status is None or remaining <= 0:
        return ""
    # Once it has begun, its own pace tells better how long it takes; see `progress_of` of its page.
    pace = 0.0 if run.requests else status.requests_per_second
    cost = planner.cost(remaining, per_second=pace, daily=status.daily_limit)
    said = f"The running sync {'still needs' if run.requests else 'needs'} {cost}."
    left = status.daily_limit - status.requests_today
    if status.daily_limit and remaining > left:
        said += " That is more than today's remaining requests, so it pauses and continues tomorrow."
    return said


def request_words(number: int) -> str:
    """ "1 request", "2,400 requests"."""
    return f"{number:,} request{'' if number == 1 else 's'}"
