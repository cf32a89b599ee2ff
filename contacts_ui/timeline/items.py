"""Turns timeline entries into items that a template can draw without asking anything further."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from contacts_ui.components.appointment_status import AppointmentStatus, status_of
from contacts_ui.components.owners import Person, owner_of
from contacts_ui.components.task_row import TaskRow, row_of
from contacts_ui.formatting import clock, custom_fields
from contacts_ui.formatting.safe_text import hidden_lines
from integrations.activity import timeline
from integrations.activity.models import ActivityEntry, Appointment, Note, Task
from integrations.sync.models import Write


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """One row of the feed or the agenda. `source` is the cached object it was made from; None for a change."""

    entry: ActivityEntry
    actor: Person | None
    source: Note | Task | Appointment | None
    task: TaskRow | None = None
    status: AppointmentStatus | None = None
    changes: tuple[custom_fields.Change, ...] = ()
    hidden_lines: int = 0

    @property
    def changed_at(self) -> datetime | None:
        """When the provider last changed it, as far as it says so; appointments tell nothing."""
        if isinstance(self.source, Task):
            return self.source.updated_at or self.source.added_at
        return self.source.added_at if isinstance(self.source, Note) else None


@dataclass(frozen=True, slots=True)
class Day:
    """A day's items under their heading; `is_continued` when its heading stands on the page before."""

    on: date
    loud: str
    quiet: str
    items: list[TimelineItem]
    is_continued: bool = False


@dataclass(frozen=True, slots=True)
class TimelineContext:
    """Names for the ids in entries, and the writes to show with tasks."""

    owners: Mapping[str, Person]
    definitions: Mapping[str, custom_fields.Definition]
    writes: Mapping[int, Write]
    lock: str
    now: datetime


def tasks_in(entries: Iterable[ActivityEntry]) -> list[Task]:
    """The tasks among entries, to ask for their writes in one query."""
    return [entry.task for entry in entries if entry.task]


def item_of(entry: ActivityEntry, context: TimelineContext) -> TimelineItem:
    """One entry with everything looked up."""
    actor = owner_of(entry.actor_remote_id, context.owners)
    if entry.note:
        return TimelineItem(entry, actor, entry.note, hidden_lines=hidden_lines(entry.note.body))
    if entry.task:
        write = context.writes.get(entry.task.pk)
        owner = actor.name if actor else ""
        row = row_of(entry.task, write, now=context.now, lock=context.lock, owner=owner)
        return TimelineItem(entry, actor, entry.task, task=row)
    if entry.appointment:
        return TimelineItem(entry, actor, entry.appointment, status=status_of(entry.appointment.status))
    names = {remote_id: person.name for remote_id, person in context.owners.items()}
    return TimelineItem(
        entry, None, None, changes=tuple(custom_fields.changes(entry.change or [], context.definitions, names))
    )


def days_of(
    entries: list[ActivityEntry], context: TimelineContext, zone: ZoneInfo, after: timeline.Cursor | None = None
) -> list[Day]:
    """Past entries by day in the reader's zone. The first day may continue the page that ended at `after`."""
    seen = after.occurred_at.astimezone(zone).date() if after else None
    today = context.now.astimezone(zone).date()
    return [_day(day, rows, context, today, seen) for day, rows in timeline.by_day(entries, zone)]


def _day(day: date, rows: list[ActivityEntry], context: TimelineContext, today: date, seen: date | None) -> Day:
    loud, quiet = clock.day_heading(day, today)
    return Day(day, loud, quiet, [item_of(row, context) for row in rows], is_continued=day == seen)


def agenda_of(entries: list[ActivityEntry], context: TimelineContext) -> list[TimelineItem]:
    """Upcoming and overdue: what is late first, then by time."""
    items = [item_of(entry, context) for entry in entries]
    return sorted(items, key=lambda item: not (item.task and item.task.look == "overdue"))
