"""The token endpoint's answer in one shape, read from either dialect (access_token or accessToken)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from integrations.ghl.client.errors import MalformedAnswer

UNSTATED_LIFETIME = 3600
"""Seconds. GHL says 86399; where it says nothing, an early refresh does no harm."""

WORD = re.compile(r'[^\s,"\'\[\]]+')


@dataclass(frozen=True, slots=True)
class TokenSet:
    """What one exchange or refresh gave. Persist both tokens at once: the old refresh token is dead.

    `user_type` is Company or Location and decides what the token opens, not what was asked for: a sub-account app
    installed by an agency gets Company. `refresh_token` may be missing from a location token minted from a
    company's; mint another then. `expires_in` is in seconds.
    """

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_in: int
    scopes: tuple[str, ...]
    user_type: str
    location_id: str
    company_id: str
    user_id: str
    approved_locations: tuple[str, ...]


def read_tokens(data: Mapping[str, Any]) -> TokenSet:
    """MalformedAnswer when there is no access token: then nothing of the answer can be trusted."""
    access = _either(data, "access_token", "accessToken")
    if not isinstance(access, str) or not access:
        raise MalformedAnswer("a token answer without an access token", operation="token", status=200)
    return TokenSet(
        access_token=access,
        refresh_token=_text(_either(data, "refresh_token", "refreshToken")) or None,
        expires_in=_lifetime(_either(data, "expires_in", "expiresIn")),
        scopes=_words(_either(data, "scope", "scopes")),
        user_type=_text(_either(data, "userType", "user_type")),
        location_id=_text(_either(data, "locationId", "location_id")),
        company_id=_text(_either(data, "companyId", "company_id")),
        user_id=_text(_either(data, "userId", "user_id")),
        approved_locations=_words(_either(data, "approvedLocations", "approved_locations")),
    )


def _either(data: Mapping[str, Any], name: str, other: str) -> Any:
    return data.get(name) or data.get(other)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _words(value: Any) -> tuple[str, ...]:
    """Names from a text with blanks or commas between them, from a list, or from a list written as a text."""
    parts = value if isinstance(value, list) else [value]
    return tuple(word for part in parts if isinstance(part, str) for word in WORD.findall(part))


def _lifetime(value: Any) -> int:
    try:
        seconds = int(value)
    except (TypeError, ValueError, OverflowError):
        return UNSTATED_LIFETIME
    return seconds if seconds > 0 else UNSTATED_LIFETIME
