"""What pages may show of the engine: connections, runs and writes, without naming a provider."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from integrations.activity.models import (
    Appointment,
    Business,
    Calendar,
    Contact,
    FieldDefinition,
    Note,
    RemoteObject,
    RemoteUser,
    Task,
)
from integrations.connections import registry
from integrations.connections.models import Connection
from integrations.connections.ports import ConnectionStatus
from integrations.connections.streams import Stream
from integrations.sync.models import OutboxWrite, Refetch, StreamCursor, SyncRun, SyncSchedule
from integrations.workspace.models import Workspace

# How long a confirmed write is still worth words on the page.
RECENTLY = timedelta(minutes=10)
OFF = "off"


@dataclass(frozen=True, slots=True)
class Capability:
    """Whether one stream is read. `state` is unknown, allowed, fallback, refused, or off by an admin's wish."""

    key: str
    label: str
    state: str
    reason: str
    can_be_off: bool = False

    @property
    def is_off(self) -> bool:
        return self.state == OFF


def connection_status(connection: Connection) -> ConnectionStatus:
    """What pages may know of a connection."""
    return connection_statuses([connection])[connection.pk]


def connection_statuses(connections: Iterable[Connection]) -> dict[int, ConnectionStatus]:
    """The same of many: one question to each provider, {connection id: status}."""
    by_provider: dict[str, list[Connection]] = {}
    for connection in connections:
        by_provider.setdefault(connection.provider, []).append(connection)
    found: dict[int, ConnectionStatus] = {}
    for key, theirs in by_provider.items():
        found |= registry.provider(key).status(theirs)
    return found


@dataclass(frozen=True, slots=True)
class Account:
    """A workspace with its home connection and how that stands; all None where it was never connected."""

    workspace: Workspace
    connection: Connection | None = None
    status: ConnectionStatus | None = None
    schedule: SyncSchedule | None = None
    run: SyncRun | None = None  # the one under way

    @property
    def is_usable(self) -> bool:
        return bool(self.status and self.status.is_usable)

    @property
    def has_ended(self) -> bool:
        """Whether somebody ended it; one that broke by itself waits for a person."""
        return bool(self.connection and self.connection.has_ended)


def accounts(workspaces: Iterable[Workspace], *, with_runs: bool = True) -> dict[int, Account]:
    """The accounts behind workspaces, {workspace id: account}: two queries and those of each provider.

    Without runs one query less, and no account has any.
    """
    found = list(workspaces)
    by_id = {workspace.pk: workspace for workspace in found}
    connections = list(Connection.objects.home().of(found).select_related("schedule"))
    for connection in connections:
        connection.workspace = by_id[connection.workspace_id]
    homes = {account.workspace.pk: account for account in _accounts(connections, with_runs=with_runs)}
    return {pk: homes.get(pk) or Account(workspace) for pk, workspace in by_id.items()}


def account_of(connection: Connection) -> Account:
    """The account of one connection whose workspace is loaded."""
    return _accounts([connection])[0]


def _accounts(connections: Sequence[Connection], *, with_runs: bool = True) -> list[Account]:
    """A connection brings its schedule along, or asks for it."""
    statuses, runs = connection_statuses(connections), _active_runs(connections) if with_runs else {}
    return [
        Account(one.workspace, one, statuses[one.pk], getattr(one, "schedule", None), runs.get(one.pk))
        for one in connections
    ]


def capabilities(connections: Iterable[Connection]) -> dict[int, list[Capability]]:
    """What each connection lets us read, stream by stream, in one query."""
    providers = {connection.pk: connection.provider for connection in connections}
    cursors = {(c.connection_id, c.stream): c for c in StreamCursor.objects.filter(connection__in=providers)}
    table: dict[int, list[Capability]] = {}
    for pk, provider in providers.items():
        for stream in registry.provider(provider).streams:
            table.setdefault(pk, []).append(_capability(stream, cursors.get((pk, stream.key))))
    return table


def _capability(stream: Stream, cursor: StreamCursor | None) -> Capability:
    if cursor is None:
        return Capability(stream.key, stream.label, StreamCursor.State.UNKNOWN, "", stream.can_be_off)
    if not cursor.is_on:
        return Capability(stream.key, stream.label, OFF, "", stream.can_be_off)
    return Capability(stream.key, stream.label, cursor.state, cursor.reason, stream.can_be_off)


def latest_writes(tasks: Iterable[Task], now: datetime) -> dict[int, OutboxWrite]:
    """The wish that a person should see on each task: unsettled, failed, or confirmed a moment ago.

    One query; {task id: write}. An undone or dismissed wish is none.
    """
    wanted = OutboxWrite.objects.filter(task__in=[task.pk for task in tasks]).order_by("task", "-id")
    latest: dict[int, OutboxWrite] = {}
    for write in wanted:
        latest.setdefault(write.task_id, write)
    shown = {OutboxWrite.State.UNDONE, OutboxWrite.State.DISMISSED}
    return {
        pk: write
        for pk, write in latest.items()
        if write.state not in shown
        and not (
            write.state == OutboxWrite.State.CONFIRMED and write.settled_at and write.settled_at < now - RECENTLY
        )
    }


def version_of(contact: Contact) -> str:
    """16 hex digits that differ when anything on the contact's page does: its own, its timeline, wishes, readings.

    One query beside the contact that is handed in. Take it before reading what the page shows: what changes in
    between then shows as a newer version, never as the same one.
    """
    writes = OutboxWrite.objects.filter(task__contact=contact.pk).order_by("-id")
    life = (contact.pk, contact.deleted_at, contact.merged_into_id, contact.checked_at is None)
    times = (contact.changed_at, contact.refreshed_at, contact.refresh_asked_at)
    seen = [*life, *times, *writes.values_list("id", "state", "attempts")[:50]]
    return hashlib.blake2b(repr(seen).encode(), digest_size=8).hexdigest()


def is_aged(contact: Contact, now: datetime) -> bool:
    """Whether opening the contact should read it again: neither read nor asked for within the minute."""
    if contact.deleted_at:
        return False
    aged = now - timedelta(seconds=settings.SYNC_CONTACT_FRESH_SECONDS)
    return all(at is None or at < aged for at in (contact.checked_at, contact.refresh_asked_at))


def is_refreshing(contact: Contact) -> bool:
    """Whether a reading of this contact is under way or waits for its turn."""
    return refetch_of(contact).filter(failed_at=None).exists()


def refetch_of(contact: Contact) -> QuerySet[Refetch]:
    """The reading of a whole contact that was asked for and has not succeeded, if there is one."""
    asked = Refetch.objects.filter(
        connection=contact.connection_id, stream="contacts", remote_id=contact.remote_id
    )
    return asked.filter(with_children=True)


def _active_runs(connections: Iterable[Connection]) -> dict[int, SyncRun]:
    """The run under way in each connection."""
    runs = SyncRun.objects.active().filter(connection__in=[connection.pk for connection in connections])
    return {run.connection_id: run for run in runs}


def cached_models() -> list[type[RemoteObject]]:
    """Every model that holds a copy of something remote, children before what they hang on."""
    return [Note, Task, Appointment, Contact, Business, Calendar, FieldDefinition, RemoteUser]
