"""Where the bearer token of a call comes from, and what happens when it is no longer accepted."""

from typing import Protocol

from integrations.ghl.client.errors import TokenRejected


class Auth(Protocol):
    """Credentials of one connection, shared by all threads that use it."""

    def token(self) -> str:
        """The access token to send now."""
        ...

    def refresh(self, stale: str) -> str:
        """A token that is not `stale`. Whoever finds it renewed already returns it without another rotation.

        Raises TokenRejected or TokenRefused when a person must connect again; any other GhlError may pass.
        """
        ...


class StaticToken:
    """A private integration token: made by hand, valid until revoked, nothing to refresh."""

    def __init__(self, token: str) -> None:
        self._token = token.strip()

    def __repr__(self) -> str:
        return "StaticToken(…)"

    def token(self) -> str:
        return self._token

    def refresh(self, stale: str) -> str:  # noqa: ARG002  # nothing to compare: there is only one
        raise TokenRejected("the private integration token is no longer accepted and cannot be renewed")
