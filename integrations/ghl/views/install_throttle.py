"""Lets strangers' installs through a few at a time, so that codes made up by the dozen cannot stop the site."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Semaphore

from django.http import HttpRequest

from integrations.ghl import outcomes
from integrations.ghl.outcomes import Halt
from integrations.security import callouts, throttle
from integrations.security.addresses import client_address, counted_as
from integrations.security.throttle import Rate

# Nobody installs an app by hand faster than this.
RATE, RATE_OF_ALL = Rate(5), Rate(20)
# Of the lanes for calls, strangers hold one at most.
_turn = Semaphore(1)


@contextmanager
def one_at_a_time(request: HttpRequest) -> Iterator[None]:
    """The one turn of strangers in this process, or Halt at once: a web thread never queues for it."""
    if not _turn.acquire(blocking=False):
        raise Halt(outcomes.TOO_MANY)
    try:
        if not (_allows(counted_as(client_address(request)), RATE) and _allows("everybody", RATE_OF_ALL)):
            raise Halt(outcomes.TOO_MANY)
        with callouts.lane(request, "install"):
            yield
    finally:
        _turn.release()


def _allows(who: str, rate: Rate) -> bool:
    return throttle.allows("stranger", who, rate)
