"""How many requests may leave now: two windows (a burst, a UTC day) decided by pure functions on a small dict.

The state is JSON: whoever keeps it (a row, a Redis key, a variable) locks it, calls one function and stores
the result, and all processes share one budget. Time is cut into cells of a two-hundredth of the burst window;
integers throughout, because 0.1 s cells in floats would let a grant slip into the neighbouring cell.
Limits: https://marketplace.gohighlevel.com/docs/oauth/GettingStarted (100 per 10 s, 200,000 a day).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol, TypedDict

from integrations.ghl.client.rate_reading import RateReading

__all__ = ["Bucket", "Grant", "Limits", "RateReading", "WindowState", "observe", "punish", "take"]

CELLS = 200
SLACK_CELLS = 20
"""How late a granted request may reach the server without being taken for a stranger's, in cells."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one lane may use: `burst` requests in any `seconds`, `daily` a UTC day.

    `reserve` and `daily_reserve` are slots that this lane leaves to others. `margin_cells` widens the window by
    cells: requests may reach the server closer together than they were granted. A lane that has time sets
    `pace_cells`: in so many cells it then takes at most one and a half times its even share. What leaves in
    one burst can be late by as much and fall into the next window whole; an even stream carries one or two over.
    The half is for catching up after a pause.
    """

    burst: int = 100
    seconds: float = 10.0
    daily: int = 200_000
    reserve: int = 0
    daily_reserve: int = 0
    margin_cells: int = 2
    pace_cells: int = 0

    def __post_init__(self) -> None:
        if self.burst < 1 or self.daily < 1 or self.seconds < 0.001:
            raise ValueError("Rate limits must allow at least one request in a window of at least a millisecond.")
        if min(self.reserve, self.daily_reserve, self.margin_cells, self.pace_cells) < 0:
            raise ValueError("Reserves and margin must not be negative: a lane cannot use more than the limit.")

    @property
    def cell(self) -> int:
        """Width of a cell in microseconds, rounded up: a longer window never grants too much."""
        return -(-round(self.seconds * 1_000_000) // CELLS)

    @property
    def span(self) -> int:
        """A grant counts against its own cell and this many after it."""
        return CELLS + self.margin_cells

    def windows(self, capacity: int) -> list[tuple[int, int]]:
        """(requests, cells before the present one) pairs, all of which must have room."""
        share = -(-capacity * self.pace_cells * 3 // (2 * CELLS))
        pace = [(share, self.pace_cells - 1)] if self.pace_cells else []
        return [(capacity, self.span), *pace]


class WindowState(TypedDict, total=False):
    """The whole memory, JSON-able; {} is a fresh start. `cells`: count of grants by cell number."""

    cells: dict[str, int]
    width: int  # microseconds of a cell when it was written: settings may change in between
    last: int  # latest moment seen, microseconds
    blocked_until: int  # microseconds
    day: str  # UTC, YYYY-MM-DD
    day_count: int
    burst_cap: int  # believed from headers, until the day ends
    daily_cap: int


@dataclass(frozen=True, slots=True)
class Grant:
    """`granted` requests may leave now. When 0: ask again in `wait` seconds; `daily` means tomorrow (UTC)."""

    granted: int
    wait: float
    state: WindowState
    daily: bool = False


class Bucket(Protocol):
    """One shared budget per key (a location) and how lanes may use it. Safe to call from any thread."""

    def take(self, key: str, want: int, lane: str) -> Grant: ...

    def observe(self, key: str, reading: RateReading) -> None: ...

    def punish(self, key: str, seconds: float) -> None: ...


def take(state: WindowState, want: int, limits: Limits, now: float) -> Grant:
    """Up to `want` requests, and never more than `limits.burst` in any window of `limits.seconds`.

    `now` is Unix time in seconds; set back, it grants nothing extra, but a clock that jumps forward cannot be told
    from time that passed.
    """
    if want < 1:
        raise ValueError("Ask for at least one request.")
    state = _at(state, limits, now)
    moment = state["last"]
    if state["blocked_until"] > moment:
        return Grant(0, _seconds(state["blocked_until"] - moment), state)
    day_left = min(limits.daily, state.get("daily_cap", limits.daily)) - limits.daily_reserve - state["day_count"]
    if day_left < 1:
        return Grant(0, _until_midnight(moment), state, daily=True)
    cap = min(limits.burst, state.get("burst_cap", limits.burst))
    # The reserve is a share: where the server allows less than we thought, so is what is left to others.
    capacity = max(1, cap - limits.reserve * cap // limits.burst)
    granted = min(want, day_left)
    for allowed, span in limits.windows(capacity):
        free = allowed - _used(state, since=moment // limits.cell - span)
        if free < 1:
            return Grant(0, _seconds(_frees_at(state, span, 1 - free, limits) - moment), state)
        granted = min(granted, free)
    return Grant(granted, 0.0, _spend(state, granted, limits))


def observe(state: WindowState, reading: RateReading, now: float, limits: Limits) -> WindowState:
    """Believe only bad news: what others spent, or a lower limit, lowers what is left; nothing raises it.

    A reading is older than our own count. Only requests that cannot be ours are added, so that grants which have
    left our window since the answer was written are not taken for a stranger's.
    """
    state = _at(state, limits, now)
    age = min(max(round(reading.age * 1_000_000), 0), limits.cell * CELLS)
    if reading.limit:
        windows = -(-(reading.interval_ms or 0) // max(1, round(limits.seconds * 1000))) or 1
        believed = max(1, reading.limit // windows)
        # Only bad news is kept: a limit as high as our own must not outlive a setting that is raised.
        if believed < min(state.get("burst_cap", limits.burst), limits.burst):
            state["burst_cap"] = believed
    if reading.remaining is not None:
        allowed = reading.limit or limits.burst
        ours = _used(state, since=(state["last"] - age) // limits.cell - limits.span - SLACK_CELLS)
        strangers = min(allowed, limits.burst) - reading.remaining - ours
        _add(state, max(0, strangers), limits)
    return _observe_day(state, reading, age, limits)


def punish(state: WindowState, now: float, seconds: float, limits: Limits) -> WindowState:
    """After a 429: nothing leaves for `seconds`, at most a day. A shorter punishment never ends a longer one."""
    state = _at(state, limits, now)
    until = state["last"] + round(min(max(seconds, 0.0), 86_400.0) * 1_000_000)
    state["blocked_until"] = max(state["blocked_until"], until)
    return state


def _at(state: WindowState, limits: Limits, now: float) -> WindowState:
    """A copy of the state as of now: old cells dropped, a new day begun, the clock made to run forward."""
    moment = round(now * 1_000_000)
    fresh = state.copy()
    last = fresh.get("last", moment)
    cells = {int(cell): count for cell, count in fresh.get("cells", {}).items()}
    if fresh.get("width", limits.cell) != limits.cell:
        # Other cell widths cannot be translated exactly: count everything as granted at the latest moment.
        cells = {last // limits.cell: sum(cells.values())}
    blocked = fresh.get("blocked_until", 0)
    if last - moment > limits.cell * CELLS:
        # Set back by more than a window: waiting for the old time would stop us for long. Everything keeps its
        # age, as if no time had passed, which is never too generous.
        back = (last - moment) // limits.cell
        cells = {cell - back: count for cell, count in cells.items()}
        blocked, last = max(0, blocked - (last - moment)), moment
    moment = max(moment, last)
    _turn_day(fresh, _day(moment))
    oldest = moment // limits.cell - 2 * limits.span - SLACK_CELLS  # `observe` looks further back than `take`
    fresh["cells"] = {str(cell): count for cell, count in sorted(cells.items()) if cell >= oldest}
    fresh["width"], fresh["last"], fresh["blocked_until"] = limits.cell, moment, blocked
    return fresh


def _turn_day(state: WindowState, today: str) -> None:
    stored = state.setdefault("day", "")
    if today > stored:
        state["day"], state["day_count"] = today, 0
        state.pop("burst_cap", None)
        state.pop("daily_cap", None)
    elif date.fromisoformat(stored) - date.fromisoformat(today) > timedelta(days=1):
        # The clock had been days ahead: follow it back, but keep the count. One day ahead is kept as it is, or a
        # clock that is set back and forth over midnight would renew the day's budget.
        state["day"] = today


def _observe_day(state: WindowState, reading: RateReading, age: int, limits: Limits) -> WindowState:
    left = reading.daily_remaining
    # An answer from before midnight speaks of yesterday's count.
    if _day(state["last"] - age) != _day(state["last"]):
        return state
    if reading.daily_limit and reading.daily_limit < min(state.get("daily_cap", limits.daily), limits.daily):
        state["daily_cap"] = reading.daily_limit
    if left is not None:
        allowed = min(limits.daily, state.get("daily_cap", limits.daily))
        state["day_count"] = max(state["day_count"], min(allowed, reading.daily_limit or allowed) - left)
    return state


def _used(state: WindowState, since: int) -> int:
    return sum(count for cell, count in state["cells"].items() if int(cell) >= since)


def _spend(state: WindowState, granted: int, limits: Limits) -> WindowState:
    _add(state, granted, limits)
    state["day_count"] += granted
    return state


def _add(state: WindowState, count: int, limits: Limits) -> None:
    if count:
        cell = str(state["last"] // limits.cell)
        state["cells"][cell] = state["cells"].get(cell, 0) + count


def _frees_at(state: WindowState, span: int, need: int, limits: Limits) -> int:
    """The moment, in microseconds, when `need` more slots have left the window of so many cells."""
    first = state["last"] // limits.cell - span
    for cell, count in sorted((int(cell), count) for cell, count in state["cells"].items()):
        if cell >= first:
            need -= count
            if need <= 0:
                # One microsecond more, because a float of today's size may round it away.
                return (cell + span + 1) * limits.cell + 1
    raise AssertionError("A full window holds enough grants to be freed.")  # capacity is at least 1


def _seconds(microseconds: int) -> float:
    return max(microseconds, 1000) / 1_000_000


def _day(moment: int) -> str:
    return _utc(moment).date().isoformat()


def _until_midnight(moment: int) -> float:
    today = _utc(moment)
    midnight = datetime(today.year, today.month, today.day, tzinfo=UTC) + timedelta(days=1)
    return max((midnight - today).total_seconds(), 1.0)


def _utc(moment: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment)
