"""When requests may leave: two windows (a burst, a UTC day) decided by pure functions on a small dict.

Whoever cannot send now books: the slot is spent at a moment in the near future, the caller sleeps until then and
sends without asking again, so that the time it takes to wake up does not add up from request to request.
Limits: https://marketplace.gohighlevel.com/docs/oauth/GettingStarted (100 per 10 s, 200,000 a day).
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from integrations.ghl.client.rate_reading import RateReading
from integrations.ghl.client.rate_state import (
    CELLS,
    SLACK_CELLS,
    WindowState,
    add,
    at,
    fullest,
    next_to_leave,
    until_midnight,
    used,
)

__all__ = ["Bucket", "Grant", "Limits", "RateReading", "WindowState", "observe", "punish", "take"]

HORIZON_CELLS = CELLS // 10
"""How far ahead slots are booked. Not further: what is booked is lost to whoever comes with more urgency."""
MARGIN_CELLS = 2
DAY = 86_400_000_000
CATCH_UP = 3.0
FINEST_PACE = 1000
"""Requests that may follow each other faster than in so many microseconds are not worth waiting between."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one lane may use: `burst` requests in any `seconds`, `daily` a UTC day.

    `reserve` and `daily_reserve` are slots that this lane leaves to others. `margin_cells` widens the window by
    cells: a request may reach the server that much later than its moment, and the next one not. A lane that has
    time keeps a `pace`: its slots come one by one, at so many times its even share (0: as they are wanted), and
    after a stall at CATCH_UP times. What leaves in one burst can be late by as much and fall into the next window.
    """

    burst: int = 100
    seconds: float = 10.0
    daily: int = 200_000
    reserve: int = 0
    daily_reserve: int = 0
    margin_cells: int = MARGIN_CELLS
    pace: float = 0.0

    def __post_init__(self) -> None:
        if self.burst < 1 or self.daily < 1 or self.seconds < 0.001:
            raise ValueError("Rate limits must allow at least one request in a window of at least a millisecond.")
        if min(self.reserve, self.daily_reserve, self.margin_cells, self.pace) < 0:
            raise ValueError("Reserves, margin and pace must not be negative: a lane cannot use more than all.")

    @property
    def cell(self) -> int:
        """Width of a cell in microseconds, rounded up: a longer window never grants too much."""
        return -(-round(self.seconds * 1_000_000) // CELLS)

    @property
    def span(self) -> int:
        """A slot counts against its own cell and this many after it."""
        return CELLS + self.margin_cells

    @property
    def horizon(self) -> int:
        """How far ahead slots are booked, in microseconds."""
        return HORIZON_CELLS * self.cell

    @property
    def good_for(self) -> float:
        """How many seconds after its moment a booked slot is still good: the margin, and the cell it lies in."""
        return (self.margin_cells + 1) * self.cell / 1_000_000

    def gap(self, capacity: int, pace: float) -> int:
        """Microseconds between two slots of a lane that may use so many in a window, at so many times that."""
        gap = round(self.seconds * 1_000_000 / (capacity * pace)) if pace else 0
        return gap if gap >= FINEST_PACE else 0


@dataclass(frozen=True, slots=True)
class Grant:
    """`slots`: in how many seconds from now each request may leave, in order; a slot that is not used is lost.

    Without any: ask again in `wait` seconds; `daily` means tomorrow (UTC).
    """

    slots: tuple[float, ...]
    wait: float
    state: WindowState
    daily: bool = False

    @property
    def granted(self) -> int:
        return len(self.slots)


class Bucket(Protocol):
    """One shared budget per key (a location) and how lanes may use it. Safe to call from any thread."""

    def take(self, key: str, want: int, lane: Hashable) -> Grant:
        """At most `want` slots; `Grant.state` means nothing to the caller."""
        ...

    def confirm(self, key: str, late: float) -> bool:
        """Whether a slot that was waited for still holds, `late` seconds after its moment."""
        ...

    def observe(self, key: str, reading: RateReading) -> None: ...

    def punish(self, key: str, seconds: float) -> None: ...


def take(state: WindowState, want: int, limits: Limits, now: float) -> Grant:
    """Up to `want` slots within the horizon, and never more than `limits.burst` in any window of `limits.seconds`.

    `now` is Unix time in seconds; set back, it grants nothing extra, but a clock that jumps forward cannot be told
    from time that passed.
    """
    if want < 1:
        raise ValueError("Ask for at least one request.")
    state = at(state, limits.cell, limits.span, now)
    moment = state["last"]
    if state["blocked_until"] > moment:
        return Grant((), _seconds(state["blocked_until"] - moment), state)
    day_left = min(limits.daily, state.get("daily_cap", limits.daily)) - limits.daily_reserve - state["day_count"]
    if day_left < 1:
        return Grant((), until_midnight(moment), state, daily=True)
    slots, following = _book(state, min(want, day_left), limits)
    if not slots:  # half a horizon early, so that many can be booked at once when the time comes
        return Grant((), _seconds(following - limits.horizon // 2 - moment), state)
    state["day_count"] += len(slots)
    return Grant(tuple((slot - moment) / 1_000_000 for slot in slots), 0.0, state)


def observe(state: WindowState, reading: RateReading, now: float, limits: Limits) -> WindowState:
    """Believe only bad news: what others spent, or a lower limit, lowers what is left. Nothing raises it, except
    that the first answer of a day says anew how low the limit is."""
    state = at(state, limits.cell, limits.span, now)
    news = _news(state, reading, limits)
    add(state, state["last"] // limits.cell, news.strangers)
    if news.burst_cap:
        state["burst_cap"], state["is_old_cap"] = news.burst_cap, False
    if news.daily_cap:
        state["daily_cap"] = news.daily_cap
    state["day_count"] += news.missed_today
    return state


def is_news(state: WindowState, reading: RateReading, now: float, limits: Limits) -> bool:
    """Whether `observe` would change what is left. Asked after every answer, so it copies nothing."""
    current = WindowState(**{**state, "last": max(state.get("last", 0), round(now * 1_000_000))})
    return _news(current, reading, limits) != _News()


def punish(state: WindowState, now: float, seconds: float, limits: Limits) -> WindowState:
    """After a 429: nothing leaves for `seconds`, at most a day. A shorter punishment never ends a longer one."""
    state = at(state, limits.cell, limits.span, now)
    until = state["last"] + round(min(max(seconds, 0.0), 86_400.0) * 1_000_000)
    state["blocked_until"] = max(state["blocked_until"], until)
    return state


def is_punished(state: WindowState, now: float) -> bool:
    """Whether nothing may leave now, booked or not."""
    return state.get("blocked_until", 0) > max(state.get("last", 0), round(now * 1_000_000))


def _book(state: WindowState, want: int, limits: Limits) -> tuple[list[int], int]:
    """Spend up to `want` slots within the horizon. Returns (their moments, the first one that was not booked)."""
    cap = min(limits.burst, state.get("burst_cap", limits.burst))
    # The reserve is a share: where the server allows less than we thought, so is what is left to others.
    capacity = max(1, cap - limits.reserve * cap // limits.burst)
    now, moment, booked = state["last"], state["last"], list[int]()
    while len(booked) < want:
        due, paced = _paced(state, limits, capacity)
        # What is booked ahead is so at the start of its cell: the rest of the cell is more margin.
        moment = now if paced == now else -(-paced // limits.cell) * limits.cell
        while (free := capacity - fullest(state, moment // limits.cell, limits.span)) < 1:
            moment = paced = next_to_leave(state, moment // limits.cell, limits.span) * limits.cell
        if moment > now + limits.horizon:
            break
        count = 1 if due else min(free, want - len(booked))
        add(state, moment // limits.cell, count)
        booked += [moment] * count
        if due:
            state["due"], state["paced"] = due, paced
    return booked, moment


def _paced(state: WindowState, limits: Limits, capacity: int) -> tuple[int, int]:
    """(when the lane's next slot is due, the earliest moment for it); due is 0 for lanes without a pace."""
    now, gap = state["last"], limits.gap(capacity, limits.pace)
    if not gap:
        return 0, now
    due = state["due"] + gap
    # What was due and could not be sent is caught up with, but not for longer than half a window, and not when
    # the last slot was so long ago that nothing is going on.
    late = min(now - due, limits.cell * CELLS // 2) if now - state["paced"] < limits.cell * CELLS else 0
    due = max(due, now - max(late, 0))
    return due, max(now, due, state["paced"] + min(gap, limits.gap(capacity, CATCH_UP)))


class _News(NamedTuple):
    """What a reading knows that we did not; zeros are no news."""

    strangers: int = 0
    burst_cap: int = 0
    daily_cap: int = 0
    missed_today: int = 0


def _news(state: WindowState, reading: RateReading, limits: Limits) -> _News:
    """A reading is older than our own count, and knows nothing of what is booked.

    Only requests that cannot be ours are strangers', so that slots which have left our window since the answer
    was written are not taken for theirs.
    """
    moment, age = state["last"], min(max(round(reading.age * 1_000_000), 0), limits.cell * CELLS)
    burst_cap = strangers = 0
    if reading.limit:
        windows = -(-(reading.interval_ms or 0) // max(1, round(limits.seconds * 1000))) or 1
        believed = max(1, reading.limit // windows)
        known = min(state.get("burst_cap", limits.burst), limits.burst)
        if believed < known or state.get("is_old_cap"):
            burst_cap = min(believed, limits.burst)
    if reading.remaining is not None:
        missing = min(reading.limit or limits.burst, limits.burst) - reading.remaining
        first = (moment - age) // limits.cell - limits.span - SLACK_CELLS
        strangers = max(0, missing - used(state, first, moment // limits.cell)) if missing > 0 else 0
    return _News(strangers, burst_cap, *_news_of_the_day(state, reading, age, limits))


def _news_of_the_day(state: WindowState, reading: RateReading, age: int, limits: Limits) -> tuple[int, int]:
    """(a lower limit for the day, requests of today that we did not count); zeros are no news."""
    # An answer from before midnight speaks of yesterday's count.
    if (state["last"] - age) // DAY != state["last"] // DAY:
        return 0, 0
    allowed, cap = min(limits.daily, state.get("daily_cap", limits.daily)), reading.daily_limit or 0
    lower = cap if 0 < cap < allowed else 0
    if reading.daily_remaining is None:
        return lower, 0
    spent = min(allowed, cap or allowed) - reading.daily_remaining
    return lower, max(0, spent - state.get("day_count", 0))


def _seconds(microseconds: int) -> float:
    return max(microseconds, 1000) / 1_000_000
