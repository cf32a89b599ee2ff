"""Users: who owns records and writes notes."""

from typing import Any, cast

from integrations.ghl.client.payloads import User, UserPage
from integrations.ghl.client.resources.calling import Resource


class Users(Resource):
    def search(self, company_id: str, location_id: str | None = None, limit: int = 100, skip: int = 0) -> UserPage:
        """`company_id` is required; the token answer has it, or `locations.get`. Default of the API: 25 a page."""
        query = {"companyId": company_id, "locationId": location_id, "limit": limit, "skip": skip}
        return cast(UserPage, self.call("search_users", query=query).data)

    def get(self, user_id: str) -> User:
        """Comes unwrapped; read a wrapped one too."""
        data = self.call("get_user", {"user_id": user_id}).data
        wrapped: Any = data.get("user")
        return cast(User, wrapped if isinstance(wrapped, dict) else data)
