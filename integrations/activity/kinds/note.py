"""Notes: what somebody wrote down about a contact."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integrations.activity import markup
from integrations.activity.kinds.kind import Columns, Kind, Shown, iso, same_names
from integrations.activity.models import Note
from integrations.activity.records import Record

ADDED, PINNED = "note.added", "note.pinned"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRecord(Record):
    contact_remote_id: str
    title: str = ""
    body: str = ""  # may be HTML; kept as sent, cleaned for its timeline row
    is_pinned: bool = False
    colour: str = ""
    author_remote_id: str = ""
    added_at: datetime | None = None


def _columns(record: NoteRecord) -> Columns:
    return same_names(record) | {"body_text": markup.plain_text(record.body)}


def _shown(note: Any) -> Shown:
    facts = {"hidden_lines": markup.hidden_lines(note.body)} if note.body else {}
    if markup.is_long(note.body):
        facts["characters"] = len(note.body)
    return Shown(
        type=PINNED if note.is_pinned else ADDED,
        occurred_at=note.added_at or note.fetched_at,
        actor_remote_id=note.author_remote_id,
        title=note.title,
        body=markup.safe_html(markup.opening(note.body)),
        text=f"{note.title} {note.body_text}".lower(),
        facts={name: value for name, value in facts.items() if value},
        changed_at=note.added_at,
    )


def _exported(note: Any) -> Columns:
    return {
        "body": note.body,
        "title": note.title,
        "pinned": note.is_pinned,
        "user_id": note.author_remote_id,
        "added_at": iso(note.added_at),
    }


KIND = Kind(
    name="note",
    plural="notes",
    label="Notes",
    one="Note",
    icon="sticky-note",
    record=NoteRecord,
    model=Note,
    columns=_columns,
    has_contact=True,
    keeps=("added_at",),
    compares=("contact_remote_id",),
    shown=_shown,
    exported=_exported,
)
