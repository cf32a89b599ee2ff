"""Every way to end without a connection, as a table: what happened, what it means, what to do."""

from dataclasses import dataclass, replace
from enum import StrEnum

from integrations.ghl.client.errors import (
    ClientRefused,
    GhlError,
    NotActive,
    RateLimited,
    RouteUnknown,
    TokenRefused,
    VersionRefused,
)


class Next(StrEnum):
    """The one button of an outcome's page."""

    CONNECT = "connect"  # start again
    RELOAD = "reload"  # send the same answer once more
    CLAIM = "claim"
    HOME = "home"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A page of words. `status` is its HTTP status; none of them shows or stores a code or a token."""

    key: str
    status: int
    title: str
    text: str
    next: Next = Next.CONNECT
    detail: str = ""  # GHL's own words, scrubbed, behind "Details"

    def because(self, error: Exception) -> "Outcome":
        """The same with the provider's own words."""
        return replace(self, detail=getattr(error, "detail", "") or str(error))

    def without(self, secret: str) -> "Outcome":
        """The same with a secret taken out of the provider's own words."""
        return replace(self, detail=self.detail.replace(secret, "[code]"))

    def saying(self, **words: str) -> "Outcome":
        """The same with the names filled in."""
        return replace(self, title=self.title.format(**words), text=self.text.format(**words))


class Halt(Exception):
    """Stop here and show this outcome."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.key)
        self.outcome = outcome


DENIED = Outcome(
    "denied",
    403,
    "Access was declined in GHL",
    "Nothing was connected and nothing was stored. Start again when somebody who may approve it is at hand.",
)
REFUSED = Outcome(
    "refused",
    400,
    "GHL sent an error instead of an approval",
    "Nothing was stored. Start again; if it comes back, compare the app's redirect address and scopes in GHL's "
    "marketplace with the connect page.",
)
NO_CODE = Outcome(
    "no_code",
    400,
    "GHL's answer has no code in it",
    "Without the code there is nothing to exchange, and nothing was stored. Start again from the connect page.",
)
STATE_UNKNOWN = Outcome(
    "state_unknown",
    400,
    "This answer was not asked for here",
    "The request does not belong to this browser's session: it was forged, or you signed in again meanwhile. "
    "Nothing was stored. Sign in and start again.",
)
STATE_USED = Outcome(
    "state_used",
    409,
    "This answer was used already",
    "Each approval works once, and this one arrived before. Nothing was stored now. If the account is not on the "
    "connections page, start again.",
)
STATE_EXPIRED = Outcome(
    "state_expired",
    400,
    "The approval took longer than 10 minutes",
    "The request has expired, so its answer is not accepted. Nothing was stored. Start again.",
)
NOT_ALLOWED = Outcome(
    "not_allowed",
    403,
    "You may not connect this account",
    "Only an admin of the workspace can reconnect it, and only an installation admin can add one. Nothing was "
    "stored.",
    Next.HOME,
)
NOT_CONFIGURED = Outcome(
    "not_configured",
    503,
    "This installation is not registered with GHL",
    "GHL_CLIENT_ID and GHL_CLIENT_SECRET are not set, so the code cannot be exchanged. Nothing was stored. "
    "Whoever runs the server sets both, then start again.",
)
CODE_VOID = Outcome(
    "code_void",
    400,
    "GHL does not accept this code",
    "A code works once and for a few minutes only: this one has expired, was used before, or was never given out. "
    "Nothing was stored. Start again for a new one.",
)
BAD_CLIENT = Outcome(
    "bad_client",
    502,
    "GHL does not accept this installation's credentials",
    "GHL_CLIENT_ID or GHL_CLIENT_SECRET is wrong. Nothing was stored. Whoever runs the server compares both with "
    "the app in GHL's marketplace, then start again.",
)
BAD_REDIRECT = Outcome(
    "bad_redirect",
    502,
    "GHL does not accept the redirect address",
    "The address must be registered with the app letter by letter; the connect page shows it to copy. Nothing was "
    "stored. Register it, then start again.",
)
MISCONFIGURED = Outcome(
    "misconfigured",
    502,
    "GHL does not know this request",
    "GHL_API_BASE_URL or GHL_API_GENERATION does not fit. Nothing was stored. Correct them, then start again.",
)
NOT_REACHED = Outcome(
    "not_reached",
    502,
    "GHL could not be reached",
    "Your approval is very likely still good for a few minutes. Nothing was stored. Wait a moment and try again.",
    Next.RELOAD,
)
NOT_ACTIVE = Outcome(
    "not_active",
    409,
    "This sub-account is not active in GoHighLevel",
    "GoHighLevel suspended it, or its agency. Nothing was stored. Start again when it is active.",
)
BUSY = Outcome(
    "busy",
    429,
    "GHL is asked too much at the moment",
    "Too many requests for new accounts went to GHL at once. Nothing was stored, and your approval is very likely "
    "still good. Wait a minute and try again.",
    Next.RELOAD,
)
TOO_MANY = Outcome(
    "too_many",
    429,
    "Too many installs at once",
    "The code was not used and nothing was stored. Open the link again in a minute.",
    Next.RELOAD,
)
OTHER_LOCATION = Outcome(
    "other_location",
    409,
    "You signed in to {other}",
    "You signed in to {other}. Sign in to {wanted} to reconnect it. Nothing was stored or changed.",
)
NOT_CONNECTED = Outcome(
    "not_connected",
    502,
    "The account was not connected",
    "{reason} Nothing was stored. Start again.",
)
PARKED = Outcome(
    "parked",
    202,
    "The app was installed. An admin must claim it",
    "The installation did not start here, so it is not attached to anybody. An installation admin signs in and "
    "claims it on the connections page within 7 days; then its first sync starts.",
    Next.CLAIM,
)


def of_exchange(error: GhlError) -> Outcome:
    """What a failed code exchange means for the person who waits for it."""
    if isinstance(error, ClientRefused):
        return BAD_CLIENT.because(error)
    if isinstance(error, TokenRefused):
        # The token endpoint gives one status for everything; its texts are seen ones, not specified.
        return (BAD_REDIRECT if "redirect" in error.message.casefold() else CODE_VOID).because(error)
    if isinstance(error, NotActive):
        return NOT_ACTIVE.because(error)
    if isinstance(error, VersionRefused | RouteUnknown):
        return MISCONFIGURED.because(error)
    return (BUSY if isinstance(error, RateLimited) else NOT_REACHED).because(error)
