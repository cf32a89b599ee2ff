"""Businesses: the companies that contacts belong to."""

from typing import cast

from integrations.ghl.client.payloads import Business, BusinessPage
from integrations.ghl.client.resources.calling import Resource


class Businesses(Resource):
    def list(self, location_id: str, limit: int = 100, skip: int = 0) -> BusinessPage:
        """At most 100 a page; go on by `skip`."""
        query = {"locationId": location_id, "limit": limit, "skip": skip}
        return cast(BusinessPage, self.call("list_businesses", query=query).data)

    def get(self, business_id: str) -> Business:
        return cast(Business, self.call("get_business", {"business_id": business_id}).data["business"])
