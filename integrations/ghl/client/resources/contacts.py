"""Contacts: search, the deprecated listing, one contact, the contacts of a business."""

from collections.abc import Sequence
from typing import Any, cast

from integrations.ghl.client.paging import SearchAfter
from integrations.ghl.client.payloads import Contact, ContactPage, Sort
from integrations.ghl.client.resources.calling import Resource, given


class Contacts(Resource):
    def search(
        self,
        location_id: str,
        page_limit: int = 500,
        search_after: SearchAfter | None = None,
        filters: Sequence[dict[str, Any]] | None = None,
        sort: Sequence[Sort] | None = None,
        query: str | None = None,
    ) -> ContactPage:
        """At most 500 a page; go on with `paging.next_search_after`, the same filters and the same sort.

        dateAdded and dateUpdated take the operator `range` only, with gte, lte, gt, lt.
        """
        body = given(
            locationId=location_id,
            pageLimit=page_limit,
            searchAfter=search_after,
            filters=filters,
            sort=sort,
            query=query,
        )
        return cast(ContactPage, self.call("search_contacts", body=body).data)

    def get(self, contact_id: str) -> Contact:
        """NotFound when it was deleted: the one proof of deletion that there is."""
        return cast(Contact, self.call("get_contact", {"contact_id": contact_id}).data["contact"])
