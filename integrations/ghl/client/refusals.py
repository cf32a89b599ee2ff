"""What a refusal means: closed tables from status and text to the one right exception.

GHL answers most refusals with a status that says little, so the text decides first and the status second.
The texts are those seen on the live API; they are not part of its specification.
https://marketplace.gohighlevel.com/docs/Authorization/authorization_doc
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from integrations.ghl.client.errors import (
    BadRequest,
    ClientRefused,
    Duplicate,
    Forbidden,
    GhlError,
    Invalid,
    NotActive,
    NotFound,
    NotInTeam,
    RouteUnknown,
    ScopeMissing,
    SlotTaken,
    TokenDoubted,
    TokenExpired,
    TokenRefused,
    TokenRejected,
    Unauthorized,
    VersionRefused,
    Where,
    WrongLocation,
    WrongTokenClass,
)
from integrations.ghl.client.operations import Operation
from integrations.ghl.client.scrub import trace_id


@dataclass(frozen=True, slots=True)
class Row:
    """A text (case does not matter) and what it means."""

    text: str
    means: type[GhlError]
    note: str

    def fits(self, message: str) -> bool:
        return re.search(self.text, message, re.IGNORECASE) is not None


DOORS: Final = (
    Row(r"version header was not found", VersionRefused, "looks like a bad token, is not: never refresh"),
    Row(r"version header is invalid", VersionRefused, "one wording for an unknown version"),
    Row(r"invalid api version", VersionRefused, "the other wording, also seen with 400"),
    Row(r"invalid private integration token", TokenRejected, "a private token was revoked"),
    Row(r"not authorized for this scope", ScopeMissing, "also what an agency's private token gets"),
    Row(r"user type mismatch", WrongTokenClass, "agency class on a sub-account's route"),
    Row(r"authclass type is not allowed", WrongTokenClass, "agency OAuth token on a sub-account's scope"),
    Row(r"does not have access to this location", WrongLocation, "another tenant's record or location"),
    Row(r"invalid jwt", TokenExpired, "expired or mangled"),
    Row(r"access token is invalid", TokenExpired, "the wording of the specification"),
)
"""401 and 403. A 401 that fits no row is TokenDoubted: the text for an expired token is not settled."""

RESTING: Final = Row(
    r"\b(location|(sub-?)?account|company|agency)\b.{0,20}\b(not active|inactive|suspended|paused|disabled)\b",
    NotActive,
    "seen as a 400 of the token endpoint while a sub-account is suspended",
)
"""In whatever status: it says nothing about the credentials, which work again when the account does."""

CLIENT: Final = Row(
    r"client.?(credential|id|secret|not found)|invalid_client", ClientRefused, "a wrong setting here"
)

# Codes of the OAuth standard for what may pass. https://www.rfc-editor.org/rfc/rfc6749#section-5.2
PASSING: Final = ("server_error", "temporarily_unavailable", "slow_down")

GONE: Final = (
    Row(r"^contact not found for id:", NotFound, "400, contacts"),
    Row(r"^contact with id \S+ not found", NotFound, "400, everything below a contact"),
    Row(
        r"^(note|task|appointment|opportunity|message|email) with id \S+ not found",
        NotFound,
        "400, what is below it, in the same words",
    ),
)
"""400 that means 404. Closed: a 400 that fits no row says nothing about the record."""

BOOKINGS: Final = (
    Row(r"\bslot\b.{0,40}\bno longer available\b", SlotTaken, "400, a booking at a time that is not offered"),
    Row(r"\buser\b.{0,20}\bnot part of (the )?calendar", NotInTeam, "400, a booking for somebody else"),
)
"""400 that a person can mend by choosing otherwise."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The body of an error, whichever of its shapes it came in."""

    messages: list[str]
    trace_id: str | None
    meta: Mapping[str, Any]

    @property
    def text(self) -> str:
        return "; ".join(self.messages)


def read_refusal(body: Mapping[str, Any]) -> Refusal:
    """`message` may be text or a list, `error` text or an object; the token endpoint has its own pair."""
    error = body.get("error")
    inner = error if isinstance(error, dict) else {}
    said = (body.get("message"), body.get("error_description"), inner.get("message"), error, "no reason given")
    messages = next(texts for texts in map(_texts, said) if texts)
    meta = body.get("meta")
    return Refusal(messages, trace_id(body.get("traceId")), meta if isinstance(meta, dict) else {})


def error_for(status: int, body: Mapping[str, Any], operation: Operation) -> GhlError:
    """The exception for a 4xx that is neither 408 nor 429; its body is a JSON object."""
    refusal = read_refusal(body)
    text, means = refusal.text, _meaning(status, refusal.text, operation)
    where = Where(operation=operation.name, status=status, trace_id=refusal.trace_id)
    if means is ScopeMissing:
        return ScopeMissing(text, scope=operation.scope, **where)
    if means is Duplicate:
        return Duplicate(text, meta=refusal.meta, **where)
    if means is Invalid:
        return Invalid(text, messages=refusal.messages, **where)
    return means(text, **where)


def refused_in_success(body: Mapping[str, Any], operation: Operation) -> GhlError | None:
    """What a 200 of a token call means that brings an error instead of a token; None when it may pass."""
    if body.get("access_token") or body.get("accessToken"):
        return None
    status, code = body.get("statusCode"), body.get("error")
    if code in PASSING or not (code or status):
        return None
    said = status if isinstance(status, int) else 400
    return error_for(said, body, operation) if 400 <= said < 500 and said not in (408, 429) else None


def _meaning(status: int, text: str, operation: Operation) -> type[GhlError]:
    # "Cannot GET /..." is about the address. Were it NotFound, one wrong path would delete every record.
    if status == 404 and text.startswith("Cannot "):
        return RouteUnknown
    # The version is our doing in every status, and never the fault of a token.
    if any(row.fits(text) for row in DOORS if row.means is VersionRefused):
        return VersionRefused
    if RESTING.fits(text):
        return NotActive
    # Without a bearer there is nothing to refresh: the refusal is about code, refresh token or client.
    if not operation.bearer:
        return ClientRefused if CLIENT.fits(text) else TokenRefused
    if status in (401, 403):
        return _door(status, text)
    if status == 400:
        return _bad_request(text)
    return {404: NotFound, 422: Invalid}.get(status, BadRequest)


def _door(status: int, text: str) -> type[GhlError]:
    unlisted: type[Unauthorized] = TokenDoubted if status == 401 else Forbidden
    return next((row.means for row in DOORS if row.fits(text)), unlisted)


def _bad_request(text: str) -> type[GhlError]:
    if "does not allow duplicated contacts" in text:
        return Duplicate
    return next((row.means for row in (*GONE, *BOOKINGS) if row.fits(text)), BadRequest)


def _texts(said: object) -> list[str]:
    if isinstance(said, str):
        return [said] if said.strip() else []
    if isinstance(said, list):
        return [str(one) for one in said if one]
    return []
