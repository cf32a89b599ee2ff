"""Keeps what OAuth hands out: codes, refresh tokens and what they stand for. No HTTP here."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from integrations.sandbox.http.errors import ApiError, grant_refused
from integrations.sandbox.oauth.tokens import AuthClass, Token, TokenRegistry, new_secret


@dataclass(slots=True)
class Grant:
    """One approval: who may act for which sub-accounts. `location_id` is set for a token of one sub-account."""

    id: str
    auth_class: AuthClass
    company_id: str
    location_ids: tuple[str, ...]
    scopes: frozenset[str]
    user_id: str

    @property
    def location_id(self) -> str | None:
        return self.location_ids[0] if self.auth_class == "Location" else None


@dataclass(slots=True)
class _Code:
    grant: Grant
    redirect_uri: str
    expires_at: float


@dataclass(slots=True)
class _Refresh:
    """A refresh token; once used it names the pair that replaced it, for the grace window."""

    grant: Grant
    used_at: float | None = None
    successor: "Pair | None" = None
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """An access token and the refresh token that came with it ("" for none)."""

    access: Token
    refresh: str


@dataclass(slots=True)
class Grants:
    """Codes are single use; refresh tokens rotate, and forgive a repetition within `grace_seconds`."""

    expires_in: int = 86_399
    grace_seconds: float = 30.0
    code_seconds: float = 600.0
    location_refresh_tokens: bool = True
    redirect_uris: list[str] = field(default_factory=list)
    installs: dict[str, Grant] = field(default_factory=dict)
    _codes: dict[str, _Code] = field(default_factory=dict)
    _refresh_tokens: dict[str, _Refresh] = field(default_factory=dict)

    def accepts_redirect(self, uri: str) -> bool:
        """Exactly a registered one; while none is registered, any https or loopback address."""
        if self.redirect_uris:
            return uri in self.redirect_uris
        parts = urlsplit(uri)
        host = parts.hostname or ""
        return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host)))

    def new_code(self, grant: Grant, redirect_uri: str, now: float) -> str:
        # Letters first: a code that begins with a dash reads as an option on command lines.
        code = new_secret("code")
        self._codes[code] = _Code(grant, redirect_uri, now + self.code_seconds)
        for location_id in grant.location_ids:
            self.installs[location_id] = grant
        return code

    def redeem(self, code: str, redirect_uri: str, now: float) -> Grant:
        """The grant of a code, once; a code is gone after any try that named it rightly."""
        found = self._codes.get(code)
        if found is None or now >= found.expires_at:
            raise grant_refused(401, "UnAuthorized!", "Authorization code not found")
        # The documentation lists redirect_uri as optional; when it is sent it must be the same.
        if redirect_uri and found.redirect_uri and redirect_uri != found.redirect_uri:
            raise grant_refused(
                401, "UnAuthorized!", "Redirect URI does not match the one of the authorization code"
            )
        # Only a code that was rightly named is used up: a wrong redirect address can be corrected.
        del self._codes[code]
        return found.grant

    def issue(self, grant: Grant, tokens: TokenRegistry, now: float, *, refreshable: bool = True) -> Pair:
        """A new pair for this grant."""
        access = Token(
            new_secret("sbx."),
            grant.auth_class,
            grant.company_id,
            grant.location_id,
            set(grant.scopes),
            expires_at=now + self.expires_in,
            grant_id=grant.id,
        )
        refresh = new_secret("sbxr.") if refreshable else ""
        if refresh:
            self._refresh_tokens[refresh] = _Refresh(grant)
        return Pair(tokens.add(access, now), refresh)

    def rotate(self, refresh: str, tokens: TokenRegistry, now: float) -> tuple[Pair, Grant, bool]:
        """The next pair, its grant, and whether this was a true rotation and not a repetition within the grace."""
        found = self._refresh_tokens.get(refresh)
        if found is None or found.revoked:
            raise invalid_grant()
        # The vendor forgives two workers that refresh at once: the same refresh token comes back for 30 s.
        if found.successor is not None and found.used_at is not None:
            if now - found.used_at > self.grace_seconds:
                # Beyond the window the old token is worthless: whoever lost the answer must reconnect.
                raise invalid_grant()
            return found.successor, found.grant, False
        pair = self.issue(found.grant, tokens, now)
        found.used_at, found.successor = now, pair
        return pair, found.grant, True

    def limit_scopes(self, location_id: str, scopes: frozenset[str]) -> None:
        """What tokens of this sub-account will carry after their next refresh."""
        found = [refresh.grant for refresh in self._refresh_tokens.values()] + list(self.installs.values())
        for grant in found:
            if location_id in grant.location_ids:
                grant.scopes = scopes

    def revoke(self, location_ids: Iterable[str], *, uninstall: bool) -> int:
        """Kills the refresh tokens of these sub-accounts, and forgets the install when asked to."""
        gone, count = set(location_ids), 0
        for found in self._refresh_tokens.values():
            if gone.intersection(found.grant.location_ids) and not found.revoked:
                found.revoked, count = True, count + 1
        if uninstall:
            for location_id in gone:
                self.installs.pop(location_id, None)
        return count


def invalid_grant() -> ApiError:
    return grant_refused(400, "invalid_grant", "This refresh token is invalid")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
