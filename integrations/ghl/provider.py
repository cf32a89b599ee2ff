"""GHL behind the engine's ports: reads pages as records, sets a task completed, tells how it is connected."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.text import format_lazy

from integrations.activity.records import Record
from integrations.ghl import budget, mapping
from integrations.ghl.calls import CallLog
from integrations.ghl.client.api import Client
from integrations.ghl.client.auth import Auth, StaticToken
from integrations.ghl.client.errors import GhlError
from integrations.ghl.client.paging import next_search_after, next_skip
from integrations.ghl.client.transport import PooledTransport, Transport
from integrations.ghl.models import Connection
from integrations.ghl.tokens import StoredToken, new_client, using
from integrations.sync import calls
from integrations.sync.ports import Absent, AuthLost, Call, ConnectionStatus, Json, Lane, Page, Permanent

PAGE = 500
SMALL_PAGE = 100
YEAR = timedelta(days=365)
# Calendars have no "everything from now on": the last window reaches this far ahead.
AHEAD = timedelta(days=3 * 365)


class GhlProvider:
    """`Provider`. `transport` is the seam where tests put theirs."""

    def __init__(self, transport: Transport | None = None) -> None:
        self._transport = transport or PooledTransport(pool_size=settings.SYNC_PARALLEL_READS)

    def reader(self, workspace_id: int, lane: Lane) -> "GhlReader":
        return GhlReader(self._usable(workspace_id), lane, self._transport)

    def writer(self, workspace_id: int) -> "GhlWriter":
        return GhlWriter(GhlReader(self._usable(workspace_id), Lane.WRITE, self._transport))

    def status(self, workspace_ids: Sequence[int]) -> dict[int, ConnectionStatus]:
        connections = list(Connection.objects.filter(workspace__in=workspace_ids))
        used = budget.usage([connection.location_id for connection in connections])
        return {
            connection.workspace_id: _status(connection, used.get(connection.location_id, budget.Usage()))
            for connection in connections
        }

    def revoke(self, workspace_id: int) -> str:
        """Tell GHL where it can be told, then wipe the tokens whatever it answered."""
        connection = Connection.objects.filter(workspace=workspace_id).first()
        if connection is None:
            return ""
        answer = self._uninstall(connection) if connection.kind == Connection.Kind.OAUTH else ""
        connection.access_token = connection.refresh_token = ""
        connection.agency = connection.expires_at = None
        connection.state, connection.reason = Connection.State.REVOKED, "Revoked here by an admin."
        connection.broken_since = timezone.now()
        connection.save()
        return answer

    def _uninstall(self, connection: Connection) -> str:
        if not connection.access_token:
            return ""
        log = CallLog(Lane.PERSON)
        try:
            token = StoredToken(Connection, connection.pk)
            client = new_client(connection.location_id, token, transport=self._transport, on_call=log)
            client.oauth.uninstall(settings.GHL_VERSION_ID, location_id=connection.location_id, reason="Revoked")
        except GhlError:
            # The scope to uninstall is not asked for by default. Wiping the tokens is what counts here.
            return "GHL was not told; remove the app there too if it should disappear from the sub-account."
        finally:
            calls.keep_of([log], connection.workspace_id)
        return "GHL confirmed that the app was removed."

    def _usable(self, workspace_id: int) -> Connection:
        connection = Connection.objects.filter(workspace=workspace_id).first()
        if connection is None:
            raise AuthLost("This workspace is not connected. Connect it first.")
        if connection.state != Connection.State.CONNECTED:
            raise AuthLost(connection.reason or f"This connection is {connection.get_state_display().lower()}.")
        return connection


class GhlReader:
    """`Reader` of one connection."""

    def __init__(self, connection: Connection, lane: Lane, transport: Transport) -> None:
        self.connection = connection
        self._log = CallLog(lane)
        self.client: Client = new_client(
            connection.location_id, _auth(connection), lane=lane, transport=transport, on_call=self._log
        )

    @property
    def requests(self) -> int:
        return self._log.count

    @property
    def location(self) -> str:
        return self.connection.location_id

    @cached_property
    def _location_data(self) -> dict[str, Any]:
        return dict(self.client.locations.get(self.location))

    @cached_property
    def zone(self) -> ZoneInfo:
        """The location's zone, for the times that come without an offset; kept on the workspace by connecting."""
        try:
            return ZoneInfo(self.connection.workspace.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            return ZoneInfo("UTC")

    def close(self) -> None:
        """Nothing to give back: connections are pooled by the transport."""

    def partitions(self, stream: str, *, since: datetime, now: datetime) -> list[Json]:
        if stream != "appointments":
            return [{}]
        with using(self.connection):
            calendars = self.client.calendars.list(self.location)
        spans = windows(since, now)
        return [
            {"calendar": str(calendar["id"]), "start": start, "end": end}
            for start, end in reversed(spans)
            for calendar in calendars
            if isinstance(calendar, dict) and calendar.get("id")
        ]

    def page(self, stream: str, *, partition: Json, cursor: Json | None, changed_since: datetime | None) -> Page:
        with using(self.connection):
            return self._listings[stream](partition, cursor or {}, changed_since)

    def of_contact(self, stream: str, contact_id: str) -> Page:
        with using(self.connection):
            if stream == "notes":
                return self._page(_of(contact_id, self.client.notes.list(contact_id)), mapping.note)
            if stream == "tasks":
                return self._page(_of(contact_id, self.client.tasks.list(contact_id)), mapping.task)
            if stream == "appointments":
                rows = self.client.calendars.appointments_of(contact_id)
                return self._page(_of(contact_id, rows), mapping.appointment)
        raise Permanent(f"{stream} cannot be read contact by contact.")

    def one(self, stream: str, remote_id: str, contact_id: str) -> Record:
        with using(self.connection):
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

    def find(self, stream: str, remote_id: str, words: str) -> Record:
        """A task's creation is announced without its contact; only the location's search knows both."""
        if stream != "tasks":
            raise Permanent(f"{stream} cannot be found without their contact.")
        with using(self.connection):
            rows = self._searched(words)
            row = next((row for row in rows if remote_id in (row.get("_id"), row.get("id"))), None)
        if row is None:
            raise Absent("The search does not show this task.")
        return self._one(row, mapping.task)

    def _searched(self, words: str) -> Iterator[Any]:
        after = None
        while True:
            page = self.client.tasks.search(self.location, query=words or None, limit=PAGE, search_after=after)
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
            self.location,
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
        rows = self.client.tasks.search(self.location, limit=PAGE, search_after=after)["tasks"]
        return self._page(rows, mapping.task, next_search_after(rows, PAGE, after))

    def _appointments(self, partition: Json, _: Json, __: datetime | None) -> Page:
        events = self.client.calendars.events(
            self.location, partition["calendar"], partition["start"], partition["end"]
        )
        return self._page(events, mapping.appointment)

    def _businesses(self, _: Json, cursor: Json, __: datetime | None) -> Page:
        skip = int(cursor.get("skip", 0))
        rows = self.client.businesses.list(self.location, limit=SMALL_PAGE, skip=skip)
        return self._counted(rows, mapping.business, skip)

    def _users(self, _: Json, cursor: Json, __: datetime | None) -> Page:
        skip = int(cursor.get("skip", 0))
        company = self.connection.company_id or str(self._location_data.get("companyId") or "")
        rows = self.client.users.search(company, self.location, limit=SMALL_PAGE, skip=skip)["users"]
        return self._counted(rows, mapping.user, skip)

    def _calendars(self, _: Json, __: Json, ___: datetime | None) -> Page:
        return self._page(self.client.calendars.list(self.location), mapping.calendar)

    def _fields(self, _: Json, __: Json, ___: datetime | None) -> Page:
        return self._page(self.client.locations.custom_fields(self.location), mapping.field)

    def _counted(self, rows: Sequence[Any], read: Callable[..., Record], skip: int) -> Page:
        page = self._page(rows, read)
        following = next_skip(rows, SMALL_PAGE, skip)
        return Page(page.records, page.bad, None if following is None else {"skip": following})

    def _page(
        self, rows: Sequence[Any], read: Callable[..., Record], after: Any = None, total: Any = None
    ) -> Page:
        records, bad = mapping.read_rows(rows, read, self.zone)
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


class GhlWriter:
    """`Writer` of one connection."""

    def __init__(self, reader: GhlReader) -> None:
        self._reader = reader

    def set_task_completed(self, contact_id: str, task_id: str, completed: bool) -> None:
        with using(self._reader.connection):
            self._reader.client.tasks.complete(contact_id, task_id, completed)

    def take_calls(self) -> list[Call]:
        return self._reader.take_calls()


def _of(contact_id: str, rows: Sequence[Any]) -> list[Any]:
    """Rows of one contact's listing; what does not repeat whose it is gets told."""
    return [
        {**row, "contactId": contact_id} if isinstance(row, dict) and not row.get("contactId") else row
        for row in rows
    ]


def windows(since: datetime, now: datetime) -> list[tuple[int, int]]:
    """Years from `since` on as (start, end) in epoch milliseconds, the last one reaching far ahead of `now`."""
    spans = []
    start = since
    while start + YEAR < now:
        spans.append((start, start + YEAR))
        start += YEAR
    spans.append((start, now + AHEAD))
    return [(int(a.timestamp() * 1000), int(b.timestamp() * 1000)) for a, b in spans]


def _auth(connection: Connection) -> Auth:
    if connection.kind == Connection.Kind.PRIVATE:
        return StaticToken(connection.access_token)
    return StoredToken(Connection, connection.pk)


def _status(connection: Connection, used: budget.Usage) -> ConnectionStatus:
    usable = connection.state == Connection.State.CONNECTED
    return ConnectionStatus(
        connection_id=str(connection.pk),
        kind=connection.kind,
        state=connection.state,
        label=connection.get_state_display(),
        is_usable=usable,
        may_write=usable and connection.may_write,
        reason=connection.reason,
        remote_id=connection.location_id,
        scopes=tuple(connection.scopes),
        broken_since=connection.broken_since,
        connected_at=connection.connected_at,
        requests_today=used.today,
        daily_limit=settings.GHL_DAILY_LIMIT,
        requests_per_second=settings.GHL_BURST_LIMIT / settings.GHL_BURST_SECONDS,
        burst_used=used.burst,
        burst_limit=settings.GHL_BURST_LIMIT,
        reserved_for_people=used.reserved,
        # Made when a page shows it: a worker and a command would import every page for it.
        reconnect_url=cast(
            str, format_lazy("{}?workspace={}", reverse_lazy("ghl:connect"), connection.workspace_id)
        ),
    )
