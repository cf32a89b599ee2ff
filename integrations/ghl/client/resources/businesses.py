"""Businesses: the companies that contacts belong to."""

import builtins
from typing import cast

from integrations.ghl.client.payloads import Business
from integrations.ghl.client.resources.calling import Resource


class Businesses(Resource):
    def list(self, location_id: str, limit: int = 100, skip: int = 0) -> builtins.list[Business]:
        """At most 100 a page; go on with `paging.next_skip`."""
        query = {"locationId": location_id, "limit": limit, "skip": skip}
        return cast("builtins.list[Business]", self.call("list_businesses", query=query).data["businesses"])

    def get(self, business_id: str) -> Business:
        return cast(Business, self.call("get_business", {"business_id": business_id}).data["business"])
