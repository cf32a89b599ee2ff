"""Reads a contact's timeline: what is pinned and to be done, then the past by keyset, one index range a part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from typing import Protocol
from zoneinfo import ZoneInfo

from integrations.activity import entry_queries as queries
from integrations.activity.asked import Cursor, Filters
from integrations.activity.entry_queries import Entry, entries, shape_of, values_of
from integrations.activity.kinds import ON_TIMELINES, note, task
from integrations.activity.models import ActivityEntry, Contact

PAGE_SIZE = 50
# Matches of a search are counted up to here; beyond it there are "more than" that many.
MOST_COUNTED = 500
KIND_NAMES = tuple(kind.name for kind in ON_TIMELINES)


class Moment(Protocol):
    """Something that happened at a time."""

    @property
    def occurred_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Page:
    """Entries in their order, and where the next page starts (None at the end)."""

    entries: list[Entry]
    next_cursor: Cursor | None


@dataclass(frozen=True, slots=True)
class Counts:
    """Entries by kind, and all together. Where they are not complete, there are at least that many."""

    by_kind: dict[str, int]
    is_complete: bool = True

    @property
    def total(self) -> int:
        return sum(self.by_kind.values())


def past(
    contact: Contact, filters: Filters, *, now: datetime, after: Cursor | None = None, size: int = PAGE_SIZE
) -> Page:
    """What has happened, newest first. One query, no OFFSET: the depth of the page does not matter."""
    query = queries.past(shape_of(filters, after), size + 1)
    return _page(entries(query, values_of(contact, filters, after), now=now), size)


def agenda(contact: Contact, filters: Filters, *, now: datetime, size: int, after: Cursor | None = None) -> Page:
    """What is late, then what comes, then tasks without a date. Two queries: open tasks, and what lies ahead."""
    shape, values = shape_of(filters, after), values_of(contact, filters, after)
    rows = entries(queries.to_do(shape, size + 1), values) if _may_have(contact, task.OPEN) else []
    rows += entries(queries.ahead(shape, size + 1), values, now=now)
    rows.sort(key=_place)
    last = rows[size - 1] if len(rows) > size else None
    return Page(rows[:size], Cursor(*_place(last)) if last else None)


def agenda_size(contact: Contact, filters: Filters, *, now: datetime) -> int:
    """How many entries `agenda` has in all its pages. One query, or two for a search: open tasks are looked at."""
    shape, values = shape_of(filters), values_of(contact, filters)
    [ahead] = queries.count_ahead(shape)(**values, now=now)
    if filters.is_search:
        return int(ahead + queries.count_to_do(shape)(**values)[0])
    tasks = contact.entries_by_type.get(task.OPEN, 0) if filters.kind in ("", task.KIND.name) else 0
    return int(ahead + tasks)


def count_late(contact: Contact, *, now: datetime) -> int:
    """Open tasks whose due date has passed. One query, none where no task is open."""
    if not _may_have(contact, task.OPEN):
        return 0
    return queries.count_late()(contact=contact.pk, now=now)[0]


def next_meeting(contact: Contact, *, now: datetime) -> Entry | None:
    """The first appointment ahead that nobody has called off. One query."""
    return next(iter(entries(queries.next_meeting(), {"contact": contact.pk}, now=now)), None)


def pinned(contact: Contact, *, size: int) -> list[Entry]:
    """The newest pinned notes; they also keep their place in the past. No query where the contact has none."""
    if not _may_have(contact, note.PINNED):
        return []
    return entries(queries.pinned(size), {"contact": contact.pk})


def counts(contact: Contact, filters: Filters) -> Counts:
    """Entries by kind under the reader's other filters: kept with the contact, or counted as far as is cheap."""
    if filters.is_search:
        return _count(_hits(contact, filters))
    return Counts(of_kinds(contact.entries_by_type))


def first_page(contact: Contact, filters: Filters, *, now: datetime, size: int = PAGE_SIZE) -> tuple[Page, Counts]:
    """`past` from its start and `counts`; a search looks at a contact's entries once for both where hits are few.

    One query, or two for a search.
    """
    if not filters.is_search:
        return past(contact, filters, now=now, size=size), counts(contact, filters)
    hits = _hits(contact, filters)
    counted = _count(hits)
    if not counted.is_complete:  # more may lie behind what was looked at, and among so many a page is near
        return past(contact, filters, now=now, size=size), counted
    keys = [pk for pk, kind in hits if filters.kind in ("", kind)]
    found = ActivityEntry.objects.filter(pk__in=keys, is_open=False, occurred_at__lte=now)
    rows = found.order_by("-occurred_at", "-id").values_list(*Entry._fields)[: size + 1]
    return _page([Entry(*row) for row in rows], size), counted


def _hits(contact: Contact, filters: Filters) -> list[tuple[int, str]]:
    """(key, kind) of what a search finds of every kind, newest first: as many as are counted, and one more."""
    every = replace(filters, kind="")
    query = queries.hits(shape_of(every), MOST_COUNTED + 1)
    return [(pk, kind) for pk, kind in query(**values_of(contact, every))]


def _count(hits: list[tuple[int, str]]) -> Counts:
    kinds = Counter(kind for _, kind in hits[:MOST_COUNTED])
    return Counts(dict.fromkeys(KIND_NAMES, 0) | kinds, len(hits) <= MOST_COUNTED)


def _page(rows: list[Entry], size: int) -> Page:
    last = rows[size - 1] if len(rows) > size else None
    return Page(rows[:size], Cursor(last.occurred_at, last.pk) if last else None)


def of_kinds(by_type: dict[str, int]) -> dict[str, int]:
    """The sums of counts by type over each kind that timelines show."""
    found = dict.fromkeys(KIND_NAMES, 0)
    for name, count in by_type.items():
        found[name.partition(".")[0]] += count
    return found


def by_day[T: Moment](entries: Iterable[T], zone: ZoneInfo) -> list[tuple[date, list[T]]]:
    """Entries grouped by the day they fell on in the reader's zone, order kept."""
    grouped = groupby(entries, key=lambda row: row.occurred_at.astimezone(zone).date())
    return [(day, list(rows)) for day, rows in grouped]


def _may_have(contact: Contact, entry_type: str) -> bool:
    """Whether the contact is known to have some of a type; if not, nobody needs to ask."""
    return bool(contact.entries_by_type.get(entry_type))


def _place(row: Entry) -> tuple[datetime, int]:
    return row.agenda_at or row.occurred_at, row.pk
