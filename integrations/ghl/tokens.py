"""Access tokens that are always fit for use: refreshed early, by one process at a time, and never lost.

A refresh token works once. Whoever finds a token stale claims the row by a conditional update, refreshes, and
stores both tokens in one statement; everybody else waits for the row to change. The claim is a lease and not an
open transaction: the call can take seconds, and an open write transaction would stop every writer of an embedded
SQLite for as long. A holder that dies is followed by the next one after the lease, with the same refresh token,
which GHL answers with the same new one for 30 seconds; each attempt extends the lease, and none lasts that long.
Limit: whoever dies between GHL's answer and our commit, with nobody following in time, has to connect again.
"""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from integrations.connections.models import Connection
from integrations.connections.ports import Lane
from integrations.ghl.adapter import ATTEMPT_SECONDS, CallLog, new_client, sync_error
from integrations.ghl.client.dependencies import CallRecord
from integrations.ghl.client.errors import ClientRefused, GhlError, OutOfTime, TokenRefused, TokenRejected
from integrations.ghl.client.token_set import TokenSet
from integrations.ghl.models import EARLY, Agency, Credential, Location, ParkedInstall
from integrations.security import callouts
from integrations.security.crypto import SecretUnreadableError
from integrations.sync import calls, lifecycle

POLL_SECONDS = 0.05
# How long one process may refresh. An attempt takes half of it; both are well inside GHL's 30 seconds.
LEASE = timedelta(seconds=20)
TOKEN_FIELDS = ("access_token", "refresh_token", "expires_at", "scopes", "refreshed_at", "refreshing_until")


class StoredToken:
    """`Auth` on a stored credential; one instance may serve many threads."""

    renews = True

    def __init__(self, holder: type[Credential], pk: int) -> None:
        self._holder: Any = holder
        self._pk = pk
        self._row: Any = None
        self._lock = threading.Lock()

    def token(self) -> str:
        """The access token, refreshed first when it is about to expire."""
        with self._lock:
            if self._row is None:
                self._row = _current(self._holder, self._pk)
            if not self._row.is_stale(timezone.now()):
                return str(self._row.access_token)
        return self.refresh(self._row.access_token)

    def refresh(self, stale: str) -> str:
        """A token other than the stale one; found renewed already, or renewed here."""
        with self._lock:
            self._row = renewed(self._holder, self._pk, stale)
            return str(self._row.access_token)


def renewed(holder: Any, pk: int, stale: str, *, sleep: Callable[[float], None] = time.sleep) -> Any:
    """The row with a token that is not `stale`. Exactly one process refreshes; the others wait for its result.

    A web request waits no longer than its cap. Raises TokenRejected when a person must connect again; any other
    GhlError may pass. SecretUnreadableError: this process lacks the key of the row, or of the agency behind it.
    """
    cap = callouts.CURRENT.get()
    while True:
        row = _current(holder, pk)
        if row.access_token != stale and not row.is_stale(timezone.now()):
            return row
        if row.access_token == stale and isinstance(row, Location) and row.kind == Location.Kind.PRIVATE:
            raise _lost(row, TokenRejected("the private integration token is no longer accepted"))
        if _claim(row):
            return _refresh_within(cap, row)
        if cap is not None and cap.left() <= 0:
            raise _out_of_time(cap)
        sleep(POLL_SECONDS)


def _current(holder: Any, pk: int) -> Any:
    row = holder.objects.get(pk=pk)
    if not row.has_token:
        raise TokenRejected("the stored credentials were wiped")
    return row


def _claim(row: Any) -> bool:
    """Whether this process is the one that refreshes it."""
    now = timezone.now()
    free = Q(refreshing_until=None) | Q(refreshing_until__lt=now)
    # The old refresh time is part of the claim: who read the row before a finished refresh must read again.
    claim = type(row).objects.filter(free, pk=row.pk, refreshed_at=row.refreshed_at)
    return bool(claim.update(refreshing_until=now + LEASE))


def _refresh_within(cap: callouts.Cap | None, row: Any) -> Any:
    """Refresh to the end, and wait for it no longer than the cap.

    Never cut short: GHL repeats an answer that nobody took for 30 seconds only, and after that the account would
    have to be connected again.
    """
    if cap is None:
        return _refresh(row)
    try:
        return callouts.finish(partial(_refresh, row), cap)
    except TimeoutError:
        raise _out_of_time(cap) from None


