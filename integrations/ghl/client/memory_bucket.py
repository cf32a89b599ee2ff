"""A budget for the threads of one process; several processes need one that lives in a database or Redis."""

import threading
from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace

from integrations.ghl.client.rate_limit import Grant, Limits, WindowState, is_punished, observe, punish, take
from integrations.ghl.client.rate_reading import RateReading


class MemoryBucket:
    """`Bucket` in a dict. `reserves` says how many slots of the burst each lane must leave to the others."""

    def __init__(
        self, limits: Limits, *, now: Callable[[], float], reserves: Mapping[str, int] | None = None
    ) -> None:
        self._limits = limits
        self._now = now
        self._lanes: dict[Hashable, Limits] = {
            lane: replace(limits, reserve=slots) for lane, slots in (reserves or {}).items()
        }
        self._states: dict[str, WindowState] = {}
        # One lock for all keys: a decision takes microseconds, far less than the request that follows it.
        self._lock = threading.Lock()

    def take(self, key: str, want: int, lane: Hashable) -> Grant:
        with self._lock:
            grant = take(self._state(key), want, self._lanes.get(lane, self._limits), self._now())
            self._states[key] = grant.state
            return grant

    def confirm(self, key: str, late: float) -> bool:
        with self._lock:
            return late <= self._limits.good_for and not is_punished(self._state(key), self._now())

    def observe(self, key: str, reading: RateReading) -> None:
        with self._lock:
            self._states[key] = observe(self._state(key), reading, self._now(), self._limits)

    def punish(self, key: str, seconds: float) -> None:
        with self._lock:
            self._states[key] = punish(self._state(key), self._now(), seconds, self._limits)

    def _state(self, key: str) -> WindowState:
        return self._states.get(key, WindowState())
