"""The table of everything that can be changed on the other side: one row an operation.

A new one is a row here, a row in the provider's table of sending, and the words and controls of its page. Fields
are named as the model of the kind names its columns, which are also the fields of its record.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.apps import apps

from integrations.activity.models import RemoteObject
from integrations.activity.records import Record
from integrations.sync.models import Write


@dataclass(frozen=True, slots=True)
class Operation:
    """One sort of change.

    kind: of the record that it changes, in the singular; also what people call such a record.
    stream: where such records are read, one by one to look at it first and to read it back.
    label: what a person presses.
    sets: what it always changes; `fields`: what whoever asks for it may change besides.
    opposite: the operation that takes it back as long as it was not sent.
    undo_window: whether it waits a moment in which it can be taken back.
    overwrites: fields that are sent even where they were changed over there meanwhile; all others merge.
    """

    key: str
    kind: str
    stream: str
    label: str
    sets: Mapping[str, Any] = field(default_factory=dict)
    fields: frozenset[str] = frozenset()
    opposite: str = ""
    undo_window: bool = True
    overwrites: frozenset[str] = frozenset()

    @property
    def gone(self) -> str:
        """Why it failed where its target is not there any more."""
        return f"This {self.kind} was deleted on the other side."

    def changes(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Everything that it comes to. Raises KeyError for a field that it does not change."""
        for name in asked:
            if name not in self.fields:
                raise KeyError(name)
        return {name: plain(value) for name, value in {**asked, **self.sets}.items()}


OPERATIONS: dict[str, Operation] = {
    row.key: row
    for row in (
        Operation(
            "task.complete",
            kind="task",
            stream="tasks",
            label="Complete",
            sets={"is_completed": True},
            opposite="task.reopen",
        ),
        Operation(
            "task.reopen",
            kind="task",
            stream="tasks",
            label="Reopen",
            sets={"is_completed": False},
            opposite="task.complete",
        ),
    )
}


def plain(value: Any) -> Any:
    """A value as JSON holds it, so that what was stored and what was read compare."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return list(value) if isinstance(value, tuple) else value


def fields_of(source: RemoteObject | Record, names: Iterable[str]) -> dict[str, Any]:
    """The named fields of a cached row or of a record, as JSON holds them."""
    return {name: plain(getattr(source, name)) for name in names}


def new_write(operation: str, target: Any, changes: Mapping[str, Any] | None = None, **rest: Any) -> Write:
    """A write of a cached row, not stored yet, that starts from how the row stands now.

    Raises KeyError for an operation or a field that is none.
    """
    row = OPERATIONS[operation]
    wanted = row.changes(changes or {})
    known = {
        "connection_id": target.connection_id,
        "operation": row.key,
        "kind": row.kind,
        "target_id": target.pk,
        "remote_id": target.remote_id,
        "contact_id": target.pk if row.kind == "contact" else getattr(target, "contact_id", None),
        "changes": wanted,
        "base": fields_of(target, wanted),
    }
    return Write(**(known | rest))


def with_targets(writes: Iterable[Write]) -> list[Write]:
    """The same writes, each with the cached row that it changes in `target`: one query for each kind."""
    found = list(writes)
    for kind in {write.kind for write in found}:
        theirs = [write for write in found if write.kind == kind]
        rows: Any = apps.get_model("activity", kind)._default_manager.all()
        rows = rows if kind == "contact" else rows.select_related("contact")
        held = rows.in_bulk([write.target_id for write in theirs])
        for write in theirs:
            write.target = held.get(write.target_id)
    return found
