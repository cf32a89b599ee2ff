"""How a task stands, wish included: one of a dozen looks, its words, and what may be pressed. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import ceil

from integrations.activity.models import Task
from integrations.sync.health.writes import Write, WriteState


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task as the page shows it.

    `look` names the style and the tick's behaviour; `words` stand at the right; `why` is a failure's sentence.
    `left` counts the whole seconds until a wish is sent, while it can still be undone.
    """

    task: Task
    look: str
    words: str = ""
    why: str = ""
    left: int = 0
    write: Write | None = None
    owner: str = ""

    @property
    def is_moving(self) -> bool:
        """Whether the page should ask again soon."""
        return self.look in ("ticked", "reopening", "sending", "resending")

    @property
    def is_ticked(self) -> bool:
        """Whether the check is drawn: by wish, or as the other side says."""
        return self.write.wants_completed if self.write and self.look != "failed" else self.task.is_completed

    @property
    def can_toggle(self) -> bool:
        return self.look in ("idle", "overdue", "done", "confirmed", "reopened")


def row_of(
    task: Task,
    write: Write | None,
    *,
    now: datetime,
    lock: str,
    system: str,
    owner: str = "",
    refusal: str = "",
) -> TaskRow:
    """The look of a task under its latest wish; `refusal` is why a click just now came to nothing.

    `lock` is why nothing can be wished at all, "" where it can; `system` is where it is sent.
    """
    if refusal:
        return TaskRow(task, "failed", why=refusal, owner=owner)
    if write is None:
        return TaskRow(task, _rest(task, now, lock), lock, owner=owner)
    match write.state:
        case WriteState.QUEUED if write.not_before > now and not write.attempts:
            left = ceil((write.not_before - now).total_seconds())
            look = "ticked" if write.wants_completed else "reopening"
            return TaskRow(task, look, f"Sends in {left} s", left=left, write=write, owner=owner)
        case WriteState.QUEUED if write.attempts:
            return TaskRow(task, "resending", "Waiting to send again", why=write.reason, write=write, owner=owner)
        case WriteState.QUEUED | WriteState.SENDING:
            return TaskRow(task, "sending", f"Sending to {system}", write=write, owner=owner)
        case WriteState.FAILED | WriteState.CONFLICT:
            why = write.reason or f"Not sent. {system} did not accept it."
            return TaskRow(task, "failed", why=why, write=write, owner=owner)
        case WriteState.CONFIRMED:
            look = "confirmed" if write.wants_completed else "reopened"
            return TaskRow(task, look, f"Confirmed in {system}", write=write, owner=owner)
    return TaskRow(task, _rest(task, now, lock), lock, owner=owner)


def _rest(task: Task, now: datetime, lock: str) -> str:
    if task.is_completed:
        return "done-readonly" if lock else "done"
    if lock:
        return "readonly"
    return "overdue" if task.due_at and task.due_at < now else "idle"
