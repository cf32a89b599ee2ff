"""The table of everything that can be changed at the provider: one row an operation.

A new one is a row here, a row in the provider's table of sending, and the words and controls of its page. Fields
are named as the model of the kind names its columns, which are also the fields of its record; one custom field is
`custom_fields.ID`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

CUSTOM = "custom_fields."


class Act(StrEnum):
    """What an operation does to its record, which decides how it is looked at, sent and read back."""

    UPDATE = "update"  # fields, each merged with what is there
    CREATE = "create"
    DELETE = "delete"
    ADD = "add"  # members of a list, such as tags
    REMOVE = "remove"


class Allowed(StrEnum):
    """Whom an operation is for."""

    MEMBERS = "members"
    ADMINS = "admins"
    EDITORS = "editors"  # of that note, as the admins have set it by role


@dataclass(frozen=True, slots=True)
class Operation:
    """One sort of change.

    kind: of the record that it changes, in the singular; also what people call such a record.
    stream: where such records are read, one by one to look at it first and to read it back.
    label: what a person presses; `not_done` is what is said where that came to nothing.
    sets: what it always changes; `fields`: what whoever asks for it may change besides.
    needs: without any one of these there is nothing to send.
    person: the field of a new record that names whoever asks for it, where they name nobody else.
    opposite: the operation that takes it back as long as it was not sent.
    undo_window: whether it waits a moment in which it can be taken back.
    overwrites: fields that are sent even where they were changed over there meanwhile; all others merge.
    allowed: which members of the workspace may have it done.
    """

    key: str
    kind: str
    stream: str
    label: str
    not_done: str = "Not saved."
    act: Act = Act.UPDATE
    sets: Mapping[str, Any] = field(default_factory=dict)
    fields: frozenset[str] = frozenset()
    needs: tuple[str, ...] = ()
    person: str = ""
    opposite: str = ""
    undo_window: bool = True
    overwrites: frozenset[str] = frozenset()
    allowed: Allowed = Allowed.MEMBERS

    def takes(self, name: str) -> bool:
        """Whether whoever asks for it may give this field."""
        return name in self.fields or (name.startswith(CUSTOM) and "custom_fields" in self.fields)

    def gone(self, system: str) -> str:
        """Why it failed where its target is not there any more; `system` is the provider's name."""
        if self.act == Act.CREATE:
            return f"{self.not_done} The contact was deleted in {system}."
        return f"This {self.kind} was deleted in {system}. Create it again there if it is still needed."

    def refused(self, system: str) -> str:
        """Why it failed where the provider does not accept such a change."""
        if self.act == Act.CREATE:
            return f"{self.not_done} {system} rejected it. Add the {self.kind} in {system} instead."
        return f"{self.not_done} {system} rejected the change. Change the {self.kind} in {system} instead."


CONTACT = frozenset({"first_name", "last_name", "name", "email", "phone", "company", "owner_remote_id", "source"})
CONTACT |= {"custom_fields"}
TASK = frozenset({"title", "due_at", "body", "owner_remote_id"})
NOTE = frozenset({"title", "body", "is_pinned", "colour"})
APPOINTMENT = frozenset({"title", "start_at", "end_at", "owner_remote_id"})
TAGS, FIRM = frozenset({"tag_names"}), frozenset({"business_remote_id"})
CREATE, DELETE, ADD, REMOVE = Act.CREATE, Act.DELETE, Act.ADD, Act.REMOVE


def _row(key: str, label: str, not_done: str, **rest: Any) -> Operation:
    kind = key.partition(".")[0]
    return Operation(key, kind, f"{kind}s", label, not_done, **rest)


def _ticks() -> list[Operation]:
    done, is_open = {"is_completed": True}, {"is_completed": False}
    pinned, loose = {"is_pinned": True}, {"is_pinned": False}
    role: dict[str, Any] = {"undo_window": False, "allowed": Allowed.EDITORS}
    off, came, missed = {"status": "cancelled"}, {"status": "showed"}, {"status": "noshow"}
    return [
        _row("task.complete", "Complete", "Not completed.", sets=done, opposite="task.reopen"),
        _row("task.reopen", "Reopen", "Not reopened.", sets=is_open, opposite="task.complete"),
        _row("appointment.cancel", "Cancel", "Not cancelled.", sets=off),
        _row("appointment.showed", "Showed", "Not saved.", sets=came),
        _row("appointment.no_show", "No show", "Not saved.", sets=missed),
        _row("note.pin", "Pin", "Not pinned.", sets=pinned, opposite="note.unpin", **role),
        _row("note.unpin", "Unpin", "Not unpinned.", sets=loose, opposite="note.pin", **role),
    ]


def _others() -> list[Operation]:
    now = {"undo_window": False}
    mine, ours = {"person": "owner_remote_id"}, {"person": "author_remote_id"}
    names = ("first_name", "last_name", "name", "email", "phone")
    written, booked = NOTE | {"author_remote_id"}, APPOINTMENT | {"calendar_remote_id"}
    added, kept, gone = "Not added.", "Not saved.", "Not deleted."
    return [
        _row("contact.create", "Add contact", added, act=CREATE, fields=CONTACT | TAGS, needs=names, **now),
        _row("contact.update", "Edit", kept, fields=CONTACT, **now),
        _row("contact.delete", "Delete", gone, act=DELETE, allowed=Allowed.ADMINS),
        _row("contact.add_tags", "Add tags", added, act=ADD, fields=TAGS, needs=("tag_names",), **now),
        _row("contact.remove_tags", "Remove tags", "Not removed.", act=REMOVE, fields=TAGS, needs=("tag_names",)),
        _row("contact.set_business", "Set business", kept, fields=FIRM, **now),
        _row("task.create", "Add task", added, act=CREATE, fields=TASK, needs=("title",), **(now | mine)),
        _row("task.update", "Edit", kept, fields=TASK, **now),
        _row("task.delete", "Delete", gone, act=DELETE),
        _row("note.create", "Add note", added, act=CREATE, fields=written, needs=("body",), **(now | ours)),
        _row("note.update", "Edit", kept, fields=NOTE, allowed=Allowed.EDITORS, **now),
        _row("note.delete", "Delete", gone, act=DELETE, allowed=Allowed.EDITORS),
        _row("appointment.create", "Book", "Not booked.", act=CREATE, fields=booked, needs=("start_at",), **now),
        _row("appointment.update", "Reschedule", kept, fields=APPOINTMENT | {"status"}, **now),
    ]


OPERATIONS: dict[str, Operation] = {row.key: row for row in (*_ticks(), *_others())}
