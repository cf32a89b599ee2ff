"""Reads of contacts: the search, the deprecated list, one contact, the contacts of a business."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from integrations.sandbox.crm.contact_views import full_contact, list_row, search_row
from integrations.sandbox.crm.filters import Filters, parse_filters
from integrations.sandbox.crm.ordering import SORTABLE, Order, SortSpec
from integrations.sandbox.crm.records import Contact
from integrations.sandbox.crm.store import LocationStore
from integrations.sandbox.http.bodies import check_body
from integrations.sandbox.http.errors import bad_request, missing, unprocessable
from integrations.sandbox.http.messages import Answer, Call

PAGE_REACH = 10_000  # how many records `page` can reach; beyond that only `searchAfter` leads on
_MOST = 500
_SEARCH_BODY = {
    "locationId": "string",
    "pageLimit": "number",
    "page": "number",
    "searchAfter": "array",
    "query": "string",
    "filters": "array",
    "sort": "array",
}
_NEWEST: SortSpec = (("dateAdded", True),)
_OLDEST: SortSpec = (("dateAdded", False),)


def search_contacts(call: Call) -> Answer:
    """POST /contacts/search: a page by number, or after a row's `searchAfter`; rows, total."""
    body = check_body(call.body, _SEARCH_BODY, required=("locationId", "pageLimit"))
    limit = _page_limit(body["pageLimit"])
    default = _OLDEST if call.world.options.variant == "B" else _NEWEST
    order = call.store.orders.get(_sort_spec(body.get("sort")) or default)
    wanted = _Wanted(parse_filters(body.get("filters")), _query(body))
    start, end = wanted.bounds(order)
    total = wanted.total(call.store, order, json.dumps([body.get("filters"), body.get("query")]))
    skip = 0
    if body.get("searchAfter"):
        start = max(start, _after(order, body))
    else:
        skip = _skip(body.get("page", 1), limit)
    # Lazy from here on: only the rows of this page are looked at.
    rows = islice(wanted.matches(call.store, order, start, end), skip, skip + limit)
    omit = call.world.omits_empty
    shown = [search_row(row, call.store.id, order.search_after(row), omit_empty=omit) for row in rows]
    return Answer({"contacts": shown, "total": total})


def list_contacts(call: Call) -> Answer:
    """GET /contacts/: newest first, at most 100; `startAfter` (ms) and `startAfterId` lead on."""
    limit = call.number("limit", 20, least=1, most=100)
    query = call.request.query
    order = call.store.orders.get(_NEWEST)
    wanted = _Wanted(Filters(), query.get("query", "").lower())
    start = 0
    if query.get("startAfterId"):
        start = order.after([call.number("startAfter", 0), query["startAfterId"]])
    # One row more than asked tells whether there is a next page.
    rows = list(islice(wanted.matches(call.store, order, start, len(order.entries)), limit + 1))
    total = wanted.total(call.store, order, query.get("query", ""))
    shown = [list_row(row, call.store.id) for row in rows[:limit]]
    return Answer({"contacts": shown, "count": total, "meta": _list_meta(call, rows, limit, total)})


def get_contact(call: Call) -> Answer:
    return Answer({"contact": full_contact(call.contact(), call.store.id, v3=call.is_v3)})


def contacts_of_business(call: Call) -> Answer:
    """GET /contacts/business/{id}: everybody of the firm, `limit` and `skip` as strings."""
    business_id = call.params["business_id"]
    if business_id not in call.store.businesses:
        raise missing("Business", business_id)
    limit, skip = call.number("limit", 25, least=1, most=100), call.number("skip", 0)
    # A scan: businesses are opened by people, not by a sync.
    people = [item for item in call.store.contacts if item.business_id == business_id and not item.deleted]
    shown = [list_row(item, call.store.id) for item in people[skip : skip + limit]]
    return Answer({"contacts": shown, "count": len(people)})


