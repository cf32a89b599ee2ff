"""Reads GHL's listings page by page, each asked for in the way that its position says and in a size that comes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from integrations.activity.records import Record
from integrations.connections.ports import Json, Page
from integrations.ghl import mapping
from integrations.ghl.client.api import Client
from integrations.ghl.client.errors import OutOfTime, ServerError, Timeout
from integrations.ghl.client.paging import BEHIND, PAGE, SKIP, Position, total_of, turn

LIMIT, SMALL_LIMIT = 500, 100
# Of a page that may be too large, fewer goes before half of it is asked for.
FEW_ATTEMPTS = 3
OLDEST_CHANGE_FIRST = [{"field": "dateUpdated", "direction": "asc"}]

type Ask = Callable[[Client, Position], Mapping[str, Any]]


class Listings:
    """The listings of one sub-account. `company` is asked for when users are."""

    def __init__(
        self, client: Client, location_id: str, zone: ZoneInfo, company: Callable[[], str], home: str
    ) -> None:
        self._client, self._id, self._zone, self._company = client, location_id, zone, company
        self._home = home

    def page(self, stream: str, partition: Json, cursor: Json | None, changed_since: datetime | None) -> Page:
        if stream == "contacts":
            return self._paged("contacts", self._contact, cursor, self._contacts(changed_since))
        if stream == "appointments":
            return self._whole(self._events(partition), mapping.appointment)
        if stream == "calendars":
            return self._whole(self._client.calendars.list(self._id), mapping.calendar)
        if stream == "fields":
            return self._whole(self._client.locations.custom_fields(self._id), mapping.field)
        read = {"tasks": mapping.task, "users": mapping.user, "businesses": mapping.business}[stream]
        return self._paged(stream, read, cursor, getattr(self, f"_{stream}"))

    def search_tasks(self, words: str) -> Iterator[Any]:
        """Rows of tasks in which these words stand, whoever's."""
        at: Position | None = _first("tasks")
        while at is not None:
            at, answer = self._asked(at, lambda client, at: self._tasks(client, at, words))
            rows = answer["tasks"]
            yield from (row for row in rows if isinstance(row, dict))
            at = turn(at, rows, total_of(answer)).position

    def _paged(self, stream: str, read: Callable[..., Record], cursor: Json | None, ask: Ask) -> Page:
        at, answer = self._asked(Position.of(cursor) if cursor else _first(stream), ask)
        rows, total = answer[stream], total_of(answer)
        following = turn(at, rows, total)
        page = self._whole(rows, read)
        after = following.position.as_json() if following.position else None
        return replace(page, cursor=after, total=total, doubt=following.doubt)

    def _asked(self, at: Position, ask: Ask) -> tuple[Position, Mapping[str, Any]]:
        """The answer, and the position as it was asked for: with half the size where a page does not come."""
        while True:
            client = self._client if at.is_smallest else replace(self._client, attempts=FEW_ATTEMPTS)
            try:
                return at, ask(client, at)
            except OutOfTime:
                raise
            except (Timeout, ServerError):
                if at.is_smallest:
                    raise
                at = at.halved()

    def _contact(self, row: Any, zone: ZoneInfo) -> Record:
        return mapping.contact(row, zone, self._home)

    def _contacts(self, changed_since: datetime | None) -> Ask:
        """Sorted by change, oldest first: what changes while we read moves to the end, so nothing is missed."""
        filters = None
        if changed_since is not None:
            since = changed_since.astimezone(UTC).isoformat().replace("+00:00", "Z")
            filters = [{"field": "dateUpdated", "operator": "range", "value": {"gte": since}}]
        return lambda client, at: client.contacts.search(
            self._id,
            page_limit=at.limit,
            search_after=at.after,
            page=at.page if at.way == PAGE else None,
            filters=filters,
            sort=OLDEST_CHANGE_FIRST,  # type: ignore[arg-type]
        )

    def _tasks(self, client: Client, at: Position, words: str = "") -> Mapping[str, Any]:
        skip = at.skip if at.way == SKIP else None
        return client.tasks.search(self._id, query=words or None, limit=at.limit, search_after=at.after, skip=skip)

    def _users(self, client: Client, at: Position) -> Mapping[str, Any]:
        return client.users.search(self._company(), self._id, limit=at.limit, skip=at.skip)

    def _businesses(self, client: Client, at: Position) -> Mapping[str, Any]:
        return client.businesses.list(self._id, limit=at.limit, skip=at.skip)

    def _events(self, partition: Json) -> list[Any]:
        return list(
            self._client.calendars.events(self._id, partition["calendar"], partition["start"], partition["end"])
        )

    def _whole(self, rows: list[Any], read: Callable[..., Record]) -> Page:
        records, bad = mapping.read_rows(_emptied(rows), read, self._zone)
        return Page(records, bad)


def _first(stream: str) -> Position:
    if stream == "contacts":
        return Position(limit=LIMIT, ways=(BEHIND, PAGE))
    if stream == "tasks":
        return Position(limit=LIMIT, ways=(BEHIND, SKIP))
    return Position(limit=SMALL_LIMIT, ways=(SKIP,))


def _emptied(rows: list[Any]) -> Iterator[Any]:
    """Each row, and in the end an empty list: many thousands are not held twice, as rows and as records."""
    rows.reverse()
    while rows:
        yield rows.pop()
