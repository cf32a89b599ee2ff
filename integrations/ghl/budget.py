"""The request budget of a location, shared by every process through one row of the database: lanes, and usage."""

import threading
import time
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import orjson
from django.conf import settings
from django.db import connection
from django.utils import timezone

from integrations.connections.models import Connection
from integrations.connections.ports import Lane
from integrations.ghl.client import rate_limit
from integrations.ghl.client.dependencies import Grant, Limits
from integrations.ghl.client.rate_limit import BudgetState, as_of
from integrations.ghl.client.sansio import RateReading
from integrations.ghl.models import PROVIDER, RateWindow
from integrations.workspace import presence

# Of every hundred requests, what sweeps leave to others: while somebody is at work, and otherwise.
RESERVED, RESERVED_IDLE = 20, 3
# Of those, what the lanes between bulk reads and people leave free.
SHARE_LEFT: dict[Hashable, float] = {Lane.PERSON: 0.0, Lane.WRITE: 0.5, Lane.WEBHOOK: 0.5, Lane.BULK: 1.0}
# Of every day, sweeps leave one request in so many: a large account's first hours must not cost its people theirs.
DAILY_ONE_IN = 50
# Sweeps keep a pace, as multiples of their even share. The faster one, the less a stall costs, since half of the
# window is left to catch up in; but then nothing comes free for a while, which nobody minds who is not there.
PACE, PACE_IDLE = 1.05, 2.0
# Of so many requests that a window allows, one may be taken in advance without a thread that wants it: where a
# million are allowed, asking the database for each would be all that anybody does.
ONE_IN_STOCK_OF = 2_000
# How old an answer to "is anybody at work?" may be.
PRESENCE_SECONDS = 3.0

READ = {
    "sqlite": """SELECT state, NULL FROM ghl_ratewindow WHERE "key" = %s""",
    "postgresql": """SELECT state, extract(epoch FROM clock_timestamp()) FROM ghl_ratewindow WHERE "key" = %s""",
}
CHANGE = """UPDATE ghl_ratewindow SET state = %s WHERE "key" = %s AND state = %s RETURNING 1"""
CREATE = """INSERT INTO ghl_ratewindow ("key", state) VALUES (%s, %s) ON CONFLICT DO NOTHING RETURNING 1"""


def limits(lane: Hashable, *, is_anyone_active: bool = True) -> Limits:
    """What a lane may use, from settings."""
    allowed = settings.GHL_BURST_LIMIT, settings.GHL_BURST_SECONDS, settings.GHL_DAILY_LIMIT
    return _limits(lane, is_anyone_active, *allowed)


@lru_cache(maxsize=32)  # asked twice for each request
def _limits(lane: Hashable, is_anyone_active: bool, burst: int, seconds: float, daily: int) -> Limits:
    is_bulk = lane == Lane.BULK
    return Limits(
        burst=burst,
        seconds=seconds,
        daily=daily,
        daily_reserve=daily // DAILY_ONE_IN if is_bulk else 0,
        reserve=int(_reserved(burst, is_anyone_active) * SHARE_LEFT.get(lane, 0.0)),
        pace=(PACE if is_anyone_active else PACE_IDLE) if is_bulk else 0.0,
    )


