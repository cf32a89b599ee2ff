"""Tasks: what somebody has to do for a contact."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from integrations.activity import markup
from integrations.activity.kinds import edited
from integrations.activity.kinds.kind import Columns, Kind, Shown, iso, same_names
from integrations.activity.models import Task
from integrations.activity.records import Record

OPEN, COMPLETED = "task.open", "task.completed"
# What readers ask for: one that is overdue is open too.
STATUSES = IS_OPEN, OVERDUE, IS_COMPLETED = "open", "overdue", "completed"
# What somebody edits in its form; a tick is no edit.
EDITED = ("title", "body", "due_at", "owner_remote_id")
# Where an open task without a due date stands on the agenda: behind everything that has one.
SOME_DAY = datetime(9000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRecord(Record):
    contact_remote_id: str
    title: str = ""
    body: str = ""
    due_at: datetime | None = None
    is_completed: bool = False
    owner_remote_id: str = ""
    added_at: datetime | None = None  # only the location-wide listing tells these two
    updated_at: datetime | None = None


def _columns(record: TaskRecord) -> Columns:
    return same_names(record) | {edited.COLUMN: None}


def _shown(task: Any) -> Shown:
    is_open = not task.is_completed
    facts = {"priority": task.priority, "edited_by": task.edited_by}
    return Shown(
        type=OPEN if is_open else COMPLETED,
        occurred_at=_moment(task),
        may_lie_ahead=is_open,
        is_open=is_open,
        agenda_at=(task.due_at or SOME_DAY) if is_open else None,
        actor_remote_id=task.owner_remote_id,
        title=task.title,
        body=markup.escaped(markup.excerpt(task.body)),
        text=f"{task.title} {markup.lines(task.body)}",
        facts={name: value for name, value in facts.items() if value},
        changed_at=task.updated_at or task.added_at,
    )


def _moment(task: Any) -> datetime:
    """When an open task is due; when a completed one was done, as near as the provider tells us.

    GHL keeps no completion time: the last change of a completed task comes closest. Without it
    (contact-by-contact reading) the due date must do.
    """
    known: datetime = task.due_at or task.updated_at or task.added_at or task.fetched_at
    return (task.updated_at or known) if task.is_completed else known


def _is_told(record: TaskRecord, before: Mapping[str, Any]) -> bool:
    """A task's completion has a webhook, an edit of it has none."""
    return record.is_completed and not before["is_completed"]


def _exported(task: Any) -> Columns:
    return {
        "title": task.title,
        "body": task.body,
        "due_at": iso(task.due_at),
        "completed": task.is_completed,
        "owner_id": task.owner_remote_id,
    }


def _exported_own(task: Any) -> Columns:
    return {"priority": task.get_priority_display().lower()}


KIND = Kind(
    name="task",
    plural="tasks",
    label="Tasks",
    one="Task",
    icon="circle-check-big",
    record=TaskRecord,
    model=Task,
    columns=_columns,
    revises=(*EDITED, edited.COLUMN),
    revised=edited.revised(*EDITED),
    has_contact=True,
    keeps=("added_at", "updated_at"),
    compares=("contact_remote_id", "is_completed"),
    owns=("priority",),
    watched={"title": "Title", "due_at": "Due", "owner_remote_id": "Owner", "is_completed": "Completed"},
    is_told=_is_told,
    shown=_shown,
    exported=_exported,
    exported_own=_exported_own,
)
