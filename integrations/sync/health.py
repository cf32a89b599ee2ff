"""What pages may show of the engine: connections, runs and writes, without naming a provider."""

import hashlib
from collections.abc import Iterable
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
from integrations.sync import registry
from integrations.sync.models import OutboxWrite, Refetch, StreamCursor, SyncRun, SyncSchedule
from integrations.sync.ports import ConnectionStatus
from integrations.sync.streams import STREAMS, Stream
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


def connection_status(workspace: Workspace) -> ConnectionStatus | None:
    """The connection that feeds a workspace, or None when there never was one."""
    return connection_statuses([workspace]).get(workspace.pk)


def connection_statuses(workspaces: Iterable[Workspace]) -> dict[int, ConnectionStatus]:
    """The connections of many workspaces: one question to each provider, {workspace id: status}."""
    by_provider: dict[str, list[int]] = {}
    for workspace in workspaces:
        by_provider.setdefault(workspace.provider, []).append(workspace.pk)
    found: dict[int, ConnectionStatus] = {}
    for key, ids in by_provider.items():
        found |= registry.provider(key).status(ids)
    return found


def capabilities(workspaces: Iterable[Workspace]) -> dict[int, list[Capability]]:
    """What each workspace may read, stream by stream, in one query."""
    ids = [workspace.pk for workspace in workspaces]
    cursors = {(c.workspace_id, c.stream): c for c in StreamCursor.objects.filter(workspace__in=ids)}
    table: dict[int, list[Capability]] = {}
    for pk in ids:
        for stream in STREAMS:
            table.setdefault(pk, []).append(_capability(stream, cursors.get((pk, stream.key))))
    return table


def _capability(stream: Stream, cursor: StreamCursor | None) -> Capability:
    if cursor is None:
        return Capability(stream.key, stream.label, StreamCursor.State.UNKNOWN, "", stream.can_be_off)
    if not cursor.is_on:
        return Capability(stream.key, stream.label, OFF, "", stream.can_be_off)
    return Capability(stream.key, stream.label, cursor.state, cursor.reason, stream.can_be_off)


def schedules(workspaces: Iterable[Workspace]) -> dict[int, SyncSchedule]:
    """When each workspace synced last and syncs next."""
    found = SyncSchedule.objects.filter(workspace__in=[workspace.pk for workspace in workspaces])
    return {schedule.workspace_id: schedule for schedule in found}


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
    marks = (contact.changed_at, contact.refreshed_at, contact.refresh_asked_at, contact.notes_checked_at is None)
    seen = [contact.pk, contact.deleted_at, *marks, *writes.values_list("id", "state", "attempts")[:50]]
    return hashlib.blake2b(repr(seen).encode(), digest_size=8).hexdigest()


def is_aged(contact: Contact, now: datetime) -> bool:
    """Whether opening the contact should read it again: neither read nor asked for within the minute."""
    if contact.deleted_at:
        return False
    aged = now - timedelta(seconds=settings.SYNC_CONTACT_FRESH_SECONDS)
    return all(at is None or at < aged for at in (contact.notes_checked_at, contact.refresh_asked_at))


def is_refreshing(contact: Contact) -> bool:
    """Whether a reading of this contact is under way or waits for its turn."""
    return refetch_of(contact).filter(failed_at=None).exists()


def refetch_of(contact: Contact) -> QuerySet[Refetch]:
    """The reading of a whole contact that was asked for and has not succeeded, if there is one."""
    asked = Refetch.objects.filter(workspace=contact.workspace_id, stream="contacts", remote_id=contact.remote_id)
    return asked.filter(with_children=True)


def active_runs(workspaces: Iterable[Workspace]) -> dict[int, SyncRun]:
    """The run under way in each workspace."""
    runs = SyncRun.objects.active().filter(workspace__in=[workspace.pk for workspace in workspaces])
    return {run.workspace_id: run for run in runs}


def cached_models() -> list[type[RemoteObject]]:
    """Every model that holds a copy of something remote, children before what they hang on."""
    return [Note, Task, Appointment, Contact, Business, Calendar, FieldDefinition, RemoteUser]
