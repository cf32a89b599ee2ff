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
    "You declined access in GoHighLevel",
    "Nothing was saved. Try again with someone who can approve it.",
)
REFUSED = Outcome(
    "refused",
    400,
    "GoHighLevel sent an error instead of an approval",
    "Nothing was saved. Start again. If it happens again, compare the app's redirect address and scopes in "
    "GHL's marketplace with the connect page.",
)
NO_CODE = Outcome(
    "no_code",
    400,
    "GoHighLevel's answer has no code in it",
    "The account can't be connected without it. Nothing was saved. Start again from the connect page.",
)
STATE_UNKNOWN = Outcome(
    "state_unknown",
    400,
    "This sign-in link isn't valid any more",
    "It belongs to another sign-in in this browser, or didn't start here. Nothing was saved. "
    "Please sign in and start again.",
)
STATE_USED = Outcome(
    "state_used",
    409,
    "This sign-in link was used already",
    "Each approval works once. If the account isn't on the connections page, start again.",
)
STATE_EXPIRED = Outcome(
    "state_expired",
    400,
    "The approval took longer than 10 minutes",
    "It isn't valid any more. Nothing was saved. Please start again.",
)
NOT_ALLOWED = Outcome(
    "not_allowed",
    403,
    "You may not connect this account",
    "Only an admin of this account can reconnect it, and only an installation admin can add one. Nothing was "
    "saved.",
    Next.HOME,
)
NOT_CONFIGURED = Outcome(
    "not_configured",
    503,
    "This server isn't registered with GoHighLevel",
    "GHL_CLIENT_ID and GHL_CLIENT_SECRET are not set. Nothing was saved. Ask the person who runs the "
    "server to set both, then start again.",
)
CODE_VOID = Outcome(
    "code_void",
    400,
    "GoHighLevel rejected this code",
    "A code works once and only for a few minutes. Nothing was saved. Start again to get a new one.",
)
BAD_CLIENT = Outcome(
    "bad_client",
    502,
    "GoHighLevel rejected this server's credentials",
    "GHL_CLIENT_ID or GHL_CLIENT_SECRET is wrong. Nothing was saved. Compare both with the app in GHL's "
    "marketplace, then start again.",
)
BAD_REDIRECT = Outcome(
    "bad_redirect",
    502,
    "GoHighLevel rejected the redirect address",
    "The app's redirect address must match exactly. Nothing was saved. Copy it from the connect page into the "
    "app, then start again.",
)
MISCONFIGURED = Outcome(
    "misconfigured",
    502,
    "GoHighLevel doesn't know this request",
    "GHL_API_BASE_URL or GHL_API_GENERATION is wrong. Nothing was saved. Correct them, then start again.",
)
NOT_REACHED = Outcome(
    "not_reached",
    502,
    "GoHighLevel could not be reached",
    "Your approval stays valid for a few minutes. Nothing was saved. Wait a moment and try again.",
    Next.RELOAD,
)
NOT_ACTIVE = Outcome(
    "not_active",
    409,
    "This sub-account is not active in GoHighLevel",
    "GoHighLevel suspended it, or its agency. Nothing was saved. Start again when it is active.",
)
BUSY = Outcome(
    "busy",
    429,
    "Too many requests to GoHighLevel right now",
    "Nothing was saved, and your approval is still valid. Wait a minute and try again.",
    Next.RELOAD,
)
TOO_MANY = Outcome(
    "too_many",
    429,
    "Too many installs at once",
    "Nothing was saved, and your link still works. Open it again in a minute.",
    Next.RELOAD,
)
OTHER_LOCATION = Outcome(
    "other_location",
    409,
    "You signed in to {other}",
    "Sign in to {wanted} to reconnect it. Nothing was saved or changed.",
)
NOT_CONNECTED = Outcome(
    "not_connected",
    502,
    "The account was not connected",
    "{reason} Nothing was saved. Start again.",
)
PARKED = Outcome(
    "parked",
    202,
    "The app is installed and an admin needs to claim it",
    "The install didn't start here. An installation admin can claim it on the connections page within 7 days. "
    "Then its first sync starts.",
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
