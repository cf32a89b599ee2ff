"""The sub-account itself: its name and time zone, its custom fields and tags."""

from typing import cast

from integrations.ghl.client.payloads import CustomField, Location
from integrations.ghl.client.resources.calling import Resource


class Locations(Resource):
    def get(self, location_id: str) -> Location:
        return cast(Location, self.call("get_location", {"location_id": location_id}).data["location"])

    def custom_fields(self, location_id: str, model: str = "contact") -> list[CustomField]:
        """`model`: contact, opportunity or all. Records carry ids only; the names are here."""
        answer = self.call("list_custom_fields", {"location_id": location_id}, {"model": model})
        return cast(list[CustomField], answer.data["customFields"])
