"""Web requests that call another system: how long they may, how many at once, how often by one person.

A system that hangs would otherwise hold a web thread for each click on it until none is left for anybody else.
Commands and workers use none of this: they may wait.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from contextvars import Context, ContextVar
from threading import BoundedSemaphore, Thread

from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from integrations.security import throttle
from integrations.security.addresses import client_address, counted_as
from integrations.security.throttle import Rate

# For everything that one request asks: longer than a slow answer takes, shorter than a person's patience.
CAP_SECONDS = 6.0
# Web threads of one process that may be inside such calls, of four. Each of these calls usually takes 200 ms: so
# long the next one waits, which hardly anybody notices.
LANES = 2
MOMENT_SECONDS = 0.25
# A person's own; everybody behind one address shares three times as much.
RATE, RATE_OF_ADDRESS = Rate(10), Rate(30)

_lanes = BoundedSemaphore(LANES)


class Cap:
    """A deadline: `seconds` from when it was made, on a clock that never jumps."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._ends = clock() + seconds

    def left(self) -> float:
        """Seconds until it passes; 0 or less afterwards."""
        return self._ends - self._clock()


# The cap of the web request that something runs for; None in commands and workers.
CURRENT: ContextVar[Cap | None] = ContextVar("cap", default=None)


class Held(Exception):
    """The call was not made. `str()` says why and what to do."""

    def __init__(self, words: str, *, status: int, retry_after: int) -> None:
        super().__init__(words)
        self.status, self.retry_after = status, retry_after

    def marked[R: HttpResponse](self, answer: R) -> R:
        """The answer with the status of this, and when it is worth coming back."""
        answer.status_code = self.status
        answer["Retry-After"] = str(self.retry_after)
        return answer


@contextmanager
def capped(cap: Cap) -> Iterator[None]:
    """Everything that is asked in this block ends with the cap."""
    token = CURRENT.set(cap)
    try:
        yield
    finally:
        CURRENT.reset(token)


def finish[T](work: Callable[[], T], cap: Cap) -> T:
    """What `work` gives or raises, or TimeoutError once the cap has passed; its thread then goes on with it."""
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # noqa: BLE001  raised again where it is waited for
            outcome.set_exception(error)
        finally:
            connections.close_all()

    # An empty context: the cap of the request is not that of the work.
    Thread(target=Context().run, args=(run,)).start()
    return outcome.result(max(0.0, cap.left()))


@contextmanager
def lane(request: HttpRequest, act: str) -> Iterator[None]:
    """A turn to call out, with its cap. Raises Held, at once or after a moment, when there is none."""
    _count(request, act)
    with _turn(), capped(Cap(CAP_SECONDS)):
        yield


@contextmanager
def lane_or_silence(request: HttpRequest, act: str) -> Iterator[None]:
    """For what is done whether or not the other system hears of it: without a turn, calls fail unsent."""
    with ExitStack() as stack:
        try:
            stack.enter_context(lane(request, act))
        except Held:
            stack.enter_context(capped(Cap(0.0)))
        yield


def _count(request: HttpRequest, act: str) -> None:
    """Raises Held when a person, or all people of one address, did this too often."""
    address = counted_as(client_address(request))
    counted = [(f"person:{request.user.pk}", RATE)] if request.user.is_authenticated else []
    counted += [(f"address:{address}", RATE_OF_ADDRESS)] if address else []
    for who, rate in counted:
        if not throttle.allows(act, who, rate):
            raise Held(
                f"You asked GoHighLevel {rate.times} times within a minute. Nothing was changed. "
                "Try again in a minute.",
                status=429,
                retry_after=rate.seconds,
            )


@contextmanager
def _turn() -> Iterator[None]:
    if not _lanes.acquire(timeout=MOMENT_SECONDS):
        raise Held(
            "Other requests to GoHighLevel are under way. Nothing was changed. Try again in a few seconds.",
            status=503,
            retry_after=5,
        )
    try:
        yield
    finally:
        _lanes.release()


class CappedCallOuts:
    """Middleware: no view calls out without a cap, and a call that was held becomes a page that says so."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with capped(Cap(CAP_SECONDS)):
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, Held):
            return None
        return error.marked(render(request, "held.html", {"held": error}))
