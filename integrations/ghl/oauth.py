"""The browser's part of OAuth: where it is sent, the state that must come back, and the exchange of the code."""

import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.urls import reverse

from integrations.ghl import scopes
from integrations.ghl.adapter import ATTEMPT_SECONDS, new_client
from integrations.ghl.client.token_set import TokenSet

SESSION_KEY = "ghl_oauth"
LIFETIME = timedelta(minutes=10)
# Several tabs may connect at once; a session that is asked to start for ever must not grow for ever.
KEPT = 8


@dataclass(frozen=True, slots=True)
class Intent:
    """What somebody set out to do, kept in their session while they are at GHL."""

    user_id: int
    started_at: float  # Unix time
    wants_write: bool = False
    workspace_id: int | None = None  # the workspace to reconnect; None connects whatever is chosen
    is_used: bool = False


class StateUnknown(Exception):
    """No such state was given out to this session: forged, or the session ended meanwhile."""


class StateUsed(Exception):
    """The state came back once already."""


class StateExpired(Exception):
    """The state is older than ten minutes."""


def is_configured() -> bool:
    """Whether this installation is registered as an app with GHL."""
    return bool(settings.GHL_CLIENT_ID and settings.GHL_CLIENT_SECRET)


def redirect_uri(build_absolute_uri: Callable[[str], str]) -> str:
    """The address GHL sends the browser back to; it must be registered there letter by letter."""
    return settings.GHL_REDIRECT_URI or build_absolute_uri(reverse("ghl:callback"))


def authorize_url(*, redirect_uri: str, state: str, write: bool, agency: bool = False) -> str:
    """The consent page, with what is asked for. https://marketplace.gohighlevel.com/docs/Authorization/Scopes"""
    # Loaded by the few who connect an account: it is a tenth of the start of every process.
    from requests_oauthlib import OAuth2Session

    asked = scopes.asked(write=write, agency=agency)
    session = OAuth2Session(settings.GHL_CLIENT_ID, redirect_uri=redirect_uri, scope=asked)
    scheme, _, rest = settings.GHL_AUTHORIZE_URL.partition("://")
    # The library refuses plain http, and its switch for that counts for the whole process. Our settings allow
    # http on loopback only, so the scheme is put back afterwards.
    extra = {"version_id": settings.GHL_VERSION_ID, "loginWindowOpenMode": "self"}
    url, _ = session.authorization_url(f"https://{rest}", state=state, **{k: v for k, v in extra.items() if v})
    return scheme + str(url).removeprefix("https")


def begin(session: SessionBase, intent: Intent) -> str:
    """Remember an intent under a new random state, and return the state."""
    state = secrets.token_urlsafe(32)
    known = list(session.get(SESSION_KEY, {}).items())[1 - KEPT :]
    session[SESSION_KEY] = dict(known) | {state: asdict(intent)}
    return state


def take(session: SessionBase, state: str, *, user_id: int | None, now: datetime) -> Intent:
    """The intent of a state, for once. Raises StateUnknown, StateUsed or StateExpired.

    Limit: two requests of one moment may both take it, because a session is not locked; the code that comes with
    it works only once.
    """
    kept = session.get(SESSION_KEY, {}).get(state)
    if kept is None or kept["user_id"] != user_id:
        raise StateUnknown
    intent = Intent(**kept)
    if intent.is_used:
        raise StateUsed
    _mark(session, state, used=True)
    if now.timestamp() - intent.started_at > LIFETIME.total_seconds():
        raise StateExpired
    return intent


def workspace_of(session: SessionBase, state: str) -> int | None:
    """The workspace that a state was given out for, used or not; so that "Start again" starts the same."""
    workspace_id: int | None = session.get(SESSION_KEY, {}).get(state, {}).get("workspace_id")
    return workspace_id


def give_back(session: SessionBase, state: str) -> None:
    """Let a state be used again: GHL was not reached, so its code is very likely still good."""
    _mark(session, state, used=False)


def _mark(session: SessionBase, state: str, *, used: bool) -> None:
    known = session[SESSION_KEY]
    session[SESSION_KEY] = known | {state: known[state] | {"is_used": used}}
    session.save()  # now, not after the answer: a second request must find it used while this one still works


def exchange(code: str, *, redirect_uri: str, budget: str = "oauth", attempts: int = 2) -> TokenSet:
    """Trade a code for tokens. Raises TokenRefused when it is void, any other GhlError when nothing is known.

    A page waits for it on one of few web threads: at most `attempts`, each of ATTEMPT_SECONDS, and never a pause
    for `budget` or after a 429; those raise RateLimited. Asks for a Location's token; who approved as an agency
    gets a Company's all the same: look at `user_type`.
    """
    client = new_client(budget, timeout=attempt_seconds(), attempts=attempts, patience=0.0)
    return client.oauth.exchange(
        code=code,
        client_id=settings.GHL_CLIENT_ID,
        client_secret=settings.GHL_CLIENT_SECRET,
        redirect_uri=redirect_uri,
    )


def attempt_seconds() -> float:
    """How long one attempt may take: less than a sync would give it."""
    return min(settings.GHL_TIMEOUT, ATTEMPT_SECONDS)
