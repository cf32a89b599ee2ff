"""Reads GHL for the engine: pages, everything of one contact, single objects, all as records in our words."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from integrations.activity.records import Record
from integrations.connections.ports import Absent, Call, Json, Lane, Page, Permanent
from integrations.ghl import mapping
from integrations.ghl.adapter import CallLog, new_client, using
from integrations.ghl.client.api import Client
from integrations.ghl.client.dependencies import Auth, StaticToken
from integrations.ghl.client.errors import Forbidden, NotFound, ScopeMissing
from integrations.ghl.client.paging import next_search_after, next_skip
from integrations.ghl.client.transport import Transport
from integrations.ghl.models import Location
from integrations.ghl.tokens import StoredToken
from integrations.ghl.values import is_twofold

PAGE = 500
SMALL_PAGE = 100
# Calendars have no "everything from now on": the last window reaches this far ahead.
AHEAD = timedelta(days=3 * 365)


class GhlReader:
    """`Reader` of one connection. Hand it a location with its connection and workspace loaded."""

    def __init__(self, location: Location, lane: Lane, transport: Transport) -> None:
        self.location = location
        self._location_id = location.location_id
        self._log = CallLog(lane)
        self.client: Client = new_client(
            location.location_id, _auth(location), lane=lane, transport=transport, on_call=self._log
        )

    @property
    def requests(self) -> int:
        return self._log.count

    @cached_property
    def _location_data(self) -> dict[str, Any]:
        return dict(self.client.locations.get(self._location_id))

    @cached_property
    def zone(self) -> ZoneInfo:
        """The location's zone, for the times that come without an offset; kept on the workspace by connecting."""
        try:
            return ZoneInfo(self.location.connection.workspace.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            return ZoneInfo("UTC")

    def close(self) -> None:
        """Nothing to give back: connections are pooled by the transport."""

    def partitions(self, stream: str, *, since: datetime, now: datetime, span: timedelta) -> list[Json]:
        if stream != "appointments":
            return [{}]
        with using(self.location):
            calendars = self.client.calendars.list(self._location_id)
        spans = windows(since, now, span)
        return [
            {"calendar": str(calendar["id"]), "start": start, "end": end}
            for start, end in reversed(spans)
            for calendar in calendars
            if isinstance(calendar, dict) and calendar.get("id")
        ]

    def page(self, stream: str, *, partition: Json, cursor: Json | None, changed_since: datetime | None) -> Page:
        with using(self.location):
            return self._listings[stream](partition, cursor or {}, changed_since)

    def of_contact(self, stream: str, contact_id: str) -> Page:
        with using(self.location):
            if stream == "notes":
                return self._page(_of(contact_id, self.client.notes.list(contact_id)), mapping.note)
            if stream == "tasks":
                return self._page(_of(contact_id, self.client.tasks.list(contact_id)), mapping.task)
            if stream == "appointments":
                rows = _of(contact_id, self.client.calendars.appointments_of(contact_id))
                return self._page([self._timed(row) for row in rows], mapping.appointment)
        raise Permanent(f"{stream} cannot be read contact by contact.")

    def one(self, stream: str, remote_id: str, contact_id: str) -> Record:
        with using(self.location):
            if stream == "contacts":
                return self._one(self.client.contacts.get(remote_id), mapping.contact)
            if stream == "tasks":
                return self._one(self.client.tasks.get(contact_id, remote_id), mapping.task)
            if stream == "notes":
                return self._one(self.client.notes.get(contact_id, remote_id), mapping.note)
            if stream == "appointments":
                return self._one(self.client.calendars.appointment(remote_id), mapping.appointment)
            if stream == "businesses":
                return self._one(self.client.businesses.get(remote_id), mapping.business)
        raise Permanent(f"{stream} cannot be read one by one.")

    def _timed(self, row: Any) -> Any:
        """A contact's appointments come without an offset, which names two times where the clocks repeat an hour:
        asked for by itself, an appointment has one."""
        if not isinstance(row, dict) or not row.get("id") or not is_twofold(row.get("startTime"), self.zone):
            return row
        try:
            return {**row, **self.client.calendars.appointment(str(row["id"]))}
        except (NotFound, ScopeMissing, Forbidden):  # then the first of the two has to do
            return row

    def find(self, stream: str, remote_id: str, words: str) -> Record:
        """A task's creation is announced without its contact; only the location's search knows both."""
        if stream != "tasks":
            raise Permanent(f"{stream} cannot be found without their contact.")
        with using(self.location):
            rows = self._searched(words)
            row = next((row for row in rows if remote_id in (row.get("_id"), row.get("id"))), None)
        if row is None:
            raise Absent("The search does not show this task.")
        return self._one(row, mapping.task)

    def _searched(self, words: str) -> Iterator[Any]:
        after = None
        while True:
            page = self.client.tasks.search(self._location_id, query=words or None, limit=PAGE, search_after=after)
            rows = [row for row in page["tasks"] if isinstance(row, dict)]
            yield from rows
            after = next_search_after(page["tasks"], PAGE, after)
            if after is None:
                return

    @cached_property
    def _listings(self) -> dict[str, Callable[[Json, Json, datetime | None], Page]]:
        return {
            "users": self._users,
            "fields": self._fields,
            "calendars": self._calendars,
            "businesses": self._businesses,
            "contacts": self._contacts,
            "tasks": self._tasks,
            "appointments": self._appointments,
        }

    def _contacts(self, _: Json, cursor: Json, changed_since: datetime | None) -> Page:
        """Sorted by change, oldest first: what changes while we read moves to the end, so nothing is missed."""
        after = cursor.get("after")
        filters = None
        if changed_since is not None:
            since = changed_since.astimezone(UTC).isoformat().replace("+00:00", "Z")
            filters = [{"field": "dateUpdated", "operator": "range", "value": {"gte": since}}]
        answer = self.client.contacts.search(
            self._location_id,
            page_limit=PAGE,
            search_after=after,
            filters=filters,
            sort=[{"field": "dateUpdated", "direction": "asc"}],
        )
        rows, total = answer["contacts"], answer.get("total")
        read = int(cursor.get("read", 0)) + len(rows)
        # The total saves asking for an empty last page; what arrives meanwhile comes with the next changes.
        following = None if read == total else next_search_after(rows, PAGE, after)
        page = self._page(rows, mapping.contact, following, total)
        return replace(page, cursor=page.cursor and {**page.cursor, "read": read})

    def _tasks(self, _: Json, cursor: Json, __: datetime | None) -> Page:
        after = cursor.get("after")
        rows = self.client.tasks.search(self._location_id, limit=PAGE, search_after=after)["tasks"]
        return self._page(rows, mapping.task, next_search_after(rows, PAGE, after))

    def _appointments(self, partition: Json, _: Json, __: datetime | None) -> Page:
        events = self.client.calendars.events(
            self._location_id, partition["calendar"], partition["start"], partition["end"]
        )
        return self._page(events, mapping.appointment)

    def _businesses(self, _: Json, cursor: Json, __: datetime | None) -> Page:
        skip = int(cursor.get("skip", 0))
        rows = self.client.businesses.list(self._location_id, limit=SMALL_PAGE, skip=skip)
        return self._counted(rows, mapping.business, skip)

    def _users(self, _: Json, cursor: Json, __: datetime | None) -> Page:
        skip = int(cursor.get("skip", 0))
        company = self.location.company_id or str(self._location_data.get("companyId") or "")
        rows = self.client.users.search(company, self._location_id, limit=SMALL_PAGE, skip=skip)["users"]
        return self._counted(rows, mapping.user, skip)

    def _calendars(self, _: Json, __: Json, ___: datetime | None) -> Page:
        return self._page(self.client.calendars.list(self._location_id), mapping.calendar)

    def _fields(self, _: Json, __: Json, ___: datetime | None) -> Page:
        return self._page(self.client.locations.custom_fields(self._location_id), mapping.field)

    def _counted(self, rows: list[Any], read: Callable[..., Record], skip: int) -> Page:
        following = next_skip(rows, SMALL_PAGE, skip)
        page = self._page(rows, read)
        return Page(page.records, page.bad, None if following is None else {"skip": following})

    def _page(self, rows: list[Any], read: Callable[..., Record], after: Any = None, total: Any = None) -> Page:
        records, bad = mapping.read_rows(_emptied(rows), read, self.zone)
        cursor = None if after is None else {"after": after}
        return Page(records, bad, cursor, total if isinstance(total, int) else None)

    def _one(self, row: Any, read: Callable[..., Record]) -> Record:
        try:
            return read(row, self.zone)
        except (ValueError, TypeError, RecursionError, OverflowError) as error:
            reason = (
                str(error) if isinstance(error, mapping.Unreadable) else "GHL sent a record that cannot be read."
            )
            raise Permanent(reason, detail=type(error).__name__) from error

    def take_calls(self) -> list[Call]:
        return self._log.take_calls()


def _emptied(rows: list[Any]) -> Iterator[Any]:
    """Each row, and in the end an empty list: many thousands are not held twice, as rows and as records."""
    rows.reverse()
    while rows:
        yield rows.pop()


def _of(contact_id: str, rows: Sequence[Any]) -> list[Any]:
    """Rows of one contact's listing; what does not repeat whose it is gets told."""
    return [
        {**row, "contactId": contact_id} if isinstance(row, dict) and not row.get("contactId") else row
        for row in rows
    ]


def windows(since: datetime, now: datetime, span: timedelta) -> list[tuple[int, int]]:
    """Spans from `since` on as (start, end) in epoch milliseconds, the last one reaching far ahead of `now`."""
    spans = []
    start = since
    while start + span < now:
        spans.append((start, start + span))
        start += span
    spans.append((start, now + AHEAD))
    return [(int(a.timestamp() * 1000), int(b.timestamp() * 1000)) for a, b in spans]


def _auth(location: Location) -> Auth:
    if location.kind == Location.Kind.PRIVATE:
        return StaticToken(location.access_token)
    return StoredToken(Location, location.pk)
