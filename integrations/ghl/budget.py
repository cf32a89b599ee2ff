"""The request budget of a location, shared by every process through one row of the database.

Each process has a desk for every location and lane: threads that ask at the same moment are served by one
transaction, and those who have to wait sleep until the moment that was booked for them.
"""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from functools import cache

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from integrations.connections.models import Connection
from integrations.connections.ports import Lane
from integrations.ghl.client import rate_limit
from integrations.ghl.client.rate_limit import Grant, Limits, RateReading, WindowState
from integrations.ghl.client.rate_state import CELLS, used
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
# How old an answer to "is anybody at work?" may be.
PRESENCE_SECONDS = 3.0
# While much is left, a reading can wait for the next one: what it says, the next one says as well.
LOOK_EVERY = 0.05
# Of so many requests that a window allows, one may be taken in advance without a thread that wants it.
ONE_IN_STOCK_OF = 2_000
# Where a window allows so many, its slots are good for a second instead of a few cells: a tenth of the window is
# not missed there, and asking the database for more of them would hold every reader up again and again. GHL allows
# a hundred; a sandbox under load allows what its test wants.
PLENTY, MARGIN_OF_PLENTY = 10_000, CELLS // 10


def limits(lane: Hashable, *, is_anyone_active: bool = True) -> Limits:
    """What a lane may use, from settings."""
    whole = settings.GHL_BURST_LIMIT, settings.GHL_BURST_SECONDS, settings.GHL_DAILY_LIMIT
    return _limits(lane, is_anyone_active, *whole)


@cache
def _limits(lane: Hashable, is_anyone_active: bool, burst: int, seconds: float, daily: int) -> Limits:
    reserved = _reserved(burst, is_anyone_active)
    pace = PACE if is_anyone_active else PACE_IDLE
    return Limits(
        burst=burst,
        seconds=seconds,
        daily=daily,
        daily_reserve=daily // DAILY_ONE_IN if lane == Lane.BULK else 0,
        reserve=int(reserved * SHARE_LEFT.get(lane, 0.0)),
        pace=pace if lane == Lane.BULK else 0.0,
        margin_cells=MARGIN_OF_PLENTY if burst >= PLENTY else rate_limit.MARGIN_CELLS,
    )


