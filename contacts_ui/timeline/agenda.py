"""What stands above the past: pinned notes, and what is to be done, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.safestring import SafeString

from contacts_ui.timeline.agenda_days import Planned, by_day
from contacts_ui.timeline.context import TimelineContext
from contacts_ui.timeline.items import item_of, with_writes
from contacts_ui.timeline.lists import Lists
from contacts_ui.timeline.places import PAGE, Places
from contacts_ui.timeline.raised import tasks_of, without
from contacts_ui.timeline.rows import AGENDA, PINNED, Place, drawn
from integrations.activity import timeline
from integrations.activity.asked import Cursor, Filters
from integrations.activity.entry_queries import Entry
from integrations.activity.kinds import note
from integrations.activity.models import Contact


@dataclass(frozen=True, slots=True)
class Agenda:
    """Rows of one list as they are drawn, and the way to those behind them.

    `total` counts all of them; a later page does not tell.
    """

    rows: SafeString
    count: int
    total: int | None
    next_cursor: str

    @property
    def more(self) -> str:
        """What the link to the next page says."""
        if self.total is None:
            return "Show more"
        rest = self.total - self.count
        return f"Show {rest} more" if rest <= PAGE else f"Show {PAGE} more of {rest:,}"


@dataclass(frozen=True, slots=True)
class ToDo:
    """What comes, what of it has been called off, and what is late.

    `tasks` are those among the rows.
    """

    coming: Agenda
    late: Agenda
    off: Agenda
    tasks: set[int]

    @property
    def is_empty(self) -> bool:
        return not (self.coming.rows or self.late.rows or self.off.rows)


@dataclass(frozen=True, slots=True)
class Pinned:
    """Pinned notes as they are drawn; `rest` counts those that are not shown, None for a later page."""

    rows: SafeString
    next_cursor: str
    rest: int | None


def to_do_of(
    request: HttpRequest,
    contact: Contact,
    filters: Filters,
    lists: Lists,
    words: TimelineContext,
    place: Place,
    places: Places,
) -> ToDo:
    """The lists of what is to be done as they are drawn. One query where there is more of them, one for writes."""
    coming, late, off = lists.coming, lists.late, lists.off
    told = with_writes([*coming.entries, *late.entries], words)
    sizes = len(coming.entries), len(late.entries), len(off.entries)
    if coming.next_cursor or late.next_cursor or off.next_cursor:
        sizes = timeline.agenda_sizes(contact, filters, now=words.now)
    return ToDo(
        coming=_agenda(
            by_day(request, _items(coming.entries, told), place, places.agenda_after),
            coming,
            places.agenda_after,
            sizes[0],
        ),
        late=_agenda(_late_rows(request, late, told, place), late, places.late_after, sizes[1]),
        off=_agenda(
            by_day(request, _items(off.entries, told), place, places.off_after), off, places.off_after, sizes[2]
        ),
        tasks=tasks_of([*coming.entries, *late.entries]),
    )


def read_more(
    request: HttpRequest, contact: Contact, filters: Filters, words: TimelineContext, place: Place, places: Places
) -> Agenda:
    """A page of the one list that is asked for from a place on. Up to three queries."""
    if after := places.late_after:
        listing = timeline.late(contact, filters, now=words.now, size=PAGE, after=after)
        late = _but_raised(listing.read(), places)
        return _agenda(_late_rows(request, late, with_writes(late.entries, words), place), late, after)
    if after := places.off_after:
        off = timeline.called_off(contact, filters, now=words.now, size=PAGE, after=after).read()
        return _agenda(by_day(request, _items(off.entries, words), place, after), off, after)
    after = places.agenda_after
    listing = timeline.agenda(contact, filters, now=words.now, size=PAGE, after=after)
    coming = _but_raised(listing.read(), places)
    items = _items(coming.entries, with_writes(coming.entries, words))
    return _agenda(by_day(request, items, place, after), coming, after)


def _agenda(rows: SafeString, page: timeline.Page, after: Cursor | None, total: int | None = None) -> Agenda:
    cursor = page.next_cursor.encode() if page.next_cursor else ""
    return Agenda(rows, len(page.entries), None if after else total, cursor)


def _but_raised(page: timeline.Page, places: Places) -> timeline.Page:
    """The page without the tasks that stand above both lists already."""
    return timeline.Page(without(page.entries, places.raised), page.next_cursor)


def _items(entries: Sequence[Entry], words: TimelineContext) -> list[Planned]:
    return [Planned(entry.agenda_at or entry.occurred_at, item_of(entry, words)) for entry in entries]


def _late_rows(request: HttpRequest, page: timeline.Page, words: TimelineContext, place: Place) -> SafeString:
    return drawn(request, AGENDA, [item_of(entry, words) for entry in page.entries], place)


def pinned_of(
    request: HttpRequest,
    contact: Contact,
    page: timeline.Page,
    words: TimelineContext,
    place: Place,
    places: Places,
) -> Pinned:
    """A page of pinned notes, and how many more the contact has."""
    rows = drawn(request, PINNED, [item_of(entry, words) for entry in page.entries], place)
    count = int(contact.entries_by_type.get(note.PINNED, 0))
    cursor = page.next_cursor.encode() if page.next_cursor else ""
    return Pinned(rows, cursor, None if places.pinned_after else max(0, count - len(page.entries)))
