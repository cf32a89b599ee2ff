"""Opens a contact's page at one item, which a link names in the address as `item`, at any depth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.http import QueryDict

from contacts_ui.shell.address import text_in
from contacts_ui.timeline.places import Places
from contacts_ui.timeline.threads import FURTHER, days_with_threads, may_part
from integrations.activity import lookup, timeline
from integrations.activity.asked import Cursor, Filters
from integrations.activity.entry_queries import Entry
from integrations.activity.kinds import appointment, change, task
from integrations.activity.models import Contact

CONTEXT = 10  # rows above the item, so that it is seen among what came after it


@dataclass(frozen=True, slots=True)
class Linked:
    """Where the item that was asked for stands; `element` is its row's id, `is_missing` where there is none.
    `is_edit`: it stands among everything else only where changes do."""

    places: Places
    element: str = ""
    is_missing: bool = False
    is_edit: bool = False


def open_at(contact: Contact, query: QueryDict, places: Places, now: datetime) -> Linked:
    """The page's places moved so that the item stands on it. No query without `item`, up to seven with it."""
    name = text_in(query, "item")
    if not name:
        return Linked(places)
    entry = lookup.entry_named(contact, name)
    if entry is None:
        return Linked(places, is_missing=True)
    if entry.is_open:
        return Linked(_in_agenda(contact, entry, places, now), f"{task.KIND.name}-{entry.source_id}")
    if entry.occurred_at > now:
        return Linked(_in_agenda(contact, entry, places, now), f"entry-{entry.pk}")
    is_edit = entry.type == change.FIELDS
    return Linked(_in_past(contact, entry, places, now), f"entry-{entry.pk}", is_edit=is_edit)


def _in_past(contact: Contact, entry: Entry, places: Places, now: datetime) -> Places:
    """From the start where the first page reaches it, else from a few rows above it that cut no thread."""
    for size in FURTHER:
        above = lookup.newer(contact, entry, now=now, size=size)
        if len(above) < timeline.PAGE_SIZE:
            return places
        rows = [entry, *above]
        days = days_with_threads(rows)
        parts = (at for at in range(CONTEXT, len(above)) if may_part(rows[at + 1], rows[at], days))
        if (above_it := next(parts, None)) is not None:
            return _from(rows[above_it + 1], above_it, places)
    return _from(above[CONTEXT], CONTEXT, places) if len(above) == size else _from(None, len(above), places)


def _from(entry: Entry | None, above_it: int, places: Places) -> Places:
    """From below an entry, or the start, as far down as the item, which has so many above it."""
    pages = above_it // timeline.PAGE_SIZE + 1
    return replace(
        places,
        past_after=Cursor(entry.occurred_at, entry.pk) if entry else None,
        past_rows=max(places.past_rows, pages * timeline.PAGE_SIZE),
    )


def _in_agenda(contact: Contact, entry: Entry, places: Places, now: datetime) -> Places:
    """As many rows as reach it where a page does, else from the item on."""
    at = entry.agenda_at or entry.occurred_at
    if entry.is_open and at < now:
        late = timeline.late(contact, Filters(), now=now, size=timeline.PAGE_SIZE).read().entries
        if entry in late:
            return replace(places, late_rows=max(places.late_rows, late.index(entry) + 1))
        return replace(places, late_after=Cursor(at, entry.pk + 1))
    if entry.type == appointment.CANCELLED:
        off = timeline.called_off(contact, Filters(), now=now, size=timeline.PAGE_SIZE).read().entries
        if entry in off:
            return replace(places, off_rows=max(places.off_rows, off.index(entry) + 1))
        return replace(places, off_after=Cursor(at, entry.pk - 1))
    coming = timeline.agenda(contact, Filters(), now=now, size=timeline.PAGE_SIZE).read().entries
    if entry in coming:
        return replace(places, agenda_rows=max(places.agenda_rows, coming.index(entry) + 1))
    return replace(places, agenda_after=Cursor(at, entry.pk - 1))
