"""What somebody asked for, in words: "Edit task “Call back”: title, due date". Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from contacts_ui.components import fields
from contacts_ui.components.field_names import Names
from integrations.activity import markup
from integrations.sync.health import writes
from integrations.sync.health.writes import Write

# What is pressed as "Edit" or "Add tags", where the kind does not complete it to a sentence.
VERBS = {
    "contact.add_tags": "Add tags to contact",
    "contact.remove_tags": "Remove tags from contact",
    "contact.set_business": "Set business of contact",
    "appointment.create": "Book appointment",
    "appointment.showed": "Mark appointment as showed",
    "appointment.no_show": "Mark appointment as no-show",
}
LONGEST_TITLE = 80
NO_PERSON = "Throughline"  # who asked, where that was a command line or somebody whose account is deleted
# Not asked for by a person, or said by the title.
UNSAID = {"is_deleted", "is_completed", "is_pinned", "author_remote_id"}
TITLES = {"contact": ("name", "first_name", "email", "phone"), "note": ("title", "body")}


@dataclass(frozen=True, slots=True)
class Value:
    """One field of a change: what it was, and what it is to be."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Wished:
    """`title` names the record, "" where nothing does; `url` is where it is shown, "" where nowhere.

    `fields` names what is changed, as it stands in a sentence; `priority` is a task's, which is kept here alone.
    """

    verb: str
    title: str
    fields: str
    values: tuple[Value, ...]
    url: str = ""
    contact: Any = None
    priority: str = ""


def asker(write: Write, viewer: int) -> str:
    """Who asked for a change, as the viewer reads it."""
    return "You" if write.actor_id == viewer else str(write.actor or NO_PERSON)


def wished(write: Write, names: Names) -> Wished:
    """What a change asks for; its target and its contact may be gone, or not there yet."""
    columns = [name for name in write.changes if name not in UNSAID]
    values = [_value(write, name, names) for name in columns]
    contact = write.contact if write.contact and not write.contact.deleted_at else None
    return Wished(
        verb=verb(write),
        title=title(write),
        fields=values[0].after if "tag_names" in write.changes and len(values) == 1 else _listed(values),
        values=tuple(values),
        url=_url(write) if contact else "",
        contact=contact if write.kind != "contact" else None,
        priority=getattr(write.target, "priority", "") or write.options.get("priority", ""),
    )


def _listed(values: Sequence[Value]) -> str:
    return ", ".join(value.label[:1].lower() + value.label[1:] for value in values)


def verb(write: Write) -> str:
    """What was pressed, with what sort of record it was about."""
    if known := VERBS.get(write.operation):
        return known
    label = writes.label_of(write)
    if write.operation == "appointment.update" and "start_at" not in write.changes:
        label = "Edit"
    return label if write.kind in label.lower() else f"{label} {write.kind}"


def title(write: Write) -> str:
    """What the record is called: as it stands, or as it is to be; a long text by how it begins."""
    if write.kind == "contact" and write.target is not None:
        return str(write.target)
    names = TITLES.get(write.kind, ("title",))
    said = next((text for name in names if (text := _text_of(write, name))), "")
    return said if len(said) <= LONGEST_TITLE else f"{said[: LONGEST_TITLE - 1].rstrip()}…"


def in_words(write: Write) -> str:
    """The same in one line, for a message."""
    said = title(write)
    return f"{verb(write)} “{said}”" if said else verb(write)


def _text_of(write: Write, name: str) -> str:
    sources: tuple[Mapping[str, Any], ...] = (write.base, write.changes)
    kept = getattr(write.target, name, "") if write.target is not None else ""
    text = kept or next((source[name] for source in sources if source.get(name)), "")
    return " ".join(markup.plain_text(str(text)).split()) if name == "body" else str(text)


def _value(write: Write, name: str, names: Names) -> Value:
    def said(value: Any) -> str:
        return fields.words(name, value, write.connection_id, names)

    label = fields.label(write.kind, name, write.connection_id, names)
    return Value(label, said(write.base.get(name)), said(write.changes[name]))


def _url(write: Write) -> str:
    page = reverse("contacts_ui:contact-timeline", args=[write.contact_id])
    return f"{page}#task-{write.target_id}" if write.kind == "task" and write.target_id else page
