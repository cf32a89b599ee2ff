"""Counts how often somebody does something, in the cache that all processes share."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from django.core.cache import cache

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Rate:
    """So many `times` in so many `seconds`, counted from the first time on. At most 300 seconds."""

    times: int
    seconds: int = 60


def allows(act: str, who: str, rate: Rate, *, clock: Callable[[], float] = time.time) -> bool:
    """Count one more `act` of `who`; whether it is within the rate. What is refused counts as well.

    Limits: two requests of one moment may count as one on the file cache. A cache that fails or is emptied refuses
    nobody: a counter must not be what stops the site.
    """
    try:
        return _count(act, who, rate, clock()) <= rate.times
    except Exception as error:  # noqa: BLE001  each cache fails in ways of its own
        log.warning("throttle not counted", act=act, error=type(error).__name__)
        return True


def forget(act: str, who: str) -> None:
    """Begin to count anew: whoever did it has shown that they may."""
    try:
        name = _name(act, who)
        cache.delete_many([name, f"{name}:{cache.get(name)}"])
    except Exception as error:  # noqa: BLE001  each cache fails in ways of its own
        log.warning("throttle not forgotten", act=act, error=type(error).__name__)


def _name(act: str, who: str) -> str:
    # Hashed: names of addresses and people have no business in a cache, and not every sign may stand in a key.
    return f"throttle:{act}:{hashlib.sha256(who.encode()).hexdigest()}"


def _count(act: str, who: str, rate: Rate, now: float) -> int:
    name = _name(act, who)
    since = cache.get_or_set(name, now, rate.seconds) or 0.0
    if not since <= now < since + rate.seconds:
        since = now
        cache.set(name, since, rate.seconds)
    # A key of its own for each span: counting up may renew how long a key is kept.
    key = f"{name}:{since}"
    cache.add(key, 0, rate.seconds)
    return cache.incr(key)
