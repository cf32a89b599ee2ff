"""Turns timeline entries into lines that a template can draw without asking anything further."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from contacts_ui import clock, fields
from contacts_ui.bookings import Status, status_of
from contacts_ui.directory import Person, owner_of
from contacts_ui.notes import hidden_lines
from contacts_ui.tasks import TaskRow, row_of
from integrations.activity import timeline
from integrations.activity.models import ActivityEntry, Appointment, Note, Task
from integrations.sync.models import OutboxWrite


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the feed or the agenda. `source` is the cached object it was made from; None for a change."""

    entry: ActivityEntry
    actor: Person | None
    source: Note | Task | Appointment | None
    task: TaskRow | None = None
    status: Status | None = None
    changes: tuple[fields.Change, ...] = ()
    hidden_lines: int = 0

    @property
    def changed_at(self) -> datetime | None:
        """When the other side last changed it, as far as it says so; appointments tell nothing."""
        if isinstance(self.source, Task):
            return self.source.updated_at or self.source.added_at
        return self.source.added_at if isinstance(self.source, Note) else None


@dataclass(frozen=True, slots=True)
class Day:
    """A day's lines under their heading; `is_continued` when its heading stands on the page before."""

    on: date
    loud: str
    quiet: str
    lines: list[Line]
    is_continued: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """Names for the ids in entries, and the writes to show with tasks."""

    owners: Mapping[str, Person]
    definitions: Mapping[str, fields.Definition]
    writes: Mapping[int, OutboxWrite]
    lock: str
    now: datetime


def tasks_in(entries: Iterable[ActivityEntry]) -> list[Task]:
    """The tasks among entries, to ask for their writes in one query."""
    return [entry.task for entry in entries if entry.task]


def line_of(entry: ActivityEntry, words: Words) -> Line:
    """One entry with everything looked up."""
    actor = owner_of(entry.actor_remote_id, words.owners)
    if entry.note:
        return Line(entry, actor, entry.note, hidden_lines=hidden_lines(entry.note.body))
    if entry.task:
        write = words.writes.get(entry.task.pk)
        owner = actor.name if actor else ""
        row = row_of(entry.task, write, now=words.now, lock=words.lock, owner=owner)
        return Line(entry, actor, entry.task, task=row)
    if entry.appointment:
        return Line(entry, actor, entry.appointment, status=status_of(entry.appointment.status))
    names = {remote_id: person.name for remote_id, person in words.owners.items()}
    return Line(entry, None, None, changes=tuple(fields.changes(entry.change or [], words.definitions, names)))


def days_of(
    entries: list[ActivityEntry], words: Words, zone: ZoneInfo, after: timeline.Cursor | None = None
) -> list[Day]:
    """Past entries by day in the reader's zone. The first day may continue the page that ended at `after`."""
    seen = after.occurred_at.astimezone(zone).date() if after else None
    today = words.now.astimezone(zone).date()
    return [_day(day, rows, words, today, seen) for day, rows in timeline.by_day(entries, zone)]


def _day(day: date, rows: list[ActivityEntry], words: Words, today: date, seen: date | None) -> Day:
    loud, quiet = clock.day_heading(day, today)
    return Day(day, loud, quiet, [line_of(row, words) for row in rows], is_continued=day == seen)


def agenda_of(entries: list[ActivityEntry], words: Words) -> list[Line]:
    """Upcoming and overdue: what is late first, then by time."""
    lines = [line_of(entry, words) for entry in entries]
    return sorted(lines, key=lambda line: not (line.task and line.task.look == "overdue"))
