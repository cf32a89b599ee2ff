"""When requests may leave: an exact log of what GHL may still count, decided by pure functions on a small dict.

GHL counts a request somewhere between its start and its answer. Here it counts from its start until one window
after its answer, so that no window of theirs holds too many, whatever is delayed on its way. Whoever cannot send
now books a moment in the near future, sleeps until then and sends without asking again: the time that waking up
takes does not add up from request to request. Times are integers, in milliseconds.
Limits: https://marketplace.gohighlevel.com/docs/oauth/GettingStarted (100 per 10 s, 200,000 a day).
"""

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypedDict, cast

from integrations.ghl.client import rate_day
from integrations.ghl.client.dependencies import Grant, Limits
from integrations.ghl.client.sansio import RateReading

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
    day_others: int  # requests of the day that headers tell of and that were not ours
    burst_cap: int  # believed from headers, until one says otherwise
    daily_cap: int  # the same, until the day ends
    probed: int  # when the day was found spent, or last tried again
    reserved: int  # what sweeps last left to people; kept for pages by whoever decides it


def take(state: BudgetState, want: int, limits: Limits, now: float) -> Grant:
    """Up to `want` requests that leave at one moment, now or within the horizon. `now` is Unix time in seconds.

    A clock that is set back grants nothing extra; one that jumps forward cannot be told from time that passed.
    """
    if want < 1:
        raise ValueError("Ask for at least one request.")
    state = as_of(state, now, limits.window)
    moment = state["last"]
    if state["blocked_until"] > moment:
        return Grant(0, (state["blocked_until"] - moment) / 1000, state)
    day_left = rate_day.left(state, limits)
    if day_left < 1 and (wait := rate_day.until_probe(state, limits)):
        return Grant(0, wait, state, daily=True)
    if day_left >= 1:
        state.pop("probed", None)
    return _book(state, max(1, min(want, day_left)), limits, now)


def finish(state: BudgetState, answered: Mapping[int, float], now: float, limits: Limits) -> BudgetState:
    """Those tickets have their answers, or will get none, since these moments: {ticket: Unix time}."""
    state = as_of(state, now, limits.window)
    for place, stamp in enumerate(state["log"]):
        if stamp.ticket in answered:
            moment = math.ceil(answered[stamp.ticket] * 1000)
            state["log"][place] = stamp._replace(answered=max(stamp.start, moment))
    return state


def observe(state: BudgetState, reading: RateReading, known: int, now: float, limits: Limits) -> BudgetState:
    """Believe what lowers what is left: what others spent, or a lower limit. A later answer may take that back,
    never more. `known` is what the request's grant said."""
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
    """After a 429: nothing leaves for `seconds`, some minutes at most. A shorter one never ends a longer one."""
    state = as_of(state, now, limits.window)
    until = state["last"] + round(min(max(seconds, 0.0), rate_day.PROBE / 1000) * 1000)
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
        wait = max(due, _below(share, begun), hoped) - limits.horizon // 2 - moment
        return Grant(0, max(wait, 1) / 1000, state)
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
    news = cast(BudgetState, rate_day.news(state, reading, limits))
    if reading.limit:
        windows = -(-(reading.interval_ms or 0) // limits.window) or 1
        believed = min(max(1, reading.limit // windows), limits.burst)
        if believed != min(state.get("burst_cap", limits.burst), limits.burst):
            news["burst_cap"] = believed
    if reading.remaining is not None:
        missing = min(reading.limit or limits.burst, limits.burst) - reading.remaining
        if missing - known > state.get("serial", 0):
            news["serial"] = missing - known
    return news


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
        log = [
            stamp._replace(start=min(stamp.start - back, fresh["last"]), answered=max(0, stamp.answered - back))
            for stamp in log
        ]
    ends = counted(log, window)
    fresh["log"] = [stamp for stamp, (end, _) in zip(log, ends, strict=True) if end > fresh["last"]]
    fresh["paced"] = max(0, fresh.get("paced", 0) - back)
    fresh["blocked_until"] = max(0, fresh.get("blocked_until", 0) - back)
    # Not from 0: a ticket of a state that was lost must not name a request of this one.
    fresh.setdefault("serial", moment % 1_000_000_000)
    rate_day.turn(fresh)
    return fresh
