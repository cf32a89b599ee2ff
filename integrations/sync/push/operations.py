"""The table of everything that can be changed at the provider: one row an operation.

A new one is a row here, a row in the provider's table of sending, and the words and controls of its page. Fields
are named as the model of the kind names its columns, which are also the fields of its record.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


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

    def gone(self, system: str) -> str:
        """Why it failed where its target is not there any more; `system` is the provider's name."""
        return f"This {self.kind} was deleted in {system}."


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
