"""The memory of the request budget: slots by cell of time, the UTC day's count, and how both grow old.

The state is JSON: whoever keeps it (a row, a Redis key, a variable) locks it, calls one function of `rate_limit`
and stores the result. Time is cut into cells of a four-hundredth of the burst window; integers throughout, because
0.025 s cells in floats would let a slot slip into the neighbouring cell.
"""

from datetime import UTC, date, datetime, timedelta
from typing import TypedDict

CELLS = 400
SLACK_CELLS = CELLS // 10
"""How late a request may reach the server without being taken for a stranger's, in cells."""


class WindowState(TypedDict, total=False):
    """The whole memory, JSON-able; {} is a fresh start. `slots`: pairs of cell number and requests, in order."""

    slots: list[list[int]]
    width: int  # microseconds of a cell when it was written: settings may change in between
    last: int  # latest moment seen, microseconds
    paced: int  # the latest slot of those who keep a pace, microseconds
    due: int  # when it should have been
    blocked_until: int  # microseconds
    day: str  # UTC, YYYY-MM-DD
    day_count: int
    burst_cap: int  # believed from headers, until one of another day says more
    is_old_cap: bool  # of a day before
    daily_cap: int  # believed from headers, until the day ends
    reserved: int  # what sweeps last left to people; kept for pages by whoever decides it


def at(state: WindowState, cell: int, span: int, now: float) -> WindowState:
    """A copy of the state as of now: old slots dropped, a new day begun, the clock made to run forward.

    `cell` is the width of a cell in microseconds, `span` the window in cells.
    """
    moment = round(now * 1_000_000)
    fresh = state.copy()
    last, blocked = fresh.get("last", moment), fresh.get("blocked_until", 0)
    paced, due = fresh.get("paced", 0), fresh.get("due", 0)
    slots = [(number, count) for number, count in fresh.get("slots", [])]
    if fresh.get("width", cell) != cell:
        # Other cell widths cannot be translated exactly: count everything as sent at the latest moment.
        slots = [(last // cell, sum(count for _, count in slots))]
    if last - moment > cell * CELLS:
        # Set back by more than a window: waiting for the old time would stop us for long. Everything keeps its
        # age, as if no time had passed, which is never too generous.
        back = last - moment
        slots = [(number - back // cell, count) for number, count in slots]
        blocked, paced, due, last = (max(0, then - back) for then in (blocked, paced, due, last))
    moment = max(moment, last)
    _turn_day(fresh, day_of(moment))
    oldest = moment // cell - 2 * span - SLACK_CELLS  # reading headers looks further back than taking
    fresh["slots"] = [[number, count] for number, count in slots if number >= oldest]
    fresh["width"], fresh["last"], fresh["blocked_until"] = cell, moment, blocked
    fresh["paced"], fresh["due"] = paced, due
    return fresh


def used(state: WindowState, first: int, last: int) -> int:
    """Slots in the cells from `first` to `last`, both included."""
    return sum(count for cell, count in state.get("slots", ()) if first <= cell <= last)


def fullest(state: WindowState, cell: int, span: int) -> int:
    """The most slots in any window that a slot in this cell would belong to, those booked after it included."""
    ends = [cell, *(other for other, _ in state["slots"] if cell < other <= cell + span)]
    return max(used(state, end - span, end) for end in ends)


def next_to_leave(state: WindowState, cell: int, span: int) -> int:
    """The first cell after this one whose window has lost one of the slots that fill this one's."""
    return next(other for other, _ in state["slots"] if other >= cell - span) + span + 1


def add(state: WindowState, cell: int, count: int) -> None:
    """Spend `count` slots in a cell."""
    slots = state["slots"]
    place = len(slots)
    while place and slots[place - 1][0] > cell:
        place -= 1
    if place and slots[place - 1][0] == cell:
        slots[place - 1][1] += count
    elif count:
        slots.insert(place, [cell, count])


def day_of(moment: int) -> str:
    """The UTC day of a moment in microseconds, YYYY-MM-DD."""
    return _utc(moment).date().isoformat()


def until_midnight(moment: int) -> float:
    """Seconds until the next UTC day, at least one."""
    today = _utc(moment)
    midnight = datetime(today.year, today.month, today.day, tzinfo=UTC) + timedelta(days=1)
    return max((midnight - today).total_seconds(), 1.0)


def _turn_day(state: WindowState, today: str) -> None:
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
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment)
