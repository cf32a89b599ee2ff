"""Reads what a run brought: the items of people's timelines that were last changed by it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import F
from django.db.models.functions import Left

from contacts_ui.formatting import safe_text
from integrations.activity.models import ActivityEntry
from integrations.sync.health.runs import Run, entries_of

AT_ONCE = 50
Kind = ActivityEntry.Kind
ICONS = {
    Kind.NOTE: "sticky-note",
    Kind.TASK: "circle-check-big",
    Kind.APPOINTMENT: "calendar",
    Kind.CHANGE: "refresh-cw",
}
NAMES = {Kind.NOTE: "Note", Kind.TASK: "Task", Kind.APPOINTMENT: "Appointment", Kind.CHANGE: "Change"}
OPENING = 160


@dataclass(frozen=True, slots=True)
class Item:
    """One row of a timeline; `words` are its first ones, perhaps empty."""

    entry: ActivityEntry
    icon: str
    kind: str
    words: str


def items_of(run: Run) -> list[Item]:
    """The latest AT_ONCE that were stored, with their contacts; one query."""
    found = entries_of(run).select_related("contact").order_by("-pk")
    found = found.only("kind", "occurred_at", "change", "contact__name", "contact__email", "contact__phone")
    return [_item(entry) for entry in found.annotate(**_texts())[:AT_ONCE]]


def count_of(run: Run) -> int:
    """How many there are."""
    return entries_of(run).count()


def _texts() -> dict[str, Left | F]:
    """Only the beginning of a note: fifty whole ones would be read for nothing."""
    return {
        "of_note": Left("note__body_text", OPENING),
        "of_task": F("task__title"),
        "of_appointment": F("appointment__title"),
    }


def _item(entry: ActivityEntry) -> Item:
    kind = Kind(entry.kind)
    words = getattr(entry, f"of_{entry.kind}", None) if kind != Kind.CHANGE else _changed(entry)
    return Item(entry, ICONS[kind], NAMES[kind], safe_text.excerpt(words or ""))


def _changed(entry: ActivityEntry) -> str:
    fields = [str(part.get("field", "")).replace("_", " ") for part in entry.change or []]
    return ", ".join(filter(None, fields))
