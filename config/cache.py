"""Caches that may be gone: they then count as empty for some seconds, and cost a page one time-out at most.

Sign-in attempts are counted in the cache. Without the counter people still sign in, while an error would shut
everybody out.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import structlog
from django.core.cache.backends import filebased
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache

from config import private
from integrations.security.breaker import Breaker

log = structlog.get_logger(__name__)
# For how long nobody asks a cache that has just failed.
LEFT_ALONE_SECONDS = 5.0
# Each is a counter of 4 KB on the disk for some minutes.
MOST_FILES = 10_000

# A mixin of a cache; the type checker knows its methods from the base that it is mixed with.
if TYPE_CHECKING:
    _Cache = BaseCache
else:
    _Cache = object


class Forgiving(_Cache):
    """Answers like an empty cache while the one below cannot be used. Shared by the threads of a process."""

    breaker: ClassVar[Breaker]
    failures: ClassVar[tuple[type[Exception], ...]] = (OSError,)

    def _try[Answer](self, ask: Callable[..., Answer], otherwise: Answer, *args: Any) -> Answer:
        if self.breaker.is_open:
            return otherwise
        try:
            return ask(*args)
        except self.failures as error:
            self.breaker.trip()
            log.warning("cache not reached", error=type(error).__name__)
            return otherwise

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> bool:
        """True when gone: whoever takes a lock with it must go on, not wait for nobody."""
        return self._try(super().add, True, key, value, timeout, version)

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        return self._try(super().get, default, key, default, version)

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> None:
        self._try(super().set, None, key, value, timeout, version)

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> bool:
        return self._try(super().touch, False, key, timeout, version)

    def delete(self, key: Any, version: Any = None) -> bool:
        return self._try(super().delete, False, key, version)

    def has_key(self, key: Any, version: Any = None) -> bool:
        return self._try(super().has_key, False, key, version)

    def incr(self, key: Any, delta: int = 1, version: Any = None) -> int:
        """`delta` when gone. Raises ValueError for a key that is not there, as every cache does."""
        return self._try(super().incr, delta, key, delta, version)

    def get_many(self, keys: Iterable[Any], version: Any = None) -> dict[Any, Any]:
        return self._try(super().get_many, {}, keys, version)

    def set_many(self, data: Mapping[Any, Any], timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> list[Any]:
        return self._try(super().set_many, list(data), data, timeout, version)

    def delete_many(self, keys: Iterable[Any], version: Any = None) -> None:
        self._try(super().delete_many, None, keys, version)


class FileCache(Forgiving, filebased.FileBasedCache):
    """A folder on a disk that is full, read-only or not there."""

    breaker = Breaker(LEFT_ALONE_SECONDS)

    def _createdir(self) -> None:
        # Asked for before each write, which then says what is wrong, and once before, where nobody could.
        with suppress(OSError):
            super()._createdir()  # type: ignore[misc]  # of the class below, unknown to its stubs

    def _cull(self) -> None:
        """Django's takes a third of the entries at random, and a stranger can fill the cache: first the old go."""
        names: list[str] = self._list_cache_files()  # type: ignore[attr-defined]
        if len(names) < self._max_entries:
            return
        for name in names:
            with suppress(OSError), open(name, "rb") as file:
                self._is_expired(file)  # type: ignore[attr-defined]  # deletes it if so
        super()._cull()  # type: ignore[misc]


def configured(broker_url: str, folder: Path) -> dict[str, Any]:
    """The entry for Django's CACHES: the broker's Redis where there is one, else files in `folder`."""
    if broker_url.startswith("redis"):
        return {"BACKEND": "config.redis_cache.RedisCache", "LOCATION": broker_url}
    options = {"MAX_ENTRIES": MOST_FILES}
    return {"BACKEND": "config.cache.FileCache", "LOCATION": private.folder(folder), "OPTIONS": options}
