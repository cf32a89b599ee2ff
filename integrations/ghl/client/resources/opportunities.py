"""Opportunities: those of a sub-account or of one contact, one of them, and the pipelines that they move along."""

from dataclasses import dataclass
from typing import Any, cast

from integrations.ghl.client.operations import Generation
from integrations.ghl.client.paging import PAGE, Position
from integrations.ghl.client.payloads import Opportunity, OpportunityPage, Pipeline
from integrations.ghl.client.resources.calling import Resource


@dataclass(frozen=True, slots=True)
class Opportunities(Resource):
    """The two generations spell the listing's parameters differently."""

    generation: Generation

    def search(
        self,
        location_id: str,
        at: Position,
        *,
        contact_id: str | None = None,
    ) -> OpportunityPage:
        """At most 100 a page; behind a row by its moment and its id, or by number."""
        after, after_id = at.after or (None, None)
        snake = self.generation != "v3"
        query: dict[str, Any] = {
            "location_id" if snake else "locationId": location_id,
            "contact_id" if snake else "contactId": contact_id,
            "limit": at.limit,
            "startAfter": after,
            "startAfterId": after_id,
            "page": at.page if at.way == PAGE else None,
        }
        return cast(OpportunityPage, self.call("search_opportunities", query=query).data)

    def get(self, opportunity_id: str) -> Opportunity:
        answer = self.call("get_opportunity", {"opportunity_id": opportunity_id})
        return cast(Opportunity, answer.data["opportunity"])

    def pipelines(self, location_id: str) -> list[Pipeline]:
        """With the names of their stages: opportunities carry ids only."""
        answer = self.call("list_pipelines", query={"locationId": location_id})
        return cast(list[Pipeline], answer.data["pipelines"])
