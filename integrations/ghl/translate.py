"""The one translation of the client's errors, named by cause, into the engine's, named by what recovers."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from integrations.connections import ports
from integrations.connections.ports import Outcome
from integrations.ghl.client import errors as ghl
from integrations.security.crypto import SecretUnreadableError

UNREADABLE = (
    "The stored sign-in cannot be read with the keys in SECRETS_KEYS. "
    "Put the old key back, or reconnect this account."
)


class Unreadable(ports.AuthLost):
    """The keys of this process do not fit. With the right ones the same sign-in works, so nothing is marked."""

    def __init__(self, words: str = UNREADABLE) -> None:
        super().__init__(words)


# Ordered: the first row whose class fits decides, so special cases stand above what they are cases of.
TABLE: tuple[tuple[type[ghl.GhlError], type[ports.SyncError], str], ...] = (
    (ghl.TokenRejected, ports.AuthLost, "GHL no longer accepts the sign-in. Reconnect this account."),
    (
        ghl.ClientRefused,
        ports.Transient,
        "GoHighLevel does not accept GHL_CLIENT_ID and GHL_CLIENT_SECRET. Compare both with the app in GHL's "
        "marketplace.",
    ),
    (ghl.TokenRefused, ports.AuthLost, "GHL refused to renew the sign-in. Reconnect this account."),
    (ghl.TokenExpired, ports.AuthLost, "GHL does not accept the sign-in, even renewed. Reconnect this account."),
    (ghl.ScopeMissing, ports.NotPermitted, "GHL does not allow this connection to read or change this."),
    (
        ghl.WrongTokenClass,
        ports.NotPermitted,
        "This is an agency's token; a sub-account's is needed. Reconnect it.",
    ),
    (ghl.WrongLocation, ports.NotPermitted, "The token belongs to another sub-account. Reconnect this one."),
    (ghl.VersionRefused, ports.Permanent, "GHL refused the API version. Check GHL_API_GENERATION."),
    (ghl.Unauthorized, ports.NotPermitted, "GHL does not allow this."),
    (ghl.NotFound, ports.Absent, "GHL does not have this record (any more)."),
    (ghl.RouteUnknown, ports.Permanent, "GHL does not know this address. Check GHL_API_BASE_URL."),
    (
        ghl.NotActive,
        ports.Transient,
        "GoHighLevel says that this sub-account is not active. Syncing goes on when it is.",
    ),
    (ghl.Timeout, ports.Transient, "GHL did not answer in time."),
    (ghl.ConnectionFailed, ports.Transient, "GHL could not be reached."),
    (ghl.MalformedAnswer, ports.Transient, "GHL's answer could not be read."),
    (ghl.ServerError, ports.Transient, "GHL had a fault of its own."),
    (ghl.GhlError, ports.Permanent, "GHL refused the request."),
)


OUTCOMES = {
    ports.Absent: Outcome.ABSENT,
    ports.AuthLost: Outcome.AUTH_LOST,
    ports.NotPermitted: Outcome.NOT_PERMITTED,
    ports.Transient: Outcome.TRANSIENT,
    ports.Permanent: Outcome.PERMANENT,
}


@cache
def outcome(name: str) -> Outcome:
    """How an attempt went, from what the client calls it: "ok", or the name of its error."""
    if name == "ok":
        return Outcome.OK
    cause = getattr(ghl, name, None)
    if cause is None:
        return Outcome.INTERRUPTED
    if cause is ghl.RateLimited:
        return Outcome.RATE_LIMITED
    return OUTCOMES[next(meaning for row, meaning, _ in TABLE if issubclass(cause, row))]


@contextmanager
def translated() -> Iterator[None]:
    """Let errors of the client and of our keys leave the block as the engine's; GHL's words go into `detail`."""
    try:
        yield
    except SecretUnreadableError as error:
        raise Unreadable from error
    except ghl.GhlError as error:
        raise sync_error(error) from error


def sync_error(error: ghl.GhlError) -> ports.SyncError:
    """What the engine calls it. `str(error)` of the client is scrubbed and safe to keep."""
    if isinstance(error, ghl.RateLimited):
        words = "The day's request budget is spent." if error.daily else "GHL asked us to slow down."
        return ports.RateLimited(
            words, retry_after=error.retry_after or 30.0, daily=error.daily, detail=str(error)
        )
    if isinstance(error, ghl.OutOfTime):
        return ports.Transient(f"GoHighLevel did not answer within {error.seconds:g} seconds.", detail=str(error))
    for cause, meaning, words in TABLE:
        if isinstance(error, cause):
            return meaning(words, detail=str(error))
    return ports.Permanent("GHL refused the request.", detail=str(error))
