"""Reads what a run brought: the items of people's timelines that were last changed by it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models.functions import Left

from integrations.activity import markup
from integrations.activity.kinds import NAMED
from integrations.activity.models import ActivityEntry
from integrations.sync.health.runs import Run, entries_of

AT_ONCE = 50
OPENING = 160
MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Item:
    """One row of a timeline; `words` are its first ones, perhaps empty."""

    entry: ActivityEntry
    icon: str
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class ItemPage:
    """Some of them, the latest stored first; `before` is where the next page starts, None at the end."""

    rows: list[Item]
    before: int | None


def items_of(run: Run, before: int | None = None, size: int = AT_ONCE) -> ItemPage:
    """The latest ones, or those from a place on, with their contacts; one query."""
    found = entries_of(run).select_related("contact").order_by("-pk")
    if before:
        found = found.filter(pk__lt=before)
    shown = ("kind", "title", "occurred_at", "facts", "contact__name", "contact__email", "contact__phone")
    # Only the beginning of a note: fifty whole ones would be read for nothing.
    rows = found.only(*shown).annotate(opening=Left("body", OPENING))[: size + 1]
    items = [_item(entry) for entry in rows]
    return ItemPage(items[:size], items[size - 1].entry.pk if len(items) > size else None)


def count_of(run: Run) -> str:
    """How many there are, as the page says it; "" for none. A first run may have brought millions."""
    counted = entries_of(run)[: MOST_COUNTED + 1].count()
    if counted > MOST_COUNTED:
        return f"{MOST_COUNTED:,}+"
    return f"{counted:,}" if counted else ""


def _item(entry: ActivityEntry) -> Item:
    kind = NAMED[entry.kind]
    changed = (str(part.get("field", "")).replace("_", " ") for part in entry.facts.get("changes") or [])
    words = ", ".join(filter(None, changed)) or entry.title or markup.plain_text(getattr(entry, "opening", ""))
    return Item(entry, kind.icon, kind.one, markup.excerpt(words))
