"""Lets strangers' installs through a few at a time, so that codes made up by the dozen cannot stop the site."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Semaphore

from allauth.core.internal.ratelimit import consume
from django.http import HttpRequest

from integrations.ghl import outcomes
from integrations.ghl.outcomes import Halt

# Nobody installs an app by hand faster than this.
RATES = {"install": "5/m/ip,20/m/key"}
# An exchange with a GHL that hangs holds a web thread for seconds; a second one at once would hold two.
_turn = Semaphore(1)


@contextmanager
def turn(request: HttpRequest) -> Iterator[None]:
    """The one turn of this process, or Halt at once: a web thread never queues for it.

    Limit: the counts lie in the cache; whoever empties it grants another five.
    """
    if not _turn.acquire(blocking=False):
        raise Halt(outcomes.TOO_MANY)
    try:
        # Internal to allauth, whose public twin counts no GET; it knows the address that a proxy saw.
        if not consume(request, app="ghl", action="install", config=RATES, key="all", limit_get=True):
            raise Halt(outcomes.TOO_MANY)
        yield
    finally:
        _turn.release()
