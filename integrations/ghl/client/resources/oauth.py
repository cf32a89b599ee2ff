"""Tokens: exchange, refresh, mint for a location; which locations installed the app; uninstall."""

from dataclasses import dataclass
from typing import Any, cast

from integrations.ghl.client.operations import Generation
from integrations.ghl.client.paging import total_of
from integrations.ghl.client.payloads import InstalledLocation
from integrations.ghl.client.resources.calling import Resource, given
from integrations.ghl.client.token_set import TokenSet, read_tokens


@dataclass(frozen=True, slots=True)
class InstalledPage:
    """One page; `after` asks for the next one, None when this is the last."""

    locations: list[InstalledLocation]
    after: str | None


@dataclass(frozen=True, slots=True)
class OAuth(Resource):
    """Token calls speak one generation's dialect, whatever the other calls speak; answers are read in both.

    TokenRefused is final, and ClientRefused until a setting is mended. Any other error: send the same refresh
    token again, at once if the answer was lost, since GHL repeats its answer for 30 seconds only.
    """

    generation: Generation

    def exchange(
        self, *, code: str, client_id: str, client_secret: str, redirect_uri: str, user_type: str = "Location"
    ) -> TokenSet:
        """Trades the code of a consent for tokens. `user_type`: Location or Company; the answer may differ."""
        return self._token(
            client_id=client_id,
            client_secret=client_secret,
            grant_type="authorization_code",
            code=code,
            redirect_uri=redirect_uri,
            user_type=user_type,
        )

    def refresh(
        self, *, refresh_token: str, client_id: str, client_secret: str, user_type: str = "Location"
    ) -> TokenSet:
        """Single use: hold a lock, and persist the answer before anything else."""
        return self._token(
            client_id=client_id,
            client_secret=client_secret,
            grant_type="refresh_token",
            refresh_token=refresh_token,
            user_type=user_type,
        )

    def location_token(self, company_id: str, location_id: str) -> TokenSet:
        """A location's token from a company's, which must be this client's bearer."""
        answer = self.call("location_token", body={"companyId": company_id, "locationId": location_id})
        return read_tokens({"userType": "Location", "companyId": company_id, **answer.data})

    def installed_locations(
        self, company_id: str, app_id: str, after: str | None = None, limit: int = 100
    ) -> InstalledPage:
        """Where the app is installed; needs the company's token. `after` comes from the page before."""
        asked = {"companyId": company_id, "appId": app_id, "isInstalled": True}
        if self.generation == "v3":
            data = self.call("installed_locations", query={**asked, "pageSize": limit, "pageToken": after}).data
            paging: Any = data.get("pagination") or {}
            return _page(data["items"], paging.get("nextPageToken") if paging.get("hasNextPage") else None)
        skip = int(after or 0)
        data = self.call("installed_locations", query={**asked, "limit": limit, "skip": skip}).data
        found, total = data["locations"], total_of(data)
        has_more = bool(found) if total is None else skip + len(found) < total and bool(found)
        return _page(found, str(skip + len(found)) if has_more else None)

    def uninstall(
        self, app_id: str, *, location_id: str | None = None, company_id: str | None = None, reason: str = ""
    ) -> None:
        """Removes the app there; its tokens die with it. There is no other revocation."""
        body = given(locationId=location_id, companyId=company_id, reason=reason or None)
        self.call("uninstall", {"app_id": app_id}, body=body)

    def _token(self, **fields: str) -> TokenSet:
        # v3 renames the fields, never their values.
        body = {_camel(name): value for name, value in fields.items()} if self.generation == "v3" else fields
        return read_tokens(self.call("token", body=body).data)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _page(found: list[Any], after: str | None) -> InstalledPage:
    return InstalledPage(cast(list[InstalledLocation], found), after)
