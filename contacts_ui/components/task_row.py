"""How a task stands, a write of it included: one of a dozen looks, its words, and what may be pressed. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import ceil

from integrations.activity.models import Task
from integrations.connections.models import Connection
from integrations.sync.models import Write

State = Write.State


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task as the page shows it.

    `look` names the style and the tick's behaviour; `words` stand at the right; `why` is a failure's sentence.
    `left` counts the whole seconds until a write is sent, while it can still be undone.
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
        """Whether the check is drawn: as it was asked for, or as the other side says."""
        return _wants_completed(self.write) if self.write and self.look != "failed" else self.task.is_completed

    @property
    def can_toggle(self) -> bool:
        return self.look in ("idle", "overdue", "done", "confirmed", "reopened")


def row_of(
    task: Task, write: Write | None, *, now: datetime, lock: str, owner: str = "", refusal: str = ""
) -> TaskRow:
    """The look of a task under its latest write; `refusal` is why a click just now came to nothing.

    `lock` is why nothing can be changed at all, "" where it can.
    """
    if refusal:
        return TaskRow(task, "failed", why=refusal, owner=owner)
    if write is None:
        return TaskRow(task, _rest(task, now, lock), lock, owner=owner)
    match write.state:
        case State.QUEUED if write.not_before > now and not write.attempts:
            left = ceil((write.not_before - now).total_seconds())
            look = "ticked" if _wants_completed(write) else "reopening"
            return TaskRow(task, look, f"Sends in {left} s", left=left, write=write, owner=owner)
        case State.QUEUED if write.attempts:
            return TaskRow(task, "resending", "Waiting to send again", why=write.reason, write=write, owner=owner)
        case State.QUEUED | State.SENDING:
            return TaskRow(task, "sending", "Sending to GHL", write=write, owner=owner)
        case State.FAILED | State.CONFLICT:
            return TaskRow(
                task, "failed", why=write.reason or "Not sent. GHL did not accept it.", write=write, owner=owner
            )
        case State.CONFIRMED:
            look = "confirmed" if _wants_completed(write) else "reopened"
            return TaskRow(task, look, "Confirmed in GHL", write=write, owner=owner)
    return TaskRow(task, _rest(task, now, lock), lock, owner=owner)


def lock_of(connection: Connection) -> str:
    """Why no task of an account can be ticked, as far as its row says; "" where they can."""
    if connection.state != Connection.State.CONNECTED:
        return "Needs reconnect"
    return "" if connection.may_write else "Needs write access"


def _rest(task: Task, now: datetime, lock: str) -> str:
    if task.is_completed:
        return "done-readonly" if lock else "done"
    if lock:
        return "readonly"
    return "overdue" if task.due_at and task.due_at < now else "idle"


def _wants_completed(write: Write) -> bool:
    return bool(write.changes["is_completed"])
