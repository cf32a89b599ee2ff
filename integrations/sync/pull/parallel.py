"""Asks for many things side by side, by as many threads as the time of an answer is worth."""

import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import structlog
from django.db import connection

from integrations.connections.ports import Permanent, SyncError

log = structlog.get_logger(__name__)
# Answers that come faster than this leave nothing to wait for side by side: more threads than a few would only
# take the interpreter from each other.
QUICK, FEW = 0.005, 3


class Parallel:
    """Threads that read for one worker. Each has a database connection of its own, which `close` closes."""

    def __init__(self, threads: int, **named: Any) -> None:
        """`named` goes into every line that is logged."""
        self._named = named
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="read")
        self._threads = threads
        self._quickest = QUICK  # seconds, of the last group that was asked for
        self._is_closed = False

    def gather[T, R](self, ask: Callable[[T], R], items: Iterable[T]) -> list[R | SyncError]:
        """Ask for all items at once; an item's error is its result, so that one does not cost the others."""
        return [future.result() for future in self.begin(ask, items)]

    def begin[T, R](self, ask: Callable[[T], R], items: Iterable[T]) -> list[Future[R | SyncError]]:
        """The same without waiting for the answers."""
        waiting = deque[tuple[T, Future[Any]]]((item, Future()) for item in items)
        answers = [answer for _, answer in waiting]
        width = FEW if self._quickest < QUICK else self._threads
        self._quickest = QUICK
        for _ in range(min(width, len(waiting))):
            self._pool.submit(self._take_turns, ask, waiting)
        return answers

    def aside(self, work: Callable[[], None]) -> None:
        """Have something done that nobody waits for; what goes wrong with it is logged."""

        def guarded() -> None:
            try:
                work()
            except Exception:
                log.exception("work aside failed", **self._named)

        self._pool.submit(guarded)

    def close(self) -> None:
        """Wait for what is under way, and ask nothing more: whoever stopped or disconnected does not want it."""
        self._is_closed = True
        list(self._pool.map(lambda _: connection.close(), range(self._threads)))
        self._pool.shutdown()

    def _take_turns(self, ask: Callable[[Any], Any], waiting: deque[tuple[Any, Future[Any]]]) -> None:
        while waiting and not self._is_closed:
            try:
                item, answer = waiting.popleft()
            except IndexError:  # another thread was first
                return
            began = time.monotonic()
            found = self._attempt(ask, item)
            if not isinstance(found, SyncError):  # what fails at once says nothing of how long answers take
                self._quickest = min(self._quickest, time.monotonic() - began)
            answer.set_result(found)

    def _attempt[T, R](self, ask: Callable[[T], R], item: T) -> R | SyncError:
        try:
            return ask(item)
        except SyncError as error:
            return error
        except BaseException as error:
            # A fault of our own in one answer is no reason to stop, or to begin again for ever.
            log.exception("reading failed", **self._named)
            return Permanent("An internal error stopped the reading of this.", detail=type(error).__name__)