def _out_of_time(cap: callouts.Cap) -> OutOfTime:
    return OutOfTime(seconds=cap.seconds, sent=True, operation="token")


def _refresh(row: Any) -> Any:
    try:
        tokens = _ask(row)
    except (TokenRefused, TokenRejected) as error:
        if not _release(row):
            return _current(type(row), row.pk)  # slower than another holder, whose answer is as good as ours
        raise _lost(row, error) from error
    except (GhlError, SecretUnreadableError):
        _release(row)
        raise
    return row if _store_if_held(row, tokens) else _current(type(row), row.pk)


def _held(row: Any) -> Any:
    """The row as a query that finds it only while nobody renewed, replaced or revoked it since the claim."""
    query = type(row).objects.filter(pk=row.pk, refreshed_at=row.refreshed_at)
    # Credentials that were given up must not come back with the answer to a refresh that was under way.
    return query.exclude(connection__state__in=Connection.ENDED) if isinstance(row, Location) else query


def _release(row: Any) -> bool:
    return bool(_held(row).update(refreshing_until=None))


def _store_if_held(row: Any, tokens: TokenSet) -> bool:
    held = _held(row)
    take_over(row, tokens)
    return bool(held.update(**{name: getattr(row, name) for name in TOKEN_FIELDS}))


def _ask(row: Any) -> TokenSet:
    """New tokens by the row's own refresh token; a location's may also be minted from its agency's."""
    agency = getattr(row, "agency", None)
    if row.refresh_token:
        try:
            return refresh_once(row)
        except (TokenRefused, ClientRefused):
            if agency is None:
                raise
    if agency is None:
        raise TokenRejected("there is no refresh token to renew it with")
    log = CallLog(Lane.PERSON)
    try:
        return mint(agency, row.location_id, on_call=log)
    finally:
        calls.keep_of([log], row.connection_id)


def refresh_once(row: Any) -> TokenSet:
    """One refresh call (repeated with the same token when the answer is lost, holding the lease meanwhile)."""
    log = CallLog(Lane.PERSON)

    def on_call(record: CallRecord) -> None:
        log(record)
        _held(row).update(refreshing_until=timezone.now() + LEASE)

    client = new_client(f"token:{row.pk}", timeout=min(settings.GHL_TIMEOUT, ATTEMPT_SECONDS), on_call=on_call)
    try:
        return client.oauth.refresh(
            refresh_token=row.refresh_token,
            client_id=settings.GHL_CLIENT_ID,
            client_secret=settings.GHL_CLIENT_SECRET,
            user_type="Company" if _is_company(row) else "Location",
        )
    finally:
        if isinstance(row, Location):  # an agency's tokens belong to no connection
            calls.keep_of([log], row.connection_id)


def _is_company(row: Any) -> bool:
    return isinstance(row, Agency) or (isinstance(row, ParkedInstall) and row.user_type == "Company")


def mint(agency: Agency, location_id: str, *, on_call: CallLog | None = None) -> TokenSet:
    """A location's token from the agency's."""
    client = new_client(f"company:{agency.company_id}", StoredToken(Agency, agency.pk), on_call=on_call)
    return client.oauth.location_token(agency.company_id, location_id)


def take_over(row: Credential, tokens: TokenSet) -> None:
    """Put an answer's tokens on a row, unsaved. Nothing that the row held is read."""
    now = timezone.now()
    row.access_token = tokens.access_token
    # An answer without a refresh token leaves the one before, unless the agency renews it or nobody can read it.
    keeps = getattr(row, "agency", None) is None and row.can_read("refresh_token")
    if tokens.refresh_token or not keeps:
        row.refresh_token = tokens.refresh_token or ""
    row.expires_at = now + timedelta(seconds=tokens.expires_in)
    if row.expires_at <= now + EARLY:
        # A lifetime shorter than our margin would be refreshed on every call.
        row.expires_at = now + EARLY + timedelta(seconds=tokens.expires_in)
    # Minted tokens may carry more scopes than asked for; an answer without scopes changes nothing.
    row.scopes = list(tokens.scopes) or row.scopes
    row.refreshed_at = now
    row.refreshing_until = None


def _lost(row: Any, error: GhlError) -> TokenRejected:
    """Write down that a person must act, once, with the time it began."""
    if isinstance(row, Location):
        said = sync_error(error)
        lifecycle.broken(row.connection_id, str(said), timezone.now(), detail=said.detail)
    return TokenRejected(error.message, status=error.status, trace_id=error.trace_id)