def _reserved(burst: int, is_anyone_active: bool) -> int:
    return min((RESERVED if is_anyone_active else RESERVED_IDLE) * burst // 100, burst - 1)


@dataclass(slots=True)
class Desk:
    """Where the threads of one process queue for one lane of a location. `booked`: slots, in monotonic seconds."""

    turn: threading.Lock = field(default_factory=threading.Lock)
    waiting: int = 0
    booked: deque[float] = field(default_factory=deque)
    refusal: Grant | None = None
    refusals: int = 0
    wasted: int = 0  # slots that nobody came for

    def serve(self, want: int, good_for: float) -> Grant | None:
        """From what an earlier thread brought for those behind it; None when that is used up."""
        now = time.monotonic()
        while self.booked and self.booked[0] < now - good_for:
            self.booked.popleft()
            self.wasted += 1
        if self.booked:
            slots = [self.booked.popleft() for _ in range(min(want, len(self.booked)))]
            return Grant(tuple(max(0.0, slot - now) for slot in slots), 0.0, {})
        if self.refusal and self.refusals > 0:
            self.refusals -= want
            return self.refusal
        return None


class SharedBucket:
    """`Bucket` on the database. The first thread asks for all that wait behind it, so that sixteen readers cost
    one transaction per round, not sixteen.
    """

    def __init__(self) -> None:
        self._count = threading.Lock()
        self._desks: dict[tuple[str, Hashable], Desk] = defaultdict(Desk)
        self._seen: dict[str, WindowState] = {}
        self._looked_at: dict[str, float] = {}
        self._presence: dict[str, tuple[float, bool]] = {}

    def take(self, key: str, want: int, lane: Hashable) -> Grant:
        """At most `want` slots, or how long to wait before asking again."""
        with self._count:
            desk = self._desks[key, lane]
            desk.waiting += want
        with desk.turn:
            with self._count:
                desk.waiting -= want
                behind = desk.waiting
            allowed = limits(lane, is_anyone_active=lane != Lane.PERSON and self._is_anyone_active(key))
            served = desk.serve(want, allowed.good_for)
            return served or self._fetch(desk, key, want, behind, allowed)

    def confirm(self, key: str, late: float) -> bool:
        """One read, because a 429 may have reached another process. What slept too long asks again."""
        state = RateWindow.objects.filter(key=key).values_list("state", flat=True).first() or WindowState()
        if late > limits(Lane.PERSON).good_for:
            return False
        was_punished = rate_limit.is_punished(state, 0.0)
        return not (was_punished and rate_limit.is_punished(state, _now()))

    def observe(self, key: str, reading: RateReading) -> None:
        """Lower what is left when the other side says so; most readings say nothing new and cost nothing."""
        all_of_it, moment = limits(Lane.PERSON), time.monotonic()
        is_plenty = (reading.remaining or 0) > all_of_it.burst // 2
        if is_plenty and moment - self._looked_at.get(key, 0.0) < LOOK_EVERY:
            return
        self._looked_at[key] = moment
        known = self._seen.get(key)
        if known is not None and not rate_limit.is_news(known, reading, time.time(), all_of_it):
            return
        with transaction.atomic():
            row, now = self._locked(key)
            self._store(row, rate_limit.observe(row.state, reading, now, all_of_it))

    def punish(self, key: str, seconds: float) -> None:
        """After a 429: nobody who shares this location sends anything for that long."""
        with transaction.atomic():
            row, now = self._locked(key)
            self._store(row, rate_limit.punish(row.state, now, seconds, limits(Lane.PERSON)))

    def _fetch(self, desk: Desk, key: str, want: int, behind: int, allowed: Limits) -> Grant:
        """Slots for this thread, for those behind it and a few in stock, in one transaction."""
        more = behind + allowed.burst // ONE_IN_STOCK_OF
        with transaction.atomic():
            row, now = self._locked(key)
            asked_at = time.monotonic()
            grant = rate_limit.take(row.state, want + more, allowed, now)
            state = grant.state
            if grant.slots:
                state["day_count"] = max(0, state["day_count"] - desk.wasted)
                desk.wasted = 0
            if allowed.pace:
                state["reserved"] = allowed.reserve
            if grant.slots or state != row.state:
                self._store(row, state)
        if not grant.slots:
            # For those who wait here now: whoever comes later would sleep for a reason of the past.
            desk.refusal, desk.refusals = grant, behind
            return grant
        desk.booked.extend(asked_at + slot for slot in grant.slots[want:])
        passed = time.monotonic() - asked_at
        return replace(grant, slots=tuple(max(0.0, slot - passed) for slot in grant.slots[:want]))

    def _is_anyone_active(self, key: str) -> bool:
        """Whether somebody with rights on the workspace of this location is at work; a few seconds old."""
        until, answer = self._presence.get(key, (0.0, False))
        if time.monotonic() < until:
            return answer
        found = Connection.objects.filter(provider=PROVIDER, external_id=key)
        workspace_id = found.values_list("workspace_id", flat=True).first()
        answer = workspace_id is not None and presence.is_anyone_active(workspace_id, timezone.now())
        self._presence[key] = (time.monotonic() + PRESENCE_SECONDS, answer)
        return answer

    def _store(self, row: RateWindow, state: WindowState) -> None:
        self._seen[row.key] = state
        row.state = state
        row.save(update_fields=["state"])

    def _locked(self, key: str) -> tuple[RateWindow, float]:
        row = RateWindow.objects.select_for_update().filter(key=key).first()
        if row is None:
            RateWindow.objects.bulk_create([RateWindow(key=key)], ignore_conflicts=True)
            row = RateWindow.objects.select_for_update().get(key=key)
        return row, _now()


@dataclass(frozen=True, slots=True)
class Usage:
    """Requests of one location: this UTC day, in the window that ends now, what sweeps leave free of it, and the
    limits that are believed, which headers may have lowered."""

    today: int = 0
    burst: int = 0
    reserved: int = 0
    burst_limit: int = field(default_factory=lambda: settings.GHL_BURST_LIMIT)
    daily_limit: int = field(default_factory=lambda: settings.GHL_DAILY_LIMIT)


def usage(keys: list[str]) -> dict[str, Usage]:
    """How much of its budget each location has used, {key: usage}, in one query."""
    return {row.key: _usage(row.state, time.time()) for row in RateWindow.objects.filter(key__in=keys)}


def _usage(state: WindowState, now: float) -> Usage:
    allowed = limits(Lane.PERSON)
    is_today = state.get("day") == time.strftime("%Y-%m-%d", time.gmtime(now))
    today = state.get("day_count", 0) if is_today else 0
    daily_limit = min(allowed.daily, state.get("daily_cap", allowed.daily) if is_today else allowed.daily)
    burst_limit = min(allowed.burst, state.get("burst_cap", allowed.burst))
    cell = round(now * 1_000_000) // allowed.cell
    is_current = state.get("width") == allowed.cell
    burst = used(state, cell - allowed.span, cell) if is_current else 0
    reserved = state.get("reserved", _reserved(allowed.burst, False))
    return Usage(today, burst, min(reserved, burst_limit - 1), burst_limit, daily_limit)


def _now() -> float:
    """Unix time: the database server's where several machines may share it, else this machine's."""
    if connection.vendor != "postgresql":
        return time.time()
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        return float(cursor.fetchone()[0])


BUCKET = SharedBucket()
