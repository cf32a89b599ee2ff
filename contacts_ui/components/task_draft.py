"""A task that was added here and is not there yet. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from contacts_ui.components.owners import Person, owner_of
from contacts_ui.components.pending import Pending
from contacts_ui.formatting import clock


@dataclass(frozen=True, slots=True)
class TaskDraft:
    """`key` is its row's id."""

    key: str
    title: str
    due_at: datetime | None
    due_words: str
    owner: Person | None
    priority: str
    pending: Pending


def draft_of(pending: Pending, owners: Mapping[str, Person], now: datetime) -> TaskDraft:
    """The task as its change says it will be."""
    wanted = pending.write.changes
    due_at = moment_of(wanted.get("due_at"))
    words = clock.when(clock.local(due_at), clock.local(now)) if due_at else ""
    owner = owner_of(wanted.get("owner_remote_id", ""), owners)
    priority = pending.write.options.get("priority", "")
    title = wanted.get("title") or "Untitled task"
    return TaskDraft(f"write-{pending.write.pk}", title, due_at, words, owner, priority, pending)


def moment_of(told: object) -> datetime | None:
    """A moment as a change holds it; None for none."""
    try:
        return datetime.fromisoformat(told) if isinstance(told, str) and told else None
    except ValueError:
        return None
