"""How a task stands, writes on their way included: one of a dozen looks, its words, what may be pressed. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING, Any, Protocol

from contacts_ui.formatting import clock
from contacts_ui.formatting.clock import local
from integrations.connections.models import Connection
from integrations.sync.health.writes import Write, WriteState

if TYPE_CHECKING:
    from contacts_ui.components.pending import Pending

NOT_CONNECTED, READ_ONLY = "Not connected", "Needs write access"
UNLOCK = {NOT_CONNECTED: "An admin can connect the account again.", READ_ONLY: "An admin can allow writing."}
UNDER_WAY = (WriteState.QUEUED, WriteState.SENDING)
# What waits for longer than this is followed by the page, not by the row itself.
SOON = timedelta(seconds=10)


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
    @property
    def priority(self) -> str: ...
    @property
    def deleted_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class There:
    """The provider's own page on which a person may still do what only the connection may not."""

    url: str
    words: str


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task as the page shows it.

    `look` names the style and the tick's behaviour; `words` stand at the right; `why` is the sentence of what
    waits or failed. `left` counts the whole seconds until a write is sent. `due_words` say when it is due, or how
    late it is; `credit` who completed or reopened it here, `editor` who edited it.
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
    credit: str = ""
    editor: str = ""
    is_moving: bool = False  # whether the page should ask again soon
    can_undo: bool = False
    undoes_own: bool = False  # whether who looks may take back theirs, which waits before the one that is shown
    can_retry: bool = False
    can_dismiss: bool = False
    can_ask: bool = False  # whether somebody else may tick it where a tick failed
    there: There | None = None
    pending: Pending | None = None  # another change of it that is not settled

    @property
    def can_change(self) -> bool:
        """Whether it can be edited here and put off."""
        return self.look in ("idle", "overdue", "reopened") and not self.is_going

    @property
    def is_going(self) -> bool:
        """Whether its deletion is on its way."""
        return self.pending is not None and self.pending.write.operation == "task.delete"

    @property
    def is_ticked(self) -> bool:
        """Whether the check is drawn: by a write, or as the provider says."""
        return _wants_completed(self.write) if self.write and self.look != "failed" else self.task.is_completed

    @property
    def is_unsettled(self) -> bool:
        """Whether a write waits, is on its way, or failed and was not put away."""
        return self.write is not None and self.write.state != WriteState.CONFIRMED

    @property
    def can_toggle(self) -> bool:
        return self.can_ask or self.look in ("idle", "overdue", "done", "confirmed", "reopened")


def row_of(
    task: ShownTask,
    write: Write | None,
    *,
    now: datetime,
    lock: str,
    system: str,
    there: str,
    owner: str = "",
    editor: str = "",
    refusal: str = "",
    viewer: int = 0,
    oversees: bool = False,
    pending: Pending | None = None,
) -> TaskRow:
    """The look of a task under its latest write; `refusal` is why a click just now came to nothing.

    `lock` is why nothing can be written at all, "" where it can; `system` is where it is sent, `there` its own
    page of the contact; `viewer` who looks. They decide about a tick of their own, or in an account they oversee.
    """
    due_words, is_late = _due(task, now)
    known: dict[str, Any] = {"owner": owner, "editor": editor, "due_words": due_words, "is_late": is_late}
    known["pending"] = pending
    row = TaskRow(task, _rest(task, now, lock), lock, **known)
    if task.deleted_at:
        row = replace(row, look="gone", words=f"Deleted in {system}")
    if refusal:
        return replace(row, look="failed", words="", why=refusal)
    if write is None or (write.state == WriteState.CONFIRMED and task.is_completed != _wants_completed(write)):
        return row  # what was confirmed is over once somebody has changed it elsewhere
    is_theirs, can_send = oversees or write.actor_id == viewer, not lock and not task.deleted_at
    row = replace(row, **_under_way(write, now, system), undoes_own=write.beneath is not None)
    row = replace(row, can_undo=write.can_undo and is_theirs and not row.undoes_own)
    if row.look == "failed":
        row = replace(row, there=there_of(write, system, there))
        row = replace(row, why=f"{row.why} {UNLOCK[lock]}" if lock else row.why, can_dismiss=is_theirs)
        retry = can_send and write.can_retry and is_theirs
        return replace(row, can_retry=retry, can_ask=can_send and not is_theirs)
    return replace(row, credit=_credit(write, viewer)) if row.look in ("confirmed", "reopened") else row


def _under_way(write: Write, now: datetime, system: str) -> dict[str, Any]:
    """What a write changes about its task's row; nothing when it is over and done with."""
    look: dict[str, Any] = {"write": write, "words": "", "is_moving": write.state in UNDER_WAY}
    match write.state:
        case WriteState.QUEUED if write.waits_for or write.attempts:
            words = "Trying again" if write.sent_at else ""
            moving = write.not_before - now < SOON
            return look | {"look": "held", "words": words, "why": write.waits_for, "is_moving": moving}
        case WriteState.QUEUED if write.not_before > now:
            left = ceil((write.not_before - now).total_seconds())
            ticked = "ticked" if _wants_completed(write) else "reopening"
            return look | {"look": ticked, "words": f"Sends in {left} s", "left": left}
        case WriteState.QUEUED | WriteState.SENDING:
            return look | {"look": "sending", "words": f"Sending to {system}"}
        case WriteState.FAILED | WriteState.CONFLICT:
            why = write.reason or f"Not sent. {system} did not accept it."
            return look | {"look": "failed", "words": failed_again(write), "why": why}
        case WriteState.CONFIRMED:
            confirmed = "confirmed" if _wants_completed(write) else "reopened"
            return look | {"look": confirmed, "words": f"Confirmed in {system}"}
    return {}


def failed_again(write: Write) -> str:
    """What tells a second failure from the first; "" for the first."""
    return f"Failed again, {local(write.settled_at):%H:%M}" if write.retries and write.settled_at else ""


def there_of(write: Write, system: str, url: str) -> There | None:
    """Where else a change can be made that the provider did not permit; None for one that had another fate."""
    return There(url, f"Open in {system}") if url and write.is_not_permitted else None


def _credit(write: Write, viewer: int) -> str:
    """Who asked for it, as the person who looks would say."""
    if write.actor_id is None:
        return ""
    return "You" if write.actor_id == viewer else str(write.actor)


def _due(task: ShownTask, now: datetime) -> tuple[str, bool]:
    if task.due_at is None:
        return "", False
    due, here = local(task.due_at), local(now)
    late = clock.overdue(due, here)
    return late or clock.when(due, here), bool(late)


def lock_of(connection: Connection) -> str:
    """Why no task of an account can be ticked, as far as its row says; "" where they can, if only sent later."""
    if connection.has_ended:
        return NOT_CONNECTED
    return "" if connection.may_write else READ_ONLY


def _rest(task: ShownTask, now: datetime, lock: str) -> str:
    if task.is_completed:
        return "done-readonly" if lock else "done"
    if lock:
        return "readonly"
    return "overdue" if task.due_at and task.due_at < now else "idle"


def _wants_completed(write: Write) -> bool:
    return bool(write.changes["is_completed"])
