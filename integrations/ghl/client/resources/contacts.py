"""Contacts: search, one contact, and every change of it."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from integrations.ghl.client.paging import SearchAfter
from integrations.ghl.client.payloads import Contact, ContactPage, Sort
from integrations.ghl.client.resources.calling import Resource, given, inner


class Contacts(Resource):
    def search(
        self,
        location_id: str,
        page_limit: int = 500,
        search_after: SearchAfter | None = None,
        filters: Sequence[dict[str, Any]] | None = None,
        sort: Sequence[Sort] | None = None,
        query: str | None = None,
        page: int | None = None,
    ) -> ContactPage:
        """At most 500 a page; go on behind a row's `searchAfter`, with the same filters and the same sort, or by
        `page`, which reaches the first 10,000 only and never goes with `searchAfter`.

        dateAdded and dateUpdated take the operator `range` only, with gte, lte, gt, lt.
        """
        body = given(
            locationId=location_id,
            pageLimit=page_limit,
            searchAfter=search_after,
            page=page,
            filters=filters,
            sort=sort,
            query=query,
        )
        return cast(ContactPage, self.call("search_contacts", body=body).data)

    def get(self, contact_id: str) -> Contact:
        """NotFound when it was deleted: the one proof of deletion that there is."""
        return cast(Contact, self.call("get_contact", {"contact_id": contact_id}).data["contact"])

    def create(self, location_id: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """`fields` in the vendor's words. Raises Duplicate where the location allows no second such contact."""
        data = self.call("create_contact", body={"locationId": location_id, **fields}).data
        return inner(data, "contact")

    def update(self, contact_id: str, fields: Mapping[str, Any]) -> None:
        """Only these; never `tags`, which would replace them all, nor `locationId` and `gender`."""
        self.call("update_contact", {"contact_id": contact_id}, body=fields)

    def delete(self, contact_id: str) -> None:
        self.call("delete_contact", {"contact_id": contact_id})

    def add_tags(self, contact_id: str, tags: Sequence[str]) -> None:
        self.call("add_tags", {"contact_id": contact_id}, body={"tags": list(tags)})

    def remove_tags(self, contact_id: str, tags: Sequence[str]) -> None:
        self.call("remove_tags", {"contact_id": contact_id}, body={"tags": list(tags)})

    def set_business(self, location_id: str, contact_ids: Sequence[str], business_id: str | None) -> None:
        """None takes them out of whichever they belong to."""
        body = {"locationId": location_id, "ids": list(contact_ids), "businessId": business_id}
        self.call("set_business", body=body)
