"""The day's budget: what we used, what others are said to have used, and when to try again once it seems spent.

No single answer decides about a day. Where only headers say that nothing is left, one request every few minutes
asks again, and what its answer says counts.
"""

from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from integrations.ghl.client.dependencies import Limits
from integrations.ghl.client.sansio import LONGEST_PAUSE, RateReading

DAY = 86_400_000
PROBE = int(LONGEST_PAUSE * 1000)
"""Milliseconds between two tries of a day that is said to be spent, and the longest pause after a 429."""

type State = Any  # `rate_limit.BudgetState`


def left(state: State, limits: Limits) -> int:
    """Requests that a lane has left today."""
    cap = min(limits.daily, state.get("daily_cap", limits.daily))
    return int(cap - limits.daily_reserve - state["day_count"] - state.get("day_others", 0))


def until_probe(state: State, limits: Limits) -> float:
    """Nothing is left: seconds until it is worth asking again, 0 for now; until midnight (UTC) where we used up
    everything ourselves."""
    moment: int = state["last"]
    midnight = max(DAY - moment % DAY, 1000)
    if limits.daily - limits.daily_reserve - state["day_count"] < 1:
        return midnight / 1000
    wait = state.setdefault("probed", moment) + PROBE - moment
    if wait <= 0:
        state["probed"] = moment
    return float(max(0.0, min(wait, midnight) / 1000))


def news(state: State, reading: RateReading, limits: Limits) -> dict[str, int]:
    """What a reading knows otherwise of the day. What lowers what is left is believed to the last request; what
    raises it again only beyond those that may still be on their way."""
    # An answer from before midnight speaks of yesterday's count.
    if day_of(state["last"] - int(reading.age * 1000)) != day_of(state["last"]):
        return {}
    found, cap = dict[str, int](), min(limits.daily, state.get("daily_cap", limits.daily))
    if reading.daily_limit and min(reading.daily_limit, limits.daily) != cap:
        found["daily_cap"] = cap = min(reading.daily_limit, limits.daily)
    if reading.daily_remaining is not None:
        before = state.get("day_others", 0)
        others = max(0, cap - reading.daily_remaining - state.get("day_count", 0))
        if others > before or others < before - limits.burst:
            found["day_others"] = others
    return found


def turn(state: State) -> None:
    """Begin a new day where one has begun."""
    today, stored = day_of(state["last"]), state.setdefault("day", "")
    if today > stored:
        state["day"], state["day_count"], state["day_others"] = today, 0, 0
        state.pop("daily_cap", None)
        state.pop("probed", None)
    elif date.fromisoformat(stored) - date.fromisoformat(today) > timedelta(days=1):
        # The clock had been days ahead: follow it back, but keep the count. One day ahead is kept as it is, or a
        # clock that is set back and forth over midnight would renew the day's budget.
        state["day"] = today
        state.pop("probed", None)


def day_of(moment: int) -> str:
    """The UTC day of a moment, YYYY-MM-DD."""
    return _day(moment // DAY)


@lru_cache(maxsize=8)
def _day(number: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=number)).isoformat()
