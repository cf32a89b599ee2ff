"""Reads GHL for the engine: pages, everything of one contact, single objects, all as records in our words."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, partial
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from integrations.activity.kinds.message import Email
from integrations.activity.records import Record
from integrations.connections.ports import Absent, Call, Json, Lane, NotPermitted, Page, Permanent
from integrations.connections.status import Remote
from integrations.ghl import appointment_times, mapping, sub_account, uncovered
from integrations.ghl.adapter import CallLog, new_client, using
from integrations.ghl.client.api import Client
from integrations.ghl.client.dependencies import Auth, StaticToken
from integrations.ghl.client.errors import Forbidden, NotFound, ScopeMissing
from integrations.ghl.client.transport import Transport
from integrations.ghl.deals import Deals
from integrations.ghl.listings import Listings
from integrations.ghl.messages import Messages
from integrations.ghl.models import Location
from integrations.ghl.tokens import StoredToken

# Calendars have no "everything": what is read as a whole begins and ends where no appointment can lie beyond.
FLOOR, END = datetime(1970, 1, 2, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


OTHERS: dict[str, type[Deals | Messages]] = {"opportunities": Deals, "messages": Messages}


class GhlReader:
    """`Reader` of one connection. Hand it a location with its connection and workspace loaded."""

    def __init__(self, location: Location, lane: Lane, transport: Transport) -> None:
        self.location = location
        self._location_id = location.location_id
        self._log = CallLog(lane)
        self._made: dict[str, Deals | Messages] = {}
        self.client: Client = new_client(
            location.location_id, _auth(location), lane=lane, transport=transport, on_call=self._log
        )

    @property
    def requests(self) -> int:
        return self._log.count

    @property
    def clock_offset(self) -> float:
        return self._log.clock_offset

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

    def account(self) -> Remote:
        with using(self.location):
            remote = sub_account.remote_of(self.location, self.client.locations.get(self._location_id))
        workspace = self.location.connection.workspace
        workspace.timezone, workspace.country = remote.timezone, remote.country
        for kept in ("zone", "_listings"):
            self.__dict__.pop(kept, None)
        return remote

    def _contact(self, row: Any, zone: ZoneInfo) -> Record:
        return mapping.contact(row, zone, self._country)

    @property
    def _country(self) -> str:
        return self.location.connection.workspace.country

    def close(self) -> None:
        """Nothing to give back: connections are pooled by the transport."""

    def partitions(
        self, stream: str, *, since: datetime, now: datetime, span: timedelta, is_whole: bool
    ) -> list[Json]:
        if stream != "appointments":
            return [{}]
        with using(self.location):
            listed = self.client.calendars.list(self._location_id)
        calendars = {
            str(row["id"]): str(row.get("name") or "") for row in listed if isinstance(row, dict) and row.get("id")
        }
        spans = windows(since, now, span, is_whole=is_whole)
        by_calendar = [
            {"calendar": calendar, "name": name, "start": start, "end": end}
            for start, end in reversed(spans)
            for calendar, name in calendars.items()
        ]
        return [*by_calendar, *(uncovered.partitions(self.location.connection_id, calendars) if is_whole else ())]

    def page(self, stream: str, *, partition: Json, cursor: Json | None, changed_since: datetime | None) -> Page:
        if "contacts" in partition:
            return uncovered.page(partial(self.of_contact, stream), partition["contacts"])
        with _naming(partition), using(self.location):
            if other := self._other(stream):
                return other.page(cursor or {}, changed_since)
            return self._listings.page(stream, partition, cursor, changed_since)

    def of_contact(self, stream: str, contact_id: str) -> Page:
        with using(self.location):
            if other := self._other(stream):
                return other.of_contact(contact_id)
            if stream == "notes":
                return self._page(_of(contact_id, self.client.notes.list(contact_id)), mapping.note)
            if stream == "tasks":
                return self._page(_of(contact_id, self.client.tasks.list(contact_id)), mapping.task)
            if stream == "appointments":
                rows = _of(contact_id, self.client.calendars.appointments_of(contact_id))
                return self._page(self._timed(rows), mapping.appointment)
        raise Permanent(f"{stream} cannot be read contact by contact.")

    def one(self, stream: str, remote_id: str, contact_id: str) -> Record:
        if stream in ("tasks", "notes") and not contact_id:
            raise Absent("It belongs to no contact, so only a listing can show it.")
        with using(self.location):
            if other := self._other(stream):
                return self._one(remote_id, lambda it, _: other.one(it, contact_id))
            if stream == "contacts":
                return self._one(self.client.contacts.get(remote_id), self._contact)
            if stream == "tasks":
                return self._one(self.client.tasks.get(contact_id, remote_id), mapping.task)
            if stream == "notes":
                return self._one(self.client.notes.get(contact_id, remote_id), mapping.note)
            if stream == "appointments":
                return self._one(self.client.calendars.appointment(remote_id), mapping.appointment)
            if stream == "businesses":
                return self._one(self.client.businesses.get(remote_id), mapping.business)
        raise Permanent(f"{stream} cannot be read one by one.")

    def alike(self, stream: str, contact_id: str, fields: Json) -> Sequence[Record]:
        if stream != "contacts":
            return self.of_contact(stream, contact_id).records
        # One that says neither is looked for by name, which many may share.
        words = fields.get("email") or fields.get("phone") or named(fields)
        with using(self.location):
            rows = self.client.contacts.search(self._location_id, page_limit=100, query=words)["contacts"]
        return self._page(list(rows), self._contact).records

    def free_slots(self, calendar_id: str, day: date, zone: str) -> Sequence[datetime]:
        there = ZoneInfo(zone)
        start, end = (datetime.combine(one, time(), there) for one in (day, day + timedelta(days=1)))
        first, last = (round(moment.timestamp() * 1000) for moment in (start, end))
        with using(self.location):
            days = self.client.calendars.free_slots(calendar_id, first, last - 1, zone)
        return [one for one in mapping.slots(days, there) if start <= one < end]

    def email(self, email_id: str) -> Email:
        with using(self.location):
            return Messages(self.client, self._location_id, self.zone).email(email_id)

    def _timed(self, rows: list[Any]) -> list[Any]:
        """A contact's appointments come without an offset. Where an hour that the clocks repeat, or another zone
        than we know, may make it another time, one is asked for by itself, since then it has an offset."""
        known = appointment_times.known_of(self.location.connection_id, rows)
        return [appointment_times.timed(row, known, self.zone, self._offset) for row in rows]

    def _offset(self, remote_id: str) -> Json | None:
        try:
            return self.client.calendars.appointment(remote_id)
        except (NotFound, ScopeMissing, Forbidden):
            return None

    def find(self, stream: str, remote_id: str, words: str) -> Record:
        """A task's creation is announced without its contact; only the location's search knows both."""
        if stream != "tasks":
            raise Permanent(f"{stream} cannot be found without their contact.")
        with using(self.location):
            rows = self._listings.search_tasks(words)
            row = next((row for row in rows if remote_id in (row.get("_id"), row.get("id"))), None)
        if row is None:
            raise Absent("The search does not show this task.")
        return self._one(row, mapping.task)

    @cached_property
    def _listings(self) -> Listings:
        return Listings(self.client, self._location_id, self.zone, self._company, self._country)

    def _other(self, stream: str) -> Deals | Messages | None:
        """The reader of a stream with a file of its own."""
        if stream in OTHERS and stream not in self._made:
            self._made.setdefault(stream, OTHERS[stream](self.client, self._location_id, self.zone))
        return self._made.get(stream)

    def _company(self) -> str:
        return self.location.company_id or str(self._location_data.get("companyId") or "")

    def _page(self, rows: list[Any], read: Callable[..., Record]) -> Page:
        return Page(*mapping.read_rows(rows, read, self.zone))

    def _one(self, row: Any, read: Callable[..., Record]) -> Record:
        try:
            return read(row, self.zone)
        except (ValueError, TypeError, RecursionError, OverflowError) as error:
            reason = (
                str(error)
                if isinstance(error, mapping.Unreadable)
                else "GoHighLevel sent a record that cannot be read."
            )
            raise Permanent(reason, detail=type(error).__name__) from error

    def take_calls(self) -> list[Call]:
        return self._log.take_calls()


@contextmanager
def _naming(partition: Json) -> Iterator[None]:
    """What is refused for one calendar says for which."""
    try:
        yield
    except (Permanent, Absent, NotPermitted) as error:
        if not partition or (isinstance(error, NotPermitted) and error.is_certain):
            raise
        name = partition["name"] or partition["calendar"]
        words = f"The calendar {name} could not be read, so its appointments were read contact by contact."
        raise Permanent(words, detail=error.detail) from error


def named(fields: Json) -> str:
    """What a contact with these fields is called."""
    parts = (fields.get("first_name"), fields.get("last_name"))
    return str(fields.get("name") or " ".join(filter(None, parts)))


def _of(contact_id: str, rows: Sequence[Any]) -> list[Any]:
    """Rows of one contact's listing; what does not repeat whose it is gets told."""
    return [
        {**row, "contactId": contact_id} if isinstance(row, dict) and not row.get("contactId") else row
        for row in rows
    ]


def windows(since: datetime, now: datetime, span: timedelta, *, is_whole: bool) -> list[tuple[int, int]]:
    """Spans from `since` on as (start, end) in epoch milliseconds, the last one reaching ahead as far as can be.

    Of the whole the first one reaches back as far: what lies before `since` is little, and costs no request.
    """
    start, spans = since, []
    while start + span < now:
        spans.append((start, start + span))
        start += span
    spans.append((start, END))
    if is_whole:
        spans[0] = (FLOOR, spans[0][1])
    return [(int(a.timestamp() * 1000), int(b.timestamp() * 1000)) for a, b in spans]


def _auth(location: Location) -> Auth:
    if location.kind == Location.Kind.PRIVATE:
        return StaticToken(location.access_token)
    return StoredToken(Location, location.pk)
