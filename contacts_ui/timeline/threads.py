"""Ends and begins pages of the past where no thread of a day is cut: that is one row."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, tzinfo
from itertools import takewhile

from django.utils import timezone

from contacts_ui.components.said import thread_of
from contacts_ui.formatting import clock
from contacts_ui.timeline.places import MOST_LIVE
from integrations.activity import timeline
from integrations.activity.asked import Cursor, Filters
from integrations.activity.entry_queries import Entry
from integrations.activity.models import Contact

# How many rows are read at first, and then, to find where a day's thread ends. A longer one is cut.
FURTHER = (timeline.PAGE_SIZE, MOST_LIVE)


def days_with_threads(entries: Iterable[Entry]) -> set[date]:
    """The reader's days that any text among the entries falls on."""
    zone = timezone.get_current_timezone()
    return {_day(entry, zone) for entry in entries if thread_of(entry)}


def may_part(newer: Entry, older: Entry, days: Collection[date]) -> bool:
    """Whether a page may end between an entry and the one below it, when these days have threads."""
    return _day(newer) != (day := _day(older)) or day not in days


def with_whole_threads(page: timeline.Page, contact: Contact, filters: Filters, now: datetime) -> timeline.Page:
    """The page with the rest of its last day where that cuts a thread.

    No query, or one where a thread goes on, two where it is very long. A search shows each message by itself.
    """
    for size in FURTHER:
        if filters.text or not page.beyond:
            break
        if may_part(page.entries[-1], page.beyond, days_with_threads(page.entries)):
            break
        further = timeline.past(contact, filters, now=now, after=page.next_cursor, size=size).read()
        page = _with_rest_of_day(page, further)
    return page


def _with_rest_of_day(page: timeline.Page, further: timeline.Page) -> timeline.Page:
    zone = timezone.get_current_timezone()
    day = _day(page.entries[-1], zone)
    rest = list(takewhile(lambda entry: _day(entry, zone) == day, further.entries))
    entries = [*page.entries, *rest]
    if len(rest) == len(further.entries):
        return timeline.Page(entries, further.next_cursor, further.beyond)
    last = entries[-1]
    return timeline.Page(entries, Cursor(last.occurred_at, last.pk), further.entries[len(rest)])


def _day(entry: Entry, zone: tzinfo | None = None) -> date:
    return clock.local(entry.occurred_at, zone).date()
