"""The request budget of a location, shared by every process through one row of the database."""

import threading
import time
from collections import defaultdict
from dataclasses import replace

from django.conf import settings
from django.db import connection, transaction

from integrations.ghl.client import rate_limit
from integrations.ghl.client.rate_limit import Grant, Limits, RateReading, WindowState
from integrations.ghl.models import RateWindow
from integrations.sync.ports import Lane

# Of every hundred, kept free of sweeps, so that a click does not find the window full.
RESERVES = {Lane.PERSON: 0, Lane.WRITE: 0, Lane.HINT: 0, Lane.SWEEP: 1}
# Sweeps spread evenly over the window; a person's calls go out at once.
PACE = 1
# How long a grant may lie in this process before it is used; less than the margin of the window.
FRESH_SECONDS = 0.05


def limits(lane: str) -> Limits:
    """What a lane may use, from settings."""
    burst = settings.GHL_BURST_LIMIT
    reserve = min(RESERVES.get(Lane(lane), 0) * burst // 100, burst - 1)
    return Limits(
        burst=burst,
        seconds=settings.GHL_BURST_SECONDS,
        daily=settings.GHL_DAILY_LIMIT,
        reserve=reserve,
        pace_cells=PACE if lane == Lane.SWEEP else 0,
    )


class SharedBucket:
    """`Bucket` on the database. Threads that ask at the same moment share one transaction.

    The first one takes for all that wait behind it; they find their grant lying there. So sixteen readers cost
    one or two transactions per round, not sixteen.
    """

    def __init__(self) -> None:
        self._count = threading.Lock()
        self._waiting: dict[tuple[str, str], int] = defaultdict(int)
        self._turns: dict[tuple[str, str], threading.Lock] = defaultdict(threading.Lock)
        self._spare: dict[tuple[str, str], tuple[int, float]] = {}
        self._seen: dict[str, WindowState] = {}

    def take(self, key: str, want: int, lane: str) -> Grant:
        """One grant, or how long to wait for it."""
        place = (key, lane)
        with self._count:
            self._waiting[place] += want
            turn = self._turns[place]
        with turn:
            with self._count:
                self._waiting[place] -= want
                others = self._waiting[place]
            spare, until = self._spare.get(place, (0, 0.0))
            if spare >= want and time.monotonic() < until:
                self._spare[place] = (spare - want, until)
                return Grant(want, 0.0, {})
            grant = self._decide(key, want + others, lane)
            left = max(grant.granted - want, 0)
            self._spare[place] = (left, time.monotonic() + FRESH_SECONDS)
            return replace(grant, granted=min(want, grant.granted))

    def observe(self, key: str, reading: RateReading) -> None:
        """Lower what is left when the other side says so; most readings say nothing new and cost nothing."""
        known = self._seen.get(key)
        if known is not None:
            now = time.time()
            before = rate_limit.take(known, 1, limits(Lane.PERSON), now)
            after = rate_limit.take(
                rate_limit.observe(known, reading, now, limits(Lane.PERSON)), 1, limits(Lane.PERSON), now
            )
            if before.state == after.state:
                return
        with transaction.atomic():
            row, now = self._locked(key)
            self._store(row, rate_limit.observe(row.state, reading, now, limits(Lane.PERSON)))

    def punish(self, key: str, seconds: float) -> None:
        """After a 429: nobody who shares this location sends anything for that long."""
        with transaction.atomic():
            row, now = self._locked(key)
            self._store(row, rate_limit.punish(row.state, now, seconds, limits(Lane.PERSON)))

    def _decide(self, key: str, want: int, lane: str) -> Grant:
        with transaction.atomic():
            row, now = self._locked(key)
            grant = rate_limit.take(row.state, want, limits(lane), now)
            if grant.granted or grant.state != row.state:
                self._store(row, grant.state)
            return grant

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


def used_today(keys: list[str]) -> dict[str, int]:
    """Requests that each location has used this UTC day, {key: count}."""
    today = time.strftime("%Y-%m-%d", time.gmtime())
    rows = RateWindow.objects.filter(key__in=keys)
    return {row.key: row.state.get("day_count", 0) if row.state.get("day") == today else 0 for row in rows}


def _now() -> float:
    """Unix time: the database server's where several machines may share it, else this machine's."""
    if connection.vendor != "postgresql":
        return time.time()
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        return float(cursor.fetchone()[0])


BUCKET = SharedBucket()
