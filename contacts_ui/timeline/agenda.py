"""What stands above the past: pinned notes, and what is to be done, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.safestring import SafeString

from contacts_ui.timeline.items import TimelineContext, TimelineItem, item_of, with_writes
from contacts_ui.timeline.places import AT_ONCE, MOST, MOST_PINNED, PAGE, PINNED_AT_ONCE, Places
from contacts_ui.timeline.rows import AGENDA, Place, drawn
from integrations.activity import timeline
from integrations.activity.asked import Filters
from integrations.activity.entry_queries import Entry
from integrations.activity.kinds import appointment, note
from integrations.activity.models import Contact


@dataclass(frozen=True, slots=True)
class Agenda:
    """Rows of the agenda as they are drawn, and the way to those behind them.

    `total` counts all of them; it is 0 for a later page, which does not tell. Where the rows are `is_whole`, which
    nobody filtered, `late` counts the tasks that are. `meeting` is the first one ahead among the rows.
    """

    rows: SafeString
    count: int
    total: int
    next_cursor: str
    is_whole: bool = False
    late: int | None = None
    meeting: TimelineItem | None = None

    @property
    def more(self) -> str:
        """What the link to the next page says."""
        rest = self.total - self.count
        if not self.total:
            return "Show more"
        return f"Show {rest} more" if rest <= PAGE else f"Show {PAGE} more of {rest:,}"


@dataclass(frozen=True, slots=True)
class Pinned:
    """Pinned notes; `rest` counts those that are not among them, which all stand in the past as well."""

    entries: list[Entry]
    rest: int
    is_whole: bool


def read_agenda(
    request: HttpRequest, contact: Contact, filters: Filters, words: TimelineContext, place: Place, places: Places
) -> Agenda:
    """The first rows, as many as are shown already, or a page of those behind a place. Up to four queries."""
    after = places.agenda_after
    size = PAGE if after else min(max(AT_ONCE, places.agenda_rows), MOST)
    page = timeline.agenda(contact, filters, now=words.now, size=size, after=after)
    told = with_writes(page.entries, words)
    count, items = len(page.entries), [item_of(entry, told) for entry in page.entries]
    rows = drawn(request, AGENDA, items, place)
    cursor = page.next_cursor.encode() if page.next_cursor else ""
    if after:
        return Agenda(rows, count, 0, cursor)
    meetings = (item for entry, item in zip(page.entries, items, strict=True) if entry.type == appointment.BOOKED)
    meeting = next(meetings, None)
    if page.next_cursor:
        total = timeline.agenda_size(contact, filters, now=words.now)
        return Agenda(rows, count, total, cursor, meeting=meeting)
    if not filters.is_empty:
        return Agenda(rows, count, count, "", meeting=meeting)
    late = sum(entry.agenda_at is not None and entry.agenda_at < words.now for entry in page.entries)
    return Agenda(rows, count, count, "", is_whole=True, late=late, meeting=meeting)


def read_pinned(contact: Contact, places: Places) -> Pinned:
    """The newest pinned notes, and how many more there are. One query, none where there are none."""
    size = min(max(PINNED_AT_ONCE, places.pinned_rows), MOST_PINNED)
    entries = timeline.pinned(contact, size=size)
    rest = max(0, int(contact.entries_by_type.get(note.PINNED, 0)) - len(entries))
    return Pinned(entries, rest, size == MOST_PINNED)
