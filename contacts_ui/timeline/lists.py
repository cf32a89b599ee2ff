"""Reads all lists of a contact's page at once: the way to the database costs more than what is asked there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from contacts_ui.timeline.places import MOST, MOST_PINNED, PAGE, PINNED_AT_ONCE, Places
from contacts_ui.timeline.threads import with_whole_threads
from integrations.activity import timeline
from integrations.activity.asked import Filters
from integrations.activity.models import Contact
from integrations.activity.timeline import NOTHING, Listing, Page

MOST_DEALS = 6


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists of the page from their places on.

    `off` are meetings that were called off, `next_meeting` is the first one ahead whatever the filters hide.
    It and the deals are empty where only the results are asked for, and pinned notes wherever there is a filter.
    """

    past: Page
    coming: Page
    late: Page
    off: Page
    pinned: Page
    deals: Page
    next_meeting: Page


def read_lists(contact: Contact, filters: Filters, places: Places, now: datetime, *, is_whole: bool) -> Lists:
    """All of them. One query, unless the past ends inside a thread."""
    is_unfiltered = filters.is_empty
    lists = Lists(
        *timeline.read(
            past(contact, filters, places, now),
            timeline.agenda(
                contact, filters, now=now, size=min(places.agenda_rows, MOST), after=places.agenda_after
            ),
            timeline.late(contact, filters, now=now, size=min(places.late_rows, MOST), after=places.late_after),
            timeline.called_off(
                contact, filters, now=now, size=min(places.off_rows, MOST), after=places.off_after
            ),
            pinned(contact, places) if is_unfiltered else NOTHING,
            timeline.open_deals(contact, size=MOST_DEALS) if is_whole else NOTHING,
            timeline.next_meeting(contact, now=now) if is_whole else NOTHING,
        )
    )
    return replace(lists, past=with_whole_threads(lists.past, contact, filters, now))


def read_older(contact: Contact, filters: Filters, places: Places, now: datetime) -> Page:
    """A page of the past alone. One query, unless it ends inside a thread."""
    return with_whole_threads(past(contact, filters, places, now).read(), contact, filters, now)


def past(contact: Contact, filters: Filters, places: Places, now: datetime) -> Listing[Page]:
    """What has happened, as far down as is shown, from the place on."""
    return timeline.past(contact, filters, now=now, after=places.past_after, size=places.past_rows)


def pinned(contact: Contact, places: Places) -> Listing[Page]:
    """The newest pinned notes, or a page of those behind a place."""
    after = places.pinned_after
    size = PAGE if after else min(max(PINNED_AT_ONCE, places.pinned_rows), MOST_PINNED)
    return timeline.pinned(contact, size=size, after=after)
