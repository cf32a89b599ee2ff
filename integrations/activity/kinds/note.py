"""Notes: what somebody wrote down about a contact."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integrations.activity import markup
from integrations.activity.kinds import change
from integrations.activity.kinds.kind import Columns, Kind, Shown, iso, same_names
from integrations.activity.models import Note
from integrations.activity.records import Record

ADDED, PINNED = "note.added", "note.pinned"
TEXT = ("title", "body")
# Of what a note said before it was edited, as its timeline shows it: it is looked at far less often.
LONGEST_EARLIER = 10_000


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
    return same_names(record) | {"body_text": markup.plain_text(record.body), "earlier": {}}


def _revised(before: Mapping[str, Any], after: Columns, now: datetime) -> Columns:
    """What the note said before its last edit. Edits soon after each other are one, and none where the words are
    again what they were."""
    text, earlier = {name: before[name] for name in TEXT}, before["earlier"]
    if text == {name: after[name] for name in TEXT}:
        return {"earlier": earlier}
    if earlier and now - datetime.fromisoformat(earlier["until"]) <= change.ONE_EDIT:
        text = {name: earlier[name] for name in TEXT}
        is_undone = text == {name: after[name] for name in TEXT}
        return {"earlier": {} if is_undone else text | {"until": earlier["until"]}}
    return {"earlier": text | {"until": iso(now)}}


def _shown(note: Any) -> Shown:
    facts: dict[str, Any] = {"hidden_lines": markup.hidden_lines(note.body)} if note.body else {}
    if markup.is_long(note.body):
        facts["characters"] = len(note.body)
    facts["holds"] = markup.holds(note.body, note.body_text)
    facts["colour"] = note.colour
    if note.earlier:
        facts |= _edited(note.earlier)
    return Shown(
        type=PINNED if note.is_pinned else ADDED,
        occurred_at=note.added_at or note.fetched_at,
        actor_remote_id=note.author_remote_id,
        title=note.title,
        body=markup.safe_html(markup.opening(note.body)),
        text=f"{note.title} {note.body_text}",
        facts={name: value for name, value in facts.items() if value},
        changed_at=note.added_at,
    )


def _edited(earlier: Columns) -> Columns:
    """When and by whom of ours it was edited, and the beginning of what it said until then, as safe as itself."""
    body = markup.safe_html(earlier["body"][:LONGEST_EARLIER])
    who = {"edited_by": earlier.get("by")}
    return who | {"edited_at": earlier["until"], "earlier_title": earlier["title"], "earlier": body}


def _exported(note: Any) -> Columns:
    return {
        "body": note.body,
        "title": note.title,
        "pinned": note.is_pinned,
        "user_id": note.author_remote_id,
        "added_at": iso(note.added_at),
        "edited_at": note.earlier.get("until"),
        "earlier_title": note.earlier.get("title"),
        "earlier_body": note.earlier.get("body"),
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
    revises=(*TEXT, "earlier"),
    revised=_revised,
    shown=_shown,
    exported=_exported,
)
