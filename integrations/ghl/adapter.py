"""The client as the engine uses it: made from settings, its calls and its errors told in the engine's words.

The client names errors by their cause, the engine by what recovers from them.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache, lru_cache
from typing import Any, cast

from django.conf import settings
from django.utils import timezone

from integrations.connections import ports
from integrations.connections.ports import Call, Lane, Outcome
from integrations.ghl import doubts
from integrations.ghl.budget import BUCKET
from integrations.ghl.client import errors as ghl
from integrations.ghl.client.api import Client
from integrations.ghl.client.dependencies import Auth, CallRecord
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
        self.clock_offset = 0.0  # seconds that their clock was ahead of ours, in the latest answer
        self._lane = lane
        self._made: list[tuple[CallRecord, float]] = []  # with the time at which each had ended
        self._lock = threading.Lock()

    def __call__(self, record: CallRecord) -> None:
        with self._lock:
            self.count += 1
            self._made.append((record, time.time()))
            self.clock_offset = _ahead(record.date, time.time(), self.clock_offset)

    def take_calls(self) -> list[Call]:
        with self._lock:
            taken, self._made = self._made, []
        return [_call(record, ended, self._lane) for record, ended in taken]


def _ahead(date: str, now: float, before: float) -> float:
    try:
        return _moment(date) - now
    except ValueError:  # an answer without a date, or none at all
        return before


@lru_cache(maxsize=1)
def _moment(date: str) -> float:
    """Many answers come within a second."""
    return parsedate_to_datetime(date).timestamp()


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
    (ghl.TokenRejected, ports.AuthLost, "GoHighLevel no longer accepts the sign-in. Reconnect this account."),
    (
        ghl.ClientRefused,
        ports.Transient,
        "GoHighLevel does not accept GHL_CLIENT_ID and GHL_CLIENT_SECRET. Compare both with the app in GHL's "
        "marketplace.",
    ),
    (ghl.TokenRefused, ports.AuthLost, "GoHighLevel refused to renew the sign-in. Reconnect this account."),
    (ghl.TokenDoubted, ports.AuthDoubted, "GoHighLevel did not accept the sign-in this time. Trying again."),
    (
        ghl.TokenExpired,
        ports.AuthLost,
        "GoHighLevel rejected the sign-in, even after renewing it. Reconnect this account.",
    ),
    (ghl.ScopeMissing, ports.NotPermitted, "GoHighLevel does not allow this connection to read or change this."),
    (
        ghl.WrongTokenClass,
        ports.NotPermitted,
        "This is an agency's token; a sub-account's is needed. Reconnect it.",
    ),
    (ghl.WrongLocation, ports.NotPermitted, "The token belongs to another sub-account. Reconnect this one."),
    (ghl.VersionRefused, ports.Permanent, "GoHighLevel rejected the API version. Check GHL_API_GENERATION."),
    (ghl.Unauthorized, ports.NotPermitted, "GoHighLevel does not allow this."),
    (ghl.NotFound, ports.Absent, "GoHighLevel does not have this record any more."),
    (ghl.RouteUnknown, ports.Permanent, "GoHighLevel does not know this address. Check GHL_API_BASE_URL."),
    (
        ghl.NotActive,
        ports.Transient,
        "GoHighLevel says that this sub-account is not active. Syncing continues when it is.",
    ),
    (ghl.Timeout, ports.Transient, "GoHighLevel did not answer in time."),
    (ghl.ConnectionFailed, ports.Transient, "GoHighLevel could not be reached."),
    (ghl.MalformedAnswer, ports.Transient, "GoHighLevel's answer could not be read."),
    (ghl.ServerError, ports.Transient, "GoHighLevel has a problem."),
    (ghl.GhlError, ports.Permanent, "GoHighLevel rejected the request."),
)

# What a person mends by choosing anew, and in which field.
UNFIT: tuple[tuple[type[ghl.GhlError], str, str], ...] = (
    (ghl.SlotTaken, "start_at", "This time is no longer free in GoHighLevel. Choose another one."),
    (ghl.NotInTeam, "owner_remote_id", "This owner is not in the calendar's team in GoHighLevel. Choose another."),
)


OUTCOMES = {
    ports.Absent: Outcome.ABSENT,
    ports.AuthLost: Outcome.AUTH_LOST,
    ports.AuthDoubted: Outcome.AUTH_LOST,
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
        words = "The request budget of today is used up." if error.daily else "GoHighLevel asked us to slow down."
        return ports.RateLimited(
            words, retry_after=error.retry_after or 30.0, daily=error.daily, detail=str(error)
        )
    if isinstance(error, ghl.OutOfTime):
        words = f"GoHighLevel did not answer within {error.seconds:g} seconds."
        return ports.Transient(words, detail=str(error), maybe_delivered=error.maybe_delivered)
    if isinstance(error, ghl.Forbidden):
        return ports.NotPermitted("GoHighLevel does not allow this.", detail=str(error), is_certain=False)
    if isinstance(error, ghl.Duplicate) and error.meta.get("contactId"):
        return _duplicate(error)
    for cause, field, words in UNFIT:
        if isinstance(error, cause):
            return ports.Unfit(words, field=field, detail=str(error))
    for cause, meaning, words in TABLE:
        if isinstance(error, cause):
            return _meant(meaning, words, error)
    return ports.Permanent("GoHighLevel rejected the request.", detail=str(error))


def _duplicate(error: ghl.Duplicate) -> ports.Duplicate:
    known = {"email": "email", "phone": "phone number"}
    field = found if (found := str(error.meta.get("matchingField"))) in known else ""
    words = f"Another contact in GoHighLevel has this {known.get(field, 'email or phone number')} already."
    remote_id = str(error.meta["contactId"])
    return ports.Duplicate(words, remote_id=remote_id, field=field, detail=str(error))


def _meant(meaning: type[ports.SyncError], words: str, error: ghl.GhlError) -> ports.SyncError:
    if meaning is ports.Transient:
        was_answered = isinstance(error, ghl.ServerError)
        maybe = error.maybe_delivered
        return ports.Transient(words, detail=str(error), maybe_delivered=maybe, was_answered=was_answered)
    if isinstance(error, ghl.ScopeMissing):
        granting = f"with the scope {error.scope}" if error.scope else "and grant every scope"
        remedy = f"An admin can reconnect this account {granting}."
        return ports.NotPermitted(words, detail=str(error), remedy=remedy)
    return meaning(words, detail=str(error))


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
    except ports.AuthDoubted as error:
        if not doubts.has_lasted(location, timezone.now()):
            raise
        lifecycle.broken(location.connection_id, doubts.LASTING, timezone.now(), detail=error.detail)
        raise ports.AuthLost(doubts.LASTING, detail=error.detail) from error
    except ports.AuthLost as error:
        doubts.forget(location)
        lifecycle.broken(location.connection_id, str(error), timezone.now(), detail=error.detail)
        raise
    else:
        if location.doubted_at and doubts.forget(location):
            lifecycle.healed(location.connection_id, timezone.now())
