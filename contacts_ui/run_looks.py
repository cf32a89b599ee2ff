"""How a run and its streams look: an icon, a tone and a word for each state, and cells of the log. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from contacts_ui import durations
from integrations.sync.models import RunStream, SyncRun
from integrations.sync.streams import BY_KEY

Run = SyncRun.State
Stream = RunStream.State
# The streams that have a column of their own in the log; the others show on the run's page.
COLUMNS = ("contacts", "tasks", "notes", "appointments")


@dataclass(frozen=True, slots=True)
class Look:
    """`icon` is a Lucide name, empty for the turning spinner; `tone` is ok, warn, error, accent or muted."""

    icon: str
    tone: str
    words: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One stream of a run in the log: how many records it changed, or the word that replaces the number."""

    key: str
    label: str
    count: int
    word: str = ""
    tone: str = ""


def is_paused(run: SyncRun, now: datetime) -> bool:
    """Whether the run waits for the provider's budget to come back."""
    return run.is_active and run.not_before is not None and run.not_before > now


def look_of(run: SyncRun, failed: int, now: datetime) -> Look:
    """The state of a run; one that ended well but lost records is not shown as all well."""
    if is_paused(run, now):
        return Look("circle-pause", "warn", "Paused")
    match run.state:
        case Run.QUEUED:
            return Look("clock", "muted", "Waiting")
        case Run.RUNNING:
            return Look("", "accent", "Running")
        case Run.PARTIAL:
            return Look("circle-alert", "warn", "Partly done")
        case Run.FAILED:
            return Look("x", "error", "Failed")
        case Run.CANCELLED:
            return Look("circle-slash", "muted", "Stopped")
    if failed:
        return Look("circle-alert", "warn", f"Done, {failed:,} failed")
    return Look("check", "ok", "Done")


def stream_look(stream: RunStream, run_is_active: bool) -> Look:
    """The state of a stream; in a run that was stopped, what had begun is stopped too."""
    match stream.state:
        case Stream.WAITING:
            return Look("circle-dashed", "muted", "Waiting" if run_is_active else "Not reached")
        case Stream.RUNNING:
            return Look("", "accent", "Running") if run_is_active else Look("circle-slash", "muted", "Stopped")
        case Stream.REFUSED:
            return Look("circle-alert", "warn", "Refused")
        case Stream.FAILED:
            return Look("circle-x", "error", "Failed")
    if stream.failed:
        return Look("circle-alert", "warn", "Done, with failures")
    return Look("circle-check", "ok", "Done")


def cells_of(streams: Iterable[RunStream]) -> list[Cell]:
    """The log's columns; a stream that this run did not read is a plain zero."""
    by_key = {stream.stream: stream for stream in streams}
    return [_cell(key, by_key.get(key)) for key in COLUMNS]


def _cell(key: str, stream: RunStream | None) -> Cell:
    count = stream.added + stream.changed + stream.removed if stream else 0
    label = BY_KEY[key].label.lower().removesuffix("s" if count == 1 else "")
    if stream is None:
        return Cell(key, label, 0)
    if stream.state == Stream.REFUSED:
        return Cell(key, label, count, "Denied", "warn")
    # A run that failed as a whole marks every stream it did not reach; the run's own state says that once.
    if stream.state == Stream.FAILED and stream.run.state != Run.FAILED:
        return Cell(key, label, count, "Failed", "error")
    return Cell(key, label, count)


def time_words(run: SyncRun, now: datetime) -> str:
    """How long the run took; while it works, how much of its forecast is done."""
    if is_paused(run, now):
        return "Paused"
    if run.is_active:
        share = share_done(run)
        return "Waiting" if run.started_at is None else "Starting" if share is None else f"{share}%"
    if run.started_at is None or run.ended_at is None:
        return "Not begun"
    return durations.spelled((run.ended_at - run.started_at).total_seconds())


def share_done(run: SyncRun) -> int | None:
    """Percent of the forecast requests, None before there is a forecast. 99 at most until the run has ended:
    the forecast counts whole pages and can be a few requests short."""
    if not run.forecast:
        return None
    return min(99, 100 * run.requests // run.forecast)
