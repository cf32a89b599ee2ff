"""Knows every token: whose it is, what it may do, and until when; refuses the rest in the vendor's words."""

import secrets
from dataclasses import dataclass
from typing import Literal

from integrations.sandbox.http import errors

type AuthClass = Literal["Location", "Company"]

SCOPES = {
    "contacts.readonly": "See contacts with their notes, tasks and appointments",
    "contacts.write": "Change contacts, notes, tasks and tags",
    "locations/tasks.readonly": "Search the tasks of the whole sub-account",
    "calendars.readonly": "See calendars",
    "calendars/groups.readonly": "See calendar groups",
    "calendars/events.readonly": "See appointments",
    "calendars/events.write": "Change appointments",
    "users.readonly": "See the names of colleagues",
    "locations.readonly": "See the sub-account's name and time zone",
    "locations/customFields.readonly": "See custom fields",
    "locations/tags.readonly": "See tags",
    "businesses.readonly": "See businesses",
    "businesses.write": "Change businesses",
    "conversations.readonly": "See conversations",
    "conversations/message.readonly": "See messages",
    "opportunities.readonly": "See opportunities",
    "oauth.readonly": "See where the app is installed",
    "oauth.write": "Get access to single sub-accounts, and uninstall",
}


@dataclass(slots=True)
class Token:
    """An access token or a private one. `expires_at` is in seconds, None for never."""

    value: str
    auth_class: AuthClass
    company_id: str
    location_id: str | None
    scopes: set[str]
    private: bool = False
    expires_at: float | None = None
    grant_id: str = ""
    revoked: bool = False

    def alive(self, now: float) -> bool:
        return not self.revoked and (self.expires_at is None or now < self.expires_at)


class TokenRegistry:
    """All tokens that were ever handed out; dead access tokens are dropped now and then."""

    def __init__(self) -> None:
        self.tokens: dict[str, Token] = {}

    def add(self, token: Token, now: float) -> Token:
        # A soak test refreshes for hours; only dead tokens go, so a client never notices.
        if len(self.tokens) > 5000:
            self.tokens = {value: kept for value, kept in self.tokens.items() if kept.alive(now)}
        self.tokens[token.value] = token
        return token

    def bearer(self, header: str | None, now: float) -> Token:
        """The live token of an Authorization header, or the 401 that tells what is wrong with it."""
        scheme, _, value = (header or "").partition(" ")
        token = self.tokens.get(value.strip()) if scheme.lower() == "bearer" else None
        if token is None or not token.alive(now):
            # The prefix decides the sentence, as clients decide by it whether a refresh can help.
            is_private = value.startswith("pit-")
            raise errors.unauthorized(errors.PRIVATE_TOKEN_REFUSED if is_private else errors.TOKEN_REFUSED)
        return token


def check_rights(token: Token, scope: str, *, company_may: bool, location_may: bool = True) -> None:
    """Refuses a token of the wrong class, then one without the scope."""
    # The class is looked at before the scope: an agency token never works here, whatever its scopes say.
    if token.auth_class == "Company" and not company_may:
        raise errors.unauthorized(errors.USER_TYPE_MISMATCH if token.private else errors.CLASS_NOT_ALLOWED)
    if token.auth_class == "Location" and not location_may:
        raise errors.unauthorized(errors.CLASS_NOT_ALLOWED)
    if scope and scope not in token.scopes:
        raise errors.unauthorized(errors.SCOPE_MISSING)


def new_secret(prefix: str) -> str:
    """An unguessable value; access tokens are never the same twice, whatever the seed."""
    return prefix + secrets.token_urlsafe(36)
