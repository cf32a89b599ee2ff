"""Which failures are worth another attempt, and how long to wait before it."""

from collections.abc import Callable

from integrations.ghl.client.errors import ConnectionFailed, GhlError, MalformedAnswer, RateLimited, ServerError
from integrations.ghl.client.operations import Operation

MAX_ATTEMPTS = 5
PATIENCE = 60.0
"""Seconds that a call may be held back. Longer pauses go to the caller, who has better things to do."""

FIRST_DELAY = 0.5
LONGEST_DELAY = 20.0


def should_retry(error: GhlError, attempt: int, operation: Operation) -> str | None:
    """Why to try again after attempt number `attempt` (from 1), or None; the first rule that fits decides."""
    # Five attempts span about eight seconds: longer outages are the scheduler's business.
    if attempt >= MAX_ATTEMPTS:
        return None
    # It may have been carried out: a second create is a second record, and a second update may undo what somebody
    # did in between. The caller reads first.
    if operation.write and error.maybe_delivered:
        return None
    # Held back, never carried out, so it is safe for writes too.
    if isinstance(error, RateLimited):
        too_long = error.daily or (error.retry_after or 0.0) > PATIENCE
        return None if too_long else "rate limited"
    # The network forgot us; kept-alive connections that the server closed end here as well.
    if isinstance(error, ConnectionFailed):
        return "no answer"
    if isinstance(error, MalformedAnswer):
        return "unreadable answer"
    if isinstance(error, ServerError):
        return "server error"
    # Everything else is an answer: asking again gives the same one.
    return None


def delay(error: GhlError, attempt: int, rng: Callable[[], float]) -> float:
    """Seconds to wait before the next attempt. `rng` gives a number in [0, 1)."""
    backoff = jittered(min(FIRST_DELAY * 2 ** (attempt - 1), LONGEST_DELAY), rng)
    if isinstance(error, RateLimited) and error.retry_after is not None:
        # Jitter on top, never below: coming back early earns the next 429.
        return error.retry_after + backoff
    return backoff


def jittered(seconds: float, rng: Callable[[], float]) -> float:
    """Between half of it and all of it, so that threads which failed together do not return together."""
    return seconds * (0.5 + rng() / 2)
