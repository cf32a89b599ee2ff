"""Turns timeline entries into items of plain values, which draw the same wherever they are equal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from contacts_ui.components.appointment_status import AppointmentStatus, status_of
from contacts_ui.components.owners import Person, owner_of
from contacts_ui.components.task_row import TaskRow, row_of
from contacts_ui.formatting import custom_fields
from integrations.activity.entry_queries import Entry
from integrations.activity.kinds import NAMED, appointment, change, task
from integrations.sync import health
from integrations.sync.health.writes import Write


@dataclass(frozen=True, slots=True)
class EntryTask:
    """A task as its timeline entry tells it."""

    pk: int
    title: str
    due_at: datetime | None
    is_completed: bool
    owner_remote_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineItem:
    """One row of the feed or the agenda: everything that its drawing shows.

    `body` is HTML that was made safe when it was stored. `ends_at` is an appointment's end; `hidden_lines` are a
    long note's, `characters` the length of one whose beginning this is, unless it `is_whole`.
    """

    pk: int
    kind: str
    one: str
    icon: str
    source_id: int | None
    remote_id: str
    occurred_at: datetime
    actor: Person | None
    title: str
    body: str
    changed_at: datetime | None
    fetched_at: datetime | None
    run_id: int | None
    task: TaskRow | None = None
    status: AppointmentStatus | None = None
    ends_at: datetime | None = None
    address: str = ""
    is_whole: bool = False
    hidden_lines: int = 0
    characters: int = 0
    changes: tuple[custom_fields.Change, ...] = ()

    @property
    def template(self) -> str:
        """What draws the row in the feed."""
        return f"contacts_ui/timeline/kinds/{self.kind}.html"


@dataclass(frozen=True, slots=True)
class TimelineContext:
    """Names for the ids in entries, and the writes to show with tasks, if there may be any."""

    owners: Mapping[str, Person]
    definitions: Mapping[str, custom_fields.Definition]
    writes: Mapping[int, Write]
    lock: str
    system: str
    now: datetime
    has_writes: bool = True


def with_writes(entries: Iterable[Entry], context: TimelineContext) -> TimelineContext:
    """The context with the writes to show with the tasks among entries. One query at most."""
    if not context.has_writes:
        return context
    tasks = [entry.source_id for entry in entries if entry.kind == task.KIND.name and entry.source_id]
    return replace(context, writes=health.latest_writes(task.KIND.name, tasks, context.now))


def item_of(entry: Entry, context: TimelineContext) -> TimelineItem:
    """One entry with everything looked up."""
    kind = NAMED[entry.kind]
    special = _SPECIAL.get(entry.kind, _nothing)
    return TimelineItem(
        pk=entry.pk,
        kind=kind.name,
        one=kind.one,
        icon=kind.icon,
        source_id=entry.source_id,
        remote_id=entry.remote_id,
        occurred_at=entry.occurred_at,
        actor=owner_of(entry.actor_remote_id, context.owners),
        title=entry.title,
        body=entry.body,
        changed_at=entry.changed_at,
        fetched_at=entry.fetched_at,
        run_id=entry.run_id,
        hidden_lines=entry.facts.get("hidden_lines", 0),
        characters=entry.facts.get("characters", 0),
        **special(entry, context),
    )


def _nothing(_entry: Entry, _context: TimelineContext) -> dict[str, Any]:
    return {}


def _of_task(entry: Entry, context: TimelineContext) -> dict[str, Any]:
    shown = _task_of(entry)
    owner = owner_of(entry.actor_remote_id, context.owners)
    write = context.writes.get(shown.pk)
    name = owner.name if owner else ""
    return {"task": row_of(shown, write, now=context.now, lock=context.lock, system=context.system, owner=name)}


def _task_of(entry: Entry) -> EntryTask:
    due_at = None if entry.agenda_at == task.SOME_DAY else entry.agenda_at
    return EntryTask(entry.source_id or 0, entry.title, due_at, not entry.is_open, entry.actor_remote_id)


def _of_appointment(entry: Entry, _context: TimelineContext) -> dict[str, Any]:
    ends_at = entry.facts.get("end_at")
    return {
        "status": status_of(entry.facts.get("status", "")),
        "ends_at": datetime.fromisoformat(ends_at) if ends_at else None,
        "address": entry.facts.get("address", ""),
    }


def _of_change(entry: Entry, context: TimelineContext) -> dict[str, Any]:
    names = {remote_id: person.name for remote_id, person in context.owners.items()}
    changes = custom_fields.changes(entry.facts.get("changes") or [], context.definitions, names)
    return {"changes": tuple(changes)}


_SPECIAL = {
    task.KIND.name: _of_task,
    appointment.KIND.name: _of_appointment,
    change.KIND.name: _of_change,
}