class _Wanted:
    """Filters and free text together, as one question per contact."""

    def __init__(self, filters: Filters, query: str) -> None:
        self._filters, self._query = filters, query
        self._counts_by_slice = not query and (filters.accepts is None or filters.only_ranges)

    def bounds(self, order: Order) -> tuple[int, int]:
        """The part of the order that can hold matches: a date range on its first field narrows it."""
        low, high = self._filters.ranges.get(order.spec[0][0], (None, None))
        return (0, len(order.entries)) if low is None or high is None else order.between(low, high)

    def matches(self, store: LocationStore, order: Order, start: int, end: int) -> Iterator[Contact]:
        contacts = (store.by_id[record_id] for record_id in order.ids(start, end))
        return (contact for contact in contacts if self._accepts(contact))

    def total(self, store: LocationStore, order: Order, key: str) -> int:
        """How many match. A count over everything is kept until a contact changes: each page asks for it again."""
        start, end = self.bounds(order)
        narrowed = (start, end) != (0, len(order.entries)) or order.spec[0][0] in self._filters.ranges
        if self._counts_by_slice and (self._filters.accepts is None or narrowed):
            return end - start
        return store.count_once(key, lambda: sum(1 for _ in self.matches(store, order, start, end)))

    def _accepts(self, contact: Contact) -> bool:
        if self._filters.accepts is not None and not self._filters.accepts(contact):
            return False
        if not self._query:
            return True
        texts = (contact.name, contact.email, contact.phone, contact.company)
        return any(self._query in text.lower() for text in texts if text)


def _page_limit(value: float) -> int:
    if value < 1 or value > _MOST or value != int(value):
        raise unprocessable(f"pageLimit must be an integer number between 1 and {_MOST}")
    return int(value)


def _query(body: dict[str, Any]) -> str:
    query = str(body.get("query", ""))
    if len(query) > 75:
        raise unprocessable("query must be shorter than or equal to 75 characters")
    return query.lower()


def _skip(page: float, limit: int) -> int:
    if page < 1 or page != int(page):
        raise unprocessable("page must not be less than 1")
    # The search engine behind the real API stops here, and so do clients that never tested with more.
    if page * limit > PAGE_REACH:
        raise bad_request(f"page reaches only the first {PAGE_REACH} records, use searchAfter beyond")
    return (int(page) - 1) * limit


def _after(order: Order, body: dict[str, Any]) -> int:
    # Both together are undefined in the vendor's words; a refusal finds the client that does it.
    if "page" in body:
        raise bad_request("page and searchAfter cannot be used together")
    try:
        return order.after(body["searchAfter"])
    except (TypeError, ValueError):
        raise bad_request("Invalid searchAfter") from None


def _sort_spec(raw: Any) -> SortSpec:
    """The sort of a request, refused where the API refuses it; () for none."""
    spec = []
    for item in raw or ():
        if not isinstance(item, dict) or set(item) - {"field", "direction"}:
            raise unprocessable("each value in sort must have a field and a direction")
        field, direction = item.get("field"), str(item.get("direction", "asc")).lower()
        if field not in SORTABLE:
            raise bad_request(f"Invalid field {field}")
        if direction not in ("asc", "desc"):
            raise bad_request(f"Invalid direction {direction}")
        spec.append((str(field), direction == "desc"))
    return tuple(spec)


def _list_meta(call: Call, rows: list[Contact], limit: int, total: int) -> dict[str, Any]:
    """Where the next page starts; nothing of it when this was the last."""
    if len(rows) <= limit:
        return {"total": total, "nextPageUrl": "", "startAfter": None, "startAfterId": None}
    last = rows[limit - 1]
    host = call.request.headers.get("host", "localhost")
    url = (
        f"http://{host}/contacts/?locationId={call.store.id}&limit={limit}"
        f"&startAfter={last.added}&startAfterId={last.id}"
    )
    return {"total": total, "nextPageUrl": url, "startAfter": last.added, "startAfterId": last.id}
