"""Everything that can go wrong with a call, as one tree of exceptions named by cause.

GhlError
├── ConnectionFailed        no answer arrived; `sent` says whether the request may have
│   └── Timeout             no answer in time
│       └── OutOfTime       nor in the time that the caller had for everything
├── MalformedAnswer         an answer that is not what the API promises: HTML, cut, empty, not JSON
├── ServerError             408 and 5xx
├── RateLimited             429, or our own budget is spent; `daily` or for `retry_after` seconds
├── Unauthorized            401 and 403, told apart by text
│   ├── TokenExpired        refresh once, then try once more
│   │   └── TokenDoubted    a 401 that nobody knows, or that a fresh token met: it may pass
│   ├── TokenRejected       a private token was revoked, or cannot be renewed: a person must act
│   ├── ScopeMissing        the token lacks `scope`: one feature is off
│   ├── WrongTokenClass     an agency token on a sub-account's route
│   ├── WrongLocation       the token belongs to another sub-account
│   ├── VersionRefused      the Version header: our fault, never the token's
│   └── Forbidden           a 403 with a text that no row of the table knows
├── TokenRefused            the token endpoint said no for good: connect again
├── ClientRefused           the token endpoint does not know this installation: the server's settings are wrong
├── NotActive               the sub-account or its agency rests in GHL: goes on when it is active again
├── NotFound                this record is not there (any more)
├── RouteUnknown            this address is not there: says nothing about the record
└── BadRequest              any other 4xx: the same request will fail again
    ├── Duplicate           the contact exists; `meta` names it
    ├── SlotTaken           the calendar is not free then
    ├── NotInTeam           the user does not belong to the calendar
    └── Invalid             422; `messages` lists what is wrong

`str()` of each is a sentence that is safe to log and to show: what happened, what it means, what to do.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, Unpack

from integrations.ghl.client.scrub import scrub


class Where(TypedDict, total=False):
    """Which call failed: its operation, the HTTP status when there was one, the vendor's trace id."""

    operation: str
    status: int | None
    trace_id: str | None


class GhlError(Exception):
    """A call to GHL failed. `message` is the vendor's text, scrubbed; `trace_id` is for their support."""

    # Every keyword has a default, here and below: workers pickle exceptions, and unpickling passes the text only.
    advice: str = "The call was given up."

    def __init__(self, message: str, **where: Unpack[Where]) -> None:
        self.message = scrub(message)
        self.operation = where.get("operation", "")
        self.status = where.get("status")
        self.trace_id = where.get("trace_id")
        super().__init__(self.message)

    def __str__(self) -> str:
        who = self.operation or "The call"
        what = f"GHL answered {self.status}" if self.status else "it failed"
        trace = f" Trace {self.trace_id}." if self.trace_id else ""
        return f"{who}: {what}: {self.message.rstrip('.')}. {self.advice}{trace}"

    @property
    def maybe_delivered(self) -> bool:
        """Whether GHL may have carried the request out all the same: read before sending a write again."""
        return False


class ConnectionFailed(GhlError):
    """No answer arrived."""

    advice = "GHL could not be reached; trying again later is safe for reads."

    def __init__(self, message: str, *, sent: bool = True, **where: Unpack[Where]) -> None:
        super().__init__(message, **where)
        self.sent = sent

    @property
    def maybe_delivered(self) -> bool:
        return self.sent


class Timeout(ConnectionFailed):
    """No answer in time: not connected (`sent` false) or not answered (`sent` true)."""

    advice = "GHL was too slow; trying again later is safe for reads."


class OutOfTime(Timeout):
    """The caller's deadline has passed; `seconds` is what it allowed for all of its calls together."""

    advice = "The page that asked is no longer waiting. Try again later."

    def __init__(
        self, message: str = "", *, seconds: float = 0.0, sent: bool = False, **where: Unpack[Where]
    ) -> None:
        super().__init__(message or f"GHL did not answer within {seconds:g} seconds", sent=sent, **where)
        self.seconds = seconds


class MalformedAnswer(GhlError):
    """The answer cannot be read, so nothing is known: above all not that a listing is empty."""

    advice = "The answer was not used; a proxy or an outage is the usual reason, try again later."

    @property
    def maybe_delivered(self) -> bool:
        return True


