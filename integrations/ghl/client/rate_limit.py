"""When requests may leave: an exact log of what GHL may still count, decided by pure functions on a small dict.

GHL counts a request somewhere between its start and its answer. Here it counts from its start until one window
after its answer, so that no window of theirs holds too many, whatever is delayed on its way. Whoever cannot send
now books a moment in the near future, sleeps until then and sends without asking again: the time that waking up
takes does not add up from request to request. Times are integers, in milliseconds.
Limits: https://marketplace.gohighlevel.com/docs/oauth/GettingStarted (100 per 10 s, 200,000 a day).
"""

import math
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from integrations.ghl.client.rate_state import BudgetState, Stamp, as_of, counted, day_of, until_midnight
from integrations.ghl.client.sansio import RateReading


@dataclass(frozen=True, slots=True)
class Limits:
    """What one lane may use: `burst` requests in any `seconds`, `daily` a UTC day. ValueError for none at all.

    `reserve` and `daily_reserve` are left to others; who leaves less goes first. A lane that has time keeps a
    `pace`: its slots come one by one, at so many times its even share (0: as they are wanted).
    """

    burst: int = 100
    seconds: float = 10.0
    daily: int = 200_000
    reserve: int = 0
    daily_reserve: int = 0
    pace: float = 0.0

    def __post_init__(self) -> None:
        if self.burst < 1 or self.daily < 1 or self.seconds < 0.001:
            raise ValueError("Rate limits must allow at least one request in a window of at least a millisecond.")
        if min(self.reserve, self.daily_reserve, self.pace) < 0:
            raise ValueError("Reserves and pace must not be negative: a lane cannot use more than all.")

    @property
    def window(self) -> int:
        return math.ceil(self.seconds * 1000)

    @property
    def horizon(self) -> int:
        """How far ahead slots are booked. Not further: what is booked is lost to whoever comes later."""
        return self.window // 10

    def gap(self, share: int) -> int:
        """Between two slots of a lane that may use so many in a window. Nobody would notice less than 1 ms."""
        return int(self.window / (share * self.pace)) if self.pace else 0


@dataclass(frozen=True, slots=True)
class Grant:
    """So many requests may leave in `wait` seconds, and `ticket` names them; none: ask again then.

    `daily`: that is tomorrow (UTC). `known` is what `observe` needs to understand the answer.
    """

    granted: int
    wait: float
    state: BudgetState = field(default_factory=BudgetState, repr=False)
    ticket: int = 0
    known: int = 0
    daily: bool = False


class Bucket(Protocol):
    """One shared budget per key (a location) and how lanes may use it. Safe to call from any thread."""

    def take(self, key: str, lane: Hashable) -> Grant:
        """One request. Whoever is granted one calls `finish`, whatever happens."""
        ...

    def confirm(self, key: str, grant: Grant) -> bool:
        """Whether a slot that was waited for still holds: a 429 or somebody more urgent may have taken it."""
        ...

    def finish(self, key: str, grant: Grant, reading: RateReading | None = None) -> None:
        """The request has its answer, or will get none."""
        ...

    def punish(self, key: str, seconds: float) -> None:
        """After a 429: nobody who shares this key sends anything for that long."""
        ...


def take(state: BudgetState, want: int, limits: Limits, now: float) -> Grant:
    """Up to `want` requests that leave at one moment, now or within the horizon. `now` is Unix time in seconds.

    A clock that is set back grants nothing extra; one that jumps forward cannot be told from time that passed.
    """
    if want < 1:
        raise ValueError("Ask for at least one request.")
    state = as_of(state, now, limits.window)
    moment = state["last"]
    if state["blocked_until"] > moment:
        return Grant(0, _seconds(state["blocked_until"] - moment), state)
    day_left = min(limits.daily, state.get("daily_cap", limits.daily)) - limits.daily_reserve - state["day_count"]
    if day_left < 1:
        return Grant(0, until_midnight(moment), state, daily=True)
    return _book(state, min(want, day_left), limits, now)


def finish(state: BudgetState, answered: Mapping[int, float], now: float, limits: Limits) -> BudgetState:
    """Those tickets have their answers, or will get none, since these moments: {ticket: Unix time}."""
    state = as_of(state, now, limits.window)
    for place, stamp in enumerate(state["log"]):
        if stamp.ticket in answered:
            moment = math.ceil(answered[stamp.ticket] * 1000)
            state["log"][place] = stamp._replace(answered=max(stamp.start, moment))
    return state


def observe(state: BudgetState, reading: RateReading, known: int, now: float, limits: Limits) -> BudgetState:
    """Believe only bad news: what others spent, or a lower limit, lowers what is left. Nothing raises it, except
    that the first answer of a day says anew how low the limit is. `known` is what the request's grant said."""
    state = as_of(state, now, limits.window)
    news = _news(state, reading, known, limits)
    if strangers := news.get("serial", state["serial"]) - state["serial"]:
        state["log"].append(Stamp(news["serial"], state["last"], state["last"], strangers))
    state.update(news)
    return state


def is_news(state: BudgetState, reading: RateReading, known: int, now: float, limits: Limits) -> bool:
    """Whether `observe` would change what is left. Asked after every answer, so it copies nothing."""
    current = BudgetState(**{**state, "last": max(state.get("last", 0), int(now * 1000))})
    return bool(_news(current, reading, known, limits))