def _reserved(burst: int, is_anyone_active: bool) -> int:
    return min((RESERVED if is_anyone_active else RESERVED_IDLE) * burst // 100, burst - 1)


@dataclass(slots=True)
class _Desk:
    """What this process knows of one location. Moments are monotonic."""

    turn: threading.Lock = field(default_factory=threading.Lock)
    stock: dict[Hashable, tuple[Grant, int, float]] = field(default_factory=dict)  # lane: (grant, left, moment)
    answered: dict[int, float] = field(default_factory=dict)  # {ticket: when}; the next who takes stores it
    seen: BudgetState = field(default_factory=BudgetState)
    has_plenty: bool = False  # an answer said that as much is allowed as settings say


@dataclass(frozen=True, slots=True)
class Clocks:
    """`monotonic` is this process's. `now` (Unix time) is told the database server's, None where that is ours."""

    now: Callable[[float | None], float] = lambda told: time.time() if told is None else told
    monotonic: Callable[[], float] = time.monotonic


class SharedBucket:
    """`Bucket` on the database."""

    def __init__(self, clocks: Clocks | None = None) -> None:
        self._clocks = clocks or Clocks()
        self._desks: dict[str, _Desk] = {}
        self._presence: dict[str, tuple[float, bool]] = {}

    def take(self, key: str, lane: Hashable) -> Grant:
        """One request, in a statement that also stores the answers since the one before."""
        desk = self._desk(key)
        allowed = limits(lane, is_anyone_active=lane != Lane.PERSON and self._is_anyone_active(key))
        with desk.turn:
            grant, left, start = desk.stock.get(lane, (Grant(0, 0.0), 0, 0.0))
            if not left or self._clocks.monotonic() > start + allowed.seconds / 10:
                grant, asked_at = self._fetch(desk, key, allowed, wasted=left)
                left, start = grant.granted, asked_at + grant.wait
            desk.stock[lane] = grant, max(0, left - 1), start
            return replace(grant, wait=max(0.0, start - self._clocks.monotonic()))

    def confirm(self, key: str, grant: Grant) -> bool:
        row = _read(key, self._clocks)
        return rate_limit.is_held(row.state, grant.ticket, row.now)

    def finish(self, key: str, grant: Grant, reading: RateReading | None = None) -> None:
        """Most readings say nothing new and cost nothing; what does is stored at once, for all processes."""
        desk, moment, everything = self._desk(key), self._clocks.monotonic(), limits(Lane.PERSON)
        with desk.turn:
            if grant.granted == 1:  # more at once have no common answer; where so many are allowed, none is missed
                desk.answered[grant.ticket] = moment
            if reading and reading.limit:
                desk.has_plenty = reading.limit >= everything.burst
            if reading and rate_limit.is_news(desk.seen, reading, grant.known, self._clocks.now(None), everything):
                for row in _until_stored(key, self._clocks):
                    row.state = rate_limit.observe(row.state, reading, grant.known, row.now, everything)
                    desk.seen = row.state

    def punish(self, key: str, seconds: float) -> None:
        for row in _until_stored(key, self._clocks):
            row.state = rate_limit.punish(row.state, row.now, seconds, limits(Lane.PERSON))

    def _fetch(self, desk: _Desk, key: str, allowed: Limits, wasted: int) -> tuple[Grant, float]:
        """(what is granted, when it was asked for)"""
        # What lies in stock has no answer that frees it, so it must be little beside what is truly allowed.
        stock = allowed.burst // ONE_IN_STOCK_OF if desk.has_plenty else 0
        for row in _until_stored(key, self._clocks):
            answered = {ticket: row.now - (row.before - at) for ticket, at in desk.answered.items()}
            state = rate_limit.finish(row.state, answered, row.now, allowed)
            grant = rate_limit.take(state, 1 + stock, allowed, row.now)
            desk.seen = row.state = grant.state
            row.state["day_count"] = max(0, row.state["day_count"] - wasted)
            if allowed.pace:
                row.state["reserved"] = allowed.reserve
        desk.answered.clear()
        return grant, row.after

    def _desk(self, key: str) -> _Desk:
        return self._desks.get(key) or self._desks.setdefault(key, _Desk())

    def _is_anyone_active(self, key: str) -> bool:
        """Whether somebody with rights on the workspace of this location is at work; a few seconds old."""
        until, answer = self._presence.get(key, (0.0, False))
        if self._clocks.monotonic() < until:
            return answer
        found = Connection.objects.filter(provider=PROVIDER, external_id=key)
        workspace_id = found.values_list("workspace_id", flat=True).first()
        answer = workspace_id is not None and presence.is_anyone_active(workspace_id, timezone.now())
        self._presence[key] = (self._clocks.monotonic() + PRESENCE_SECONDS, answer)
        return answer


@dataclass(slots=True)
class _Row:
    """The state of a location, and the shared clock (Unix time) as it was read between two monotonic moments.

    From the earlier one, answers are younger than they are; from the later one, what is booked leaves no sooner.
    """

    stored: str
    state: BudgetState
    now: float
    before: float
    after: float


def _read(key: str, clocks: Clocks) -> _Row:
    before = clocks.monotonic()
    found = _run(READ[connection.vendor], key)
    stored, now = found[0] if found else ("", None)
    now = clocks.now(None if now is None else float(now))
    return _Row(stored, orjson.loads(stored or "{}"), now, before, clocks.monotonic())


def _until_stored(key: str, clocks: Clocks) -> Iterator[_Row]:
    """The row, to be given its next state; once more where another process was faster, with what it left.

    No transaction stands open while it is decided: nobody waits for a process that has no turn on a busy machine.
    """
    while True:
        row = _read(key, clocks)
        yield row
        state = orjson.dumps(row.state, default=tuple).decode()
        if _run(CHANGE, state, key, row.stored) if row.stored else _run(CREATE, key, state):
            return


def _run(statement: str, *values: str) -> list[tuple[Any, ...]]:
    # All rows are fetched: a statement that is not at its end keeps SQLite from writing.
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


@dataclass(frozen=True, slots=True)
class Usage:
    """Requests of one location: this UTC day, in the window that ends now, what sweeps leave free of it, and the
    limits that are believed, which headers may have lowered."""

    today: int = 0
    burst: int = 0
    reserved: int = 0
    burst_limit: int = field(default_factory=lambda: settings.GHL_BURST_LIMIT)
    daily_limit: int = field(default_factory=lambda: settings.GHL_DAILY_LIMIT)


def usage(keys: list[str], now: float | None = None) -> dict[str, Usage]:
    """How much of its budget each location has used, {key: usage}, in one query."""
    return {row.key: _usage(row.state, now or time.time()) for row in RateWindow.objects.filter(key__in=keys)}


def _usage(stored: BudgetState, now: float) -> Usage:
    allowed = limits(Lane.PERSON)
    state = as_of(stored, now, allowed.window)
    burst_limit = min(allowed.burst, state.get("burst_cap", allowed.burst))
    return Usage(
        today=state["day_count"] + state.get("day_others", 0),
        burst=sum(stamp.size for stamp in state["log"] if stamp.hoped(stamp.start, allowed.window) > now * 1000),
        reserved=min(state.get("reserved", _reserved(allowed.burst, False)), burst_limit - 1),
        burst_limit=burst_limit,
        daily_limit=min(allowed.daily, state.get("daily_cap", allowed.daily)),
    )


BUCKET = SharedBucket()