class ServerError(GhlError):
    """408 or 5xx."""

    advice = "The fault is on GHL's side; try again later."

    @property
    def maybe_delivered(self) -> bool:
        return True


class RateLimited(GhlError):
    """429, or our own budget is spent before anything was sent (then `status` is None).

    `retry_after` is in seconds, None when nobody said; with `daily` it runs until the day's limit is renewed.
    """

    def __init__(
        self, message: str, *, daily: bool = False, retry_after: float | None = None, **where: Unpack[Where]
    ) -> None:
        super().__init__(message, **where)
        self.daily = daily
        self.retry_after = retry_after
        self.advice = (
            "The day's requests are used up; work continues tomorrow (UTC)."
            if daily
            else "Too many requests at once; work continues automatically after a pause."
        )


class Unauthorized(GhlError):
    """401 or 403."""

    advice = "GHL rejected the credentials."


class TokenExpired(Unauthorized):
    """The access token ran out."""

    advice = "The access token is no longer accepted; it is renewed, or the account must be connected again."


class TokenDoubted(TokenExpired):
    """Neither its text nor a refused renewal says that the token is void."""

    advice = "This may pass. It is tried again automatically."


class TokenRejected(Unauthorized):
    """A token that cannot be renewed is no longer accepted."""

    advice = "The token was revoked; make a new one in GHL and connect the account again."


class ScopeMissing(Unauthorized):
    """The token lacks `scope` (an agency's private token gets the same text, whatever it was granted)."""

    def __init__(self, message: str, *, scope: str = "", **where: Unpack[Where]) -> None:
        super().__init__(message, **where)
        self.scope = scope
        self.advice = f"The token lacks the scope {scope}; grant it in GHL, or leave this feature off."


class WrongTokenClass(Unauthorized):
    """An agency token on a sub-account's route: exchange it for a location token."""

    advice = "This is an agency's token; connect the sub-account itself."


class WrongLocation(Unauthorized):
    advice = "The token belongs to another sub-account; check the location id of the connection."


class VersionRefused(Unauthorized):
    advice = "The API generation in the settings is not one that GHL accepts here; the token is fine."


class Forbidden(Unauthorized):
    advice = "GHL refuses this to the connected account; check its permissions there."


class TokenRefused(GhlError):
    """The token endpoint refused the code or the refresh token for good.

    Everything else that a token call raises (connection, 408, 429, 5xx, unreadable) is worth the same call again.
    """

    advice = "The authorization is void; connect the account again."


class ClientRefused(GhlError):
    """GHL does not know the client id or secret. The refresh token is good again once these are."""

    advice = "Compare GHL_CLIENT_ID and GHL_CLIENT_SECRET with the app in GHL's marketplace."


class NotActive(GhlError):
    """The sub-account, or its agency, is suspended in GHL. The credentials stay good and work again afterwards."""

    advice = "It is not active in GHL. This is tried again automatically."


class NotFound(GhlError):
    """This record does not exist, or not any more."""

    advice = "The record is not in GHL; it was deleted there or the id is wrong."


class RouteUnknown(GhlError):
    """GHL does not know the address. Never a reason to call a record deleted."""

    advice = "The address or the API generation is wrong; check the base URL in the settings."


class BadRequest(GhlError):
    """Any other 4xx: the same request will fail again."""

    advice = "GHL refuses this request as it is; sending it again will not help."


class SlotTaken(BadRequest):
    advice = "The calendar is not free then; choose another time."


class NotInTeam(BadRequest):
    advice = "This user does not belong to the calendar; choose another one."


class Duplicate(BadRequest):
    """The location does not allow a second such contact. `meta`: contactId, matchingField, contactName."""

    advice = "This contact exists already; open that one instead."

    def __init__(self, message: str, *, meta: Mapping[str, Any] | None = None, **where: Unpack[Where]) -> None:
        super().__init__(message, **where)
        self.meta = dict(meta or {})


class Invalid(BadRequest):
    """422. `messages`: one text for each thing that is wrong, scrubbed."""

    advice = "Correct what is named and send it again."

    def __init__(self, message: str, *, messages: Sequence[str] = (), **where: Unpack[Where]) -> None:
        super().__init__(message, **where)
        self.messages = [scrub(one) for one in messages]
