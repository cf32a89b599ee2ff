"""How a run stands, for its page: how far it is, its streams, its stages. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from contacts_ui.components import run_status
from contacts_ui.components.run_status import request_words
from contacts_ui.components.status_badge import StatusBadge
from contacts_ui.formatting import durations
from integrations.connections import registry
from integrations.sync.health.runs import ENDED_STREAM, Run, RunState, Stream, StreamState


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is. `share` is in percent, None without a forecast; `left` is empty when nobody can tell."""

    title: str
    aside: str
    share: int | None
    rate: str
    spoken: str


@dataclass(frozen=True, slots=True)
class StreamRow:
    """One stream of the run; `reach` says how far it has been read."""

    stream: Stream
    label: str
    badge: StatusBadge
    reach: str
    counts: list[tuple[str, int, str]]  # what, how many, tone of the number

    @property
    def is_moving(self) -> bool:
        return self.badge.words == "Running"

    @property
    def measurable(self) -> bool:
        """Whether a bar can be drawn: the total is known, and nobody read past it."""
        return bool(self.is_moving and self.stream.total and self.stream.read <= self.stream.total)


@dataclass(frozen=True, slots=True)
class Stage:
    """One stop on the run's rail. `state` is done, now or later; `at` is None where no time was kept."""

    name: str
    state: str
    at: datetime | None = None


def is_silent(run: Run, now: datetime) -> bool:
    """Whether the worker that holds the run has not been heard from for the length of a lease."""
    if not run.lease_owner or not run.is_active or run.heartbeat_at is None:
        return False
    return now - run.heartbeat_at > timedelta(seconds=settings.SYNC_LEASE_SECONDS)


def worker_words(lease_owner: str) -> str:
    """ "host, process 123" of a lease's owner `host:pid:nonce`; an owner of another shape as it is."""
    host, _, rest = lease_owner.partition(":")
    pid = rest.partition(":")[0]
    return f"{host}, process {pid}" if pid else lease_owner


def version_of(run: Run, now: datetime) -> str:
    """Differs whenever the page would: each commit of the engine moves the heartbeat, a stop moves the state.

    Read from the run's own row, so that "nothing new" costs one query.
    """
    beat = int(run.heartbeat_at.timestamp() * 1_000_000) if run.heartbeat_at else 0
    flags = f"{run_status.is_paused(run, now):d}{is_silent(run, now):d}{bool(run.lease_owner):d}"
    return f"{run.state}-{run.requests}-{beat}-{run.resumed}-{flags}"


def progress_of(run: Run, changes: int, now: datetime) -> Progress:
    """The headline of the page while the run works, and once it has ended."""
    seconds = ((run.ended_at or now) - run.started_at).total_seconds() if run.started_at else 0.0
    rate = run.requests / seconds if seconds > 0 else 0.0
    said_rate = f"{rate:.1f} requests a second" if run.requests and seconds >= 1 else ""
    counted = request_words(run.requests)
    if not run.is_active:
        took = f"{counted} in {durations.spelled(seconds)}" if run.started_at else "No request was made"
        return Progress(_ended_title(run, changes), took, None, said_rate, _ended_title(run, changes))
    if run.started_at is None:
        return Progress("Waiting for a worker", "", None, "", "Waiting for a worker")
    share = run_status.share_done(run)
    if not run.forecast or share is None:
        return Progress(f"{counted} so far", "Counting records", None, said_rate, f"{counted} so far")
    title = f"{run.requests:,} of {request_words(run.forecast)}"
    left = _left(run, rate, now)
    return Progress(title, left, share, said_rate, f"{title}. {left}.".removesuffix(" ."))


def _left(run: Run, rate: float, now: datetime) -> str:
    """From the rate since the start. After a pause or a takeover it is too pessimistic for a while."""
    if run_status.is_paused(run, now) or not run.forecast:
        return ""
    remaining = run.forecast - run.requests
    if remaining <= 0:
        return "Almost done"
    return durations.left(remaining / rate) if rate else ""


def _ended_title(run: Run, changes: int) -> str:
    brought = f"{changes:,} change{'' if changes == 1 else 's'} brought in" if changes else "Nothing changed"
    match run.state:
        case RunState.FAILED:
            return "This run failed"
        case RunState.CANCELLED:
            kept = f"{brought} before that stay saved" if changes else "nothing was brought in"
            return f"Stopped, {kept}"
        case RunState.PARTIAL:
            return f"Partly done, {brought if changes else 'nothing else changed'}"
    return brought


def stream_rows(run: Run, streams: Sequence[Stream]) -> list[StreamRow]:
    """The streams in reading order, each with its counts."""
    current = next((stream for stream in streams if stream.state not in ENDED_STREAM), None)
    waits_for = registry.stream_label(current.stream).lower() if current else ""
    return [
        StreamRow(
            stream=stream,
            label=registry.stream_label(stream.stream),
            badge=run_status.stream_badge(stream, run.is_active),
            reach=_reach(stream, run, "" if stream is current else waits_for),
            counts=_counts(stream),
        )
        for stream in streams
    ]


def _reach(stream: Stream, run: Run, waits_for: str) -> str:
    if stream.state == StreamState.WAITING:
        if not run.is_active:
            return "Not reached"
        return f"Waits for {waits_for}" if waits_for else "Next"
    unit = " contacts" if stream.by_contact else ""
    if stream.total and stream.read <= stream.total:
        return f"{stream.read:,} of {stream.total:,}{unit}"
    if stream.state in (StreamState.REFUSED, StreamState.FAILED) and not stream.read:
        return "Nothing read"
    unread = f", {stream.failed:,} could not be stored" if stream.failed else ""
    return f"{stream.read:,}{unit} read{unread}"


def _counts(stream: Stream) -> list[tuple[str, int, str]]:
    return [
        ("added", stream.added, "strong"),
        ("changed", stream.changed, "strong"),
        ("removed", stream.removed, "strong"),
        ("same", stream.same, "soft"),
        ("failed", stream.failed, "tone-error"),
    ]


def changes_of(streams: Sequence[Stream]) -> int:
    """Records that the run added, changed or removed."""
    return sum(stream.added + stream.changed + stream.removed for stream in streams)


def stages_of(run: Run, streams: Sequence[Stream]) -> list[Stage]:
    """The run's way: asked for, picked up, reading, closed. Streams keep no times, so reading is one stage."""
    ended = sum(stream.state in ENDED_STREAM for stream in streams)
    begun = run.started_at is not None
    reading = f"{ended} of {len(streams)} streams read"
    forecast = f"Forecast, {request_words(run.forecast)}" if run.forecast else "Forecast"
    is_over = not run.is_active
    return [
        Stage("Requested", "done", run.created_at),
        Stage("Started", "done" if begun else "later" if is_over else "now", run.started_at),
        Stage(forecast, "done" if run.forecast else "later" if is_over or not begun else "now"),
        Stage(reading, "later" if not begun else "now" if run.is_active else "done"),
        Stage(run.get_state_display() if is_over else "Compare and close", _end(run), run.ended_at),
    ]


def _end(run: Run) -> str:
    if run.is_active:
        return "later"
    return "done" if run.state == RunState.DONE else "broken"
