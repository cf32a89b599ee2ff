"""The memory of the request budget: the log of requests, the UTC day's count, and how both grow old.

The state is JSON: whoever keeps it (a row, a variable) locks it, calls one function of `rate_limit` and stores the
result. Times are integers in milliseconds of Unix time.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, TypedDict

SILENT = 60_000
"""After so long a request without an answer belongs to a process that died: none waits half as long for one."""


class Stamp(NamedTuple):
    """Requests that start at one moment; `answered` is 0 until they are. `reserve` is what their lane leaves."""

    ticket: int
    start: int
    answered: int
    size: int
    reserve: int = 0

    def hoped(self, now: int, window: int) -> int:
        """From when on GHL cannot count them any more, if their answers came now."""
        return (self.answered or max(self.start, now)) + window


def counted(log: Iterable[Stamp], window: int) -> list[tuple[int, int]]:
    """(from when on GHL cannot count them any more, how many they are) for each entry of a log."""
    return [((answered or start + SILENT) + window, size) for _, start, answered, size, _ in log]


class BudgetState(TypedDict, total=False):
    """The whole memory, JSON-able; {} is a fresh start."""

    log: list[Stamp]
    serial: int  # the latest ticket; grows with every request
    last: int  # latest moment seen
    paced: int  # up to when those who keep a pace have had their slots
    blocked_until: int
    day: str  # UTC, YYYY-MM-DD
    day_count: int
    burst_cap: int  # believed from headers, until one of another day says more
    is_old_cap: bool  # of a day before
    daily_cap: int  # believed from headers, until the day ends
    reserved: int  # what sweeps last left to people; kept for pages by whoever decides it


def as_of(state: BudgetState, now: float, window: int) -> BudgetState:
    """A copy of the state as of now: what has left is dropped, a new day begun, the clock made to run forward."""
    fresh, moment = state.copy(), int(now * 1000)
    last = fresh.get("last", moment)
    # Set back by more than a window: waiting for the old time would stop us for long. Everything keeps its age, as
    # if no time had passed, which is never too generous.
    back = last - moment if last - moment > window else 0
    log = list(map(Stamp._make, fresh.get("log", ())))
    fresh["last"] = max(moment, last - back)
    if back:  # what only waited for its moment may have left meanwhile, so nobody takes its place any more
        log = [_set_back(stamp, back, fresh["last"]) for stamp in log]
    ends = counted(log, window)
    fresh["log"] = [stamp for stamp, (end, _) in zip(log, ends, strict=True) if end > fresh["last"]]
    fresh["paced"] = max(0, fresh.get("paced", 0) - back)
    fresh["blocked_until"] = max(0, fresh.get("blocked_until", 0) - back)
    # Not from 0: a ticket of a state that was lost must not name a request of this one.
    fresh.setdefault("serial", moment % 1_000_000_000)
    _turn_day(fresh, day_of(fresh["last"]))
    return fresh


def _set_back(stamp: Stamp, back: int, now: int) -> Stamp:
    return stamp._replace(start=min(stamp.start - back, now), answered=max(0, stamp.answered - back))


def day_of(moment: int) -> str:
    """The UTC day of a moment, YYYY-MM-DD."""
    return _utc(moment).date().isoformat()


def until_midnight(moment: int) -> float:
    """Seconds until the next UTC day, at least one."""
    today = _utc(moment)
    midnight = datetime(today.year, today.month, today.day, tzinfo=UTC) + timedelta(days=1)
    return max((midnight - today).total_seconds(), 1.0)


def _turn_day(state: BudgetState, today: str) -> None:
    stored = state.setdefault("day", "")
    if today > stored:
        state["day"], state["day_count"] = today, 0
        # A lower limit does not end with the day; forgotten, it would be found again by being refused.
        state["is_old_cap"] = "burst_cap" in state
        state.pop("daily_cap", None)
    elif date.fromisoformat(stored) - date.fromisoformat(today) > timedelta(days=1):
        # The clock had been days ahead: follow it back, but keep the count. One day ahead is kept as it is, or a
        # clock that is set back and forth over midnight would renew the day's budget.
        state["day"] = today


def _utc(moment: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=moment)