def punish(state: BudgetState, now: float, seconds: float, limits: Limits) -> BudgetState:
    """After a 429: nothing leaves for `seconds`, at most a day. A shorter punishment never ends a longer one."""
    state = as_of(state, now, limits.window)
    until = state["last"] + round(min(max(seconds, 0.0), 86_400.0) * 1000)
    state["blocked_until"] = max(state["blocked_until"], until)
    return state


def is_held(state: BudgetState, ticket: int, now: float) -> bool:
    """Whether what was booked may leave now."""
    is_punished = state.get("blocked_until", 0) > max(state.get("last", 0), int(now * 1000))
    return not is_punished and any(row[0] == ticket for row in state.get("log", ()))


def _book(state: BudgetState, want: int, limits: Limits, now: float) -> Grant:
    moment, window = state["last"], limits.window
    cap = min(limits.burst, state.get("burst_cap", limits.burst))
    # The reserve is a share: where GHL allows less than we thought, so is what is left to others. It is about what
    # is started, and not about what may still be counted: a lane need not wait for answers to know its own share.
    share = max(1, cap - limits.reserve * cap // limits.burst)
    # Whoever leaves less to others goes before whoever leaves more and only waits for its moment.
    passed = [stamp for stamp in state["log"] if stamp.start > moment and stamp.reserve > limits.reserve]
    log = [stamp for stamp in state["log"] if stamp not in passed] if passed else state["log"]
    begun, ending = [(stamp.start + window, stamp.size) for stamp in log], counted(log, window)
    due = _due(state, limits, share)
    start = max(moment, due, _below(share, begun), _below(cap, ending))
    if start > moment + limits.horizon:
        # Answers that are still to come may free a slot earlier than what is certain so far.
        hoped = _below(cap, [(stamp.hoped(moment, window), stamp.size) for stamp in log])
        return Grant(0, _seconds(max(due, _below(share, begun), hoped) - limits.horizon // 2 - moment), state)
    granted = 1 if due else min(want, share - _left(begun, start), cap - _left(ending, start))
    if due:
        # What was due and could not be sent is caught up with, but not for longer than half a window.
        state["paced"] = max(due, start - window // 2)
    state["serial"] += granted
    state["day_count"] += granted
    log.append(Stamp(state["serial"], start, 0, granted, limits.reserve))
    for stamp in sorted(passed, key=lambda stamp: stamp.start):
        if _left(counted(log, window), stamp.start) + stamp.size <= cap:
            log.append(stamp)  # the others have lost their moment
    state["log"] = log
    known = sum(stamp.size for stamp in log) - state["serial"]
    return Grant(granted, max(0.0, start / 1000 - now) if start > moment else 0.0, state, state["serial"], known)


def _left(leaving: Iterable[tuple[int, int]], moment: int) -> int:
    """How many are left at this moment of these (moment of leaving, how many)."""
    return sum(size for end, size in leaving if end > moment)


def _due(state: BudgetState, limits: Limits, share: int) -> int:
    """When the lane's pace allows its next slot; 0 for lanes without a pace."""
    gap = limits.gap(share)
    if not gap:
        return 0
    due = state["paced"] + gap
    # After a pause longer than a window nothing is going on that has to be caught up with.
    return due if state["last"] - due < limits.window else state["last"]


def _below(limit: int, leaving: Iterable[tuple[int, int]]) -> int:
    """The moment from which on fewer than `limit` of these are left; 0: already."""
    for moment, size in sorted(leaving, reverse=True):
        limit -= size
        if limit <= 0:
            return moment
    return 0


def _news(state: BudgetState, reading: RateReading, known: int, limits: Limits) -> BudgetState:
    """What a reading knows otherwise, as the part of the state that changes.

    Only requests that cannot be ours are strangers', and count as tickets: an answer speaks at most of what was in
    the log when its request was granted, and of what came since.
    """
    news = _news_of_the_day(state, reading, limits)
    if reading.limit:
        windows = -(-(reading.interval_ms or 0) // limits.window) or 1
        believed = max(1, reading.limit // windows)
        if believed < min(state.get("burst_cap", limits.burst), limits.burst) or state.get("is_old_cap"):
            news["burst_cap"], news["is_old_cap"] = min(believed, limits.burst), False
    if reading.remaining is not None:
        missing = min(reading.limit or limits.burst, limits.burst) - reading.remaining
        if missing - known > state.get("serial", 0):
            news["serial"] = missing - known
    return news


def _news_of_the_day(state: BudgetState, reading: RateReading, limits: Limits) -> BudgetState:
    news = BudgetState()
    # An answer from before midnight speaks of yesterday's count.
    if day_of(state["last"] - int(reading.age * 1000)) != day_of(state["last"]):
        return news
    allowed = min(limits.daily, state.get("daily_cap", limits.daily))
    cap = min(reading.daily_limit or allowed, allowed)
    if cap < allowed:
        news["daily_cap"] = cap
    if reading.daily_remaining is not None and cap - reading.daily_remaining > state.get("day_count", 0):
        news["day_count"] = cap - reading.daily_remaining
    return news


def _seconds(milliseconds: int) -> float:
    return max(milliseconds, 1) / 1000
