"""The client as the engine uses it: made from settings, its calls and its errors told in the engine's words.

The client names errors by their cause, the engine by what recovers from them.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast

from django.conf import settings
from django.utils import timezone

from integrations.connections import ports
from integrations.connections.ports import Call, Lane, Outcome
from integrations.ghl.budget import BUCKET
from integrations.ghl.client import errors as ghl
from integrations.ghl.client.api import CallRecord, Client
from integrations.ghl.client.dependencies import Auth
from integrations.ghl.client.operations import Generation
from integrations.ghl.client.transport import PooledTransport, Transport
from integrations.ghl.models import Location
from integrations.security import callouts
from integrations.security.crypto import SecretUnreadableError
from integrations.sync import lifecycle

UNREADABLE = (
    "The stored sign-in cannot be read with the keys in SECRETS_KEYS. "
    "Put the old key back, or reconnect this account."
)
# One attempt of a call that a person waits for.
ATTEMPT_SECONDS = 10.0


def new_client(
    key: str,
    auth: Auth | None = None,
    *,
    lane: Lane = Lane.PERSON,
    transport: Transport | None = None,
    timeout: float | None = None,
    **hooks: Any,
) -> Client:
    """A client on the budget named by `key`; in a web request it ends with the cap of the request. Seconds."""
    return Client(
        base_url=settings.GHL_API_BASE_URL,
        transport=transport or PooledTransport(),
        bucket=BUCKET,
        key=key,
        auth=auth,
        generation=cast(Generation, settings.GHL_API_GENERATION),
        lane=lane,
        deadline=callouts.CURRENT.get(),
        # A person does not wait half a minute, and must not keep others waiting behind them.
        timeout=timeout
        or (settings.GHL_TIMEOUT if lane == Lane.BULK else min(settings.GHL_TIMEOUT, ATTEMPT_SECONDS)),
        **hooks,
    )


class CallLog:
    """For `Client.on_call`; `Caller` of the engine. Safe to use from any thread."""

    def __init__(self, lane: Lane) -> None:
        self.count = 0
        self._lane = lane
        self._made: list[tuple[CallRecord, float]] = []  # with the time at which each had ended
        self._lock = threading.Lock()

    def __call__(self, record: CallRecord) -> None:
        with self._lock:
            self.count += 1
            self._made.append((record, time.time()))

    def take_calls(self) -> list[Call]:
        with self._lock:
            taken, self._made = self._made, []
        return [_call(record, ended, self._lane) for record, ended in taken]


def _call(record: CallRecord, ended: float, lane: Lane) -> Call:
    return Call(
        operation=record.operation,
        at=datetime.fromtimestamp(ended - record.ms / 1000, UTC),
        ms=round(record.ms),
        attempt=record.attempt,
        outcome=outcome(record.outcome),
        lane=lane,
        status=record.status,
        burst_left=record.remaining,
        day_left=record.daily_remaining,
        trace=record.trace_id or "",
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


@contextmanager
def using(location: Location) -> Iterator[None]:
    """For calls with a sub-account's credentials: errors leave as the engine's, and lost credentials are noted.

    Whatever the way they were lost, the next sync must not knock again at a door that only a person can open. What
    this process has no key for is not lost: other processes may have it, and it may be put back.
    """
    try:
        with translated():
            yield
    except Unreadable:
        raise
    except ports.AuthLost as error:
        lifecycle.broken(location.connection_id, str(error), timezone.now())
        raise
