"""How a task stands, writes on their way included: one of a dozen looks, its words, what may be pressed. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil
from typing import Any, Protocol

from contacts_ui.formatting import clock
from contacts_ui.formatting.clock import local
from integrations.connections.models import Connection
from integrations.sync.health.writes import Write, WriteState


class ShownTask(Protocol):
    """What a row shows of a task: the cached task itself, or what its timeline entry holds of it."""

    @property
    def pk(self) -> int: ...
    @property
    def title(self) -> str: ...
    @property
    def due_at(self) -> datetime | None: ...
    @property
    def is_completed(self) -> bool: ...
    @property
    def owner_remote_id(self) -> str: ...


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task as the page shows it.

    `look` names the style and the tick's behaviour; `words` stand at the right; `why` is a failure's sentence.
    `left` counts the whole seconds until a write is sent, while it can still be undone. `due_words` say when it is
    due, or how late it is.
    """

    task: ShownTask
    look: str
    words: str = ""
    why: str = ""
    left: int = 0
    write: Write | None = None
    owner: str = ""
    due_words: str = ""
    is_late: bool = False

    @property
    def is_moving(self) -> bool:
        """Whether the page should ask again soon."""
        return self.look in ("ticked", "reopening", "sending", "resending")

    @property
    def is_ticked(self) -> bool:
        """Whether the check is drawn: by a write, or as the provider says."""
        return _wants_completed(self.write) if self.write and self.look != "failed" else self.task.is_completed

    @property
    def can_toggle(self) -> bool:
        return self.look in ("idle", "overdue", "done", "confirmed", "reopened")


def row_of(
    task: ShownTask,
    write: Write | None,
    *,
    now: datetime,
    lock: str,
    system: str,
    owner: str = "",
    refusal: str = "",
) -> TaskRow:
    """The look of a task under its latest write; `refusal` is why a click just now came to nothing.

    `lock` is why nothing can be written at all, "" where it can; `system` is where it is sent.
    """
    due_words, is_late = _due(task, now)
    row = TaskRow(task, _rest(task, now, lock), lock, owner=owner, due_words=due_words, is_late=is_late)
    if refusal:
        return replace(row, look="failed", words="", why=refusal)
    return replace(row, **_under_way(write, now, system)) if write else row


def _under_way(write: Write, now: datetime, system: str) -> dict[str, Any]:
    """What a write changes about its task's row; nothing when it is over and done with."""
    look: dict[str, Any] = {"write": write, "words": ""}
    match write.state:
        case WriteState.QUEUED if write.not_before > now and not write.attempts:
            left = ceil((write.not_before - now).total_seconds())
            ticked = "ticked" if _wants_completed(write) else "reopening"
            return look | {"look": ticked, "words": f"Sends in {left} s", "left": left}
        case WriteState.QUEUED if write.attempts:
            return look | {"look": "resending", "words": "Waiting to send again", "why": write.reason}
        case WriteState.QUEUED | WriteState.SENDING:
            return look | {"look": "sending", "words": f"Sending to {system}"}
        case WriteState.FAILED | WriteState.CONFLICT:
            return look | {"look": "failed", "why": write.reason or f"Not sent. {system} did not accept it."}
        case WriteState.CONFIRMED:
            confirmed = "confirmed" if _wants_completed(write) else "reopened"
            return look | {"look": confirmed, "words": f"Confirmed in {system}"}
    return {}


def _due(task: ShownTask, now: datetime) -> tuple[str, bool]:
    if task.due_at is None:
        return "", False
    due, here = local(task.due_at), local(now)
    late = clock.overdue(due, here)
    return late or clock.when(due, here), bool(late)


def lock_of(connection: Connection) -> str:
    """Why no task of an account can be ticked, as far as its row says; "" where they can."""
    if connection.state != Connection.State.CONNECTED:
        return "Needs reconnect"
    return "" if connection.may_write else "Needs write access"


def _rest(task: ShownTask, now: datetime, lock: str) -> str:
    if task.is_completed:
        return "done-readonly" if lock else "done"
    if lock:
        return "readonly"
    return "overdue" if task.due_at and task.due_at < now else "idle"


def _wants_completed(write: Write) -> bool:
    return bool(write.changes["is_completed"])
