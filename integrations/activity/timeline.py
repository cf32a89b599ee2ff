"""Reads a contact's timeline: what is pinned and to be done, then the past by keyset, one index range a part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, starmap
from typing import Any, cast

from integrations.activity import entry_queries as queries
from integrations.activity.asked import Cursor, Filters
from integrations.activity.entry_queries import Entry, shape_of, values_of
from integrations.activity.kinds import ON_TIMELINES, appointment, change, note, opportunity, task
from integrations.activity.models import Contact
from integrations.prepared import together

PAGE_SIZE = 50
# Matches of a search are counted up to here; beyond it there are "more than" that many.
MOST_COUNTED = 250
KIND_NAMES = tuple(kind.name for kind in ON_TIMELINES)


@dataclass(frozen=True, slots=True)
class Page:
    """Entries in their order, where the next page starts and with which entry (None at the end)."""

    entries: list[Entry]
    next_cursor: Cursor | None
    beyond: Entry | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """Entries by kind, and all together but those `left_out`. Where they are not complete, there are at least that
    many; `edits` counts the changes that may be left out."""

    by_kind: dict[str, int]
    is_complete: bool = True
    edits: int = 0
    left_out: int = 0

    @property
    def total(self) -> int:
        return sum(self.by_kind.values()) - self.left_out


@dataclass(frozen=True, slots=True)
class Listing[T]:
    """What one list of a timeline asks, and what its rows make, a list of entries for each query."""

    asked: tuple[tuple[queries.Rows, dict[str, Any]], ...]
    made: Callable[..., T]

    def read(self) -> T:
        """The list. One query, or none where it asks nothing."""
        [found] = read(self)
        return cast("T", found)


NOTHING: Listing[Page] = Listing((), lambda: Page([], None))


def read(*listings: Listing[Any]) -> list[Any]:
    """Each list in its turn. One query for all of them."""
    rows = iter(together([query for listing in listings for query in listing.asked]))
    return [listing.made(*(list(starmap(Entry, next(rows))) for _ in listing.asked)) for listing in listings]


def past(
    contact: Contact, filters: Filters, *, now: datetime, after: Cursor | None = None, size: int = PAGE_SIZE
) -> Listing[Page]:
    """What has happened, newest first, without OFFSET: the depth of the page does not matter."""
    if after and after.occurred_at > now:  # no place of the past: it begins where that does
        after = None
    query = queries.past(shape_of(filters, after), size + 1)
    return Listing(((query, _values(contact, filters, after, now)),), lambda rows: _newest(rows, size))


def agenda(
    contact: Contact, filters: Filters, *, now: datetime, size: int, after: Cursor | None = None
) -> Listing[Page]:
    """What comes, then tasks without a date."""
    shape, values = shape_of(filters, after), _values(contact, filters, after, now)
    asked = [queries.to_do(shape, size + 1)] if _may_have(contact, task.OPEN, filters) else []
    if filters.kind not in queries.NEVER_AHEAD:
        asked.append(queries.ahead(shape, size + 1))
    return Listing(tuple((query, values) for query in asked), lambda *rows: _soonest(chain(*rows), size))


def late(
    contact: Contact, filters: Filters, *, now: datetime, size: int, after: Cursor | None = None
) -> Listing[Page]:
    """Open tasks whose due date has passed, the latest first."""
    if not _may_have(contact, task.OPEN, filters):
        return NOTHING
    if after and after.occurred_at >= now:
        after = None
    query = queries.late(shape_of(filters, after), size + 1)
    return Listing(((query, _values(contact, filters, after, now)),), lambda rows: _latest(rows, size))


def called_off(
    contact: Contact, filters: Filters, *, now: datetime, size: int, after: Cursor | None = None
) -> Listing[Page]:
    """Appointments ahead that somebody has called off, the next first."""
    if not _may_have(contact, appointment.CANCELLED, filters):
        return NOTHING
    query = queries.called_off(shape_of(filters, after), size + 1)
    return Listing(((query, _values(contact, filters, after, now)),), lambda rows: _soonest(rows, size))


def next_meeting(contact: Contact, *, now: datetime) -> Listing[Page]:
    """The first appointment ahead that nobody has called off, whatever readers filter."""
    if not _may_have(contact, appointment.BOOKED):
        return NOTHING
    values = {"contact": contact.pk, "now": now}
    return Listing(((queries.next_meeting(), values),), lambda rows: Page(rows, None))


def pinned(contact: Contact, *, size: int, after: Cursor | None = None) -> Listing[Page]:
    """Pinned notes, newest first; they also keep their place in the past."""
    if not _may_have(contact, note.PINNED):
        return NOTHING
    filters = Filters()
    query = queries.pinned(shape_of(filters, after), size + 1)
    return Listing(((query, values_of(contact, filters, after)),), lambda rows: _newest(rows, size))


def open_deals(contact: Contact, *, size: int) -> Listing[Page]:
    """The latest deals that are under way."""
    if not _may_have(contact, opportunity.OPEN):
        return NOTHING
    query = queries.open_deals(size + 1)
    return Listing(((query, {"contact": contact.pk}),), lambda rows: _newest(rows, size))


def agenda_sizes(contact: Contact, filters: Filters, *, now: datetime) -> tuple[int, int, int]:
    """How many entries `agenda`, `late` and `called_off` have in all their pages. One query.

    Open tasks are late or still to do, and their number is kept with the contact.
    """
    shape, values = shape_of(filters), values_of(contact, filters)
    found = dict(queries.sizes(shape, has_kept=not filters.is_search)(**values, now=now))
    if not filters.is_search:
        has_tasks = not shape.by_kind or filters.kind == task.KIND.name
        is_open = contact.entries_by_type.get(task.OPEN, 0) if has_tasks else 0
        found["to_do"] = max(0, is_open - found["late"])
    return found["to_do"] + found["ahead"], found["late"], found["off"]


def count_late(contact: Contact, *, now: datetime) -> int:
    """Open tasks whose due date has passed. One query, none where no task is open."""
    if not _may_have(contact, task.OPEN):
        return 0
    return queries.count_late()(contact=contact.pk, now=now)[0]


def counted(contact: Contact, filters: Filters) -> tuple[Counts, Filters]:
    """Entries by kind under the reader's other filters, and the filters to go on with.

    The numbers are kept with the contact; a search counts as far as is cheap, in one query, and where that found
    every hit, nobody needs to look for them again.
    """
    if not filters.is_search:
        return _counts(contact.entries_by_type, filters), filters
    hits = _hits(contact, filters)
    found = _count(hits, filters)
    return found, replace(filters, hits=tuple(pk for pk, _ in hits)) if found.is_complete else filters


def _hits(contact: Contact, filters: Filters) -> list[tuple[int, str]]:
    """(key, type) of what a search finds of every kind, newest first: as many as are counted, and one more."""
    every = replace(filters, kind="", has_changes=True)
    query = queries.hits(shape_of(every), MOST_COUNTED + 1)
    return [(pk, entry_type) for pk, entry_type in query(**values_of(contact, every))]


def _count(hits: list[tuple[int, str]], filters: Filters) -> Counts:
    types = Counter(entry_type for _, entry_type in hits[:MOST_COUNTED])
    return replace(_counts(types, filters), is_complete=len(hits) <= MOST_COUNTED)


def _counts(by_type: Mapping[str, int], filters: Filters) -> Counts:
    edits = by_type.get(change.FIELDS, 0)
    return Counts(of_kinds(by_type), edits=edits, left_out=0 if filters.has_changes else edits)


def _newest(rows: Iterable[Entry], size: int) -> Page:
    return _page(sorted(rows, key=_moment, reverse=True), size, _moment)


def _latest(rows: Iterable[Entry], size: int) -> Page:
    return _page(sorted(rows, key=_due, reverse=True), size, _due)


def _soonest(rows: Iterable[Entry], size: int) -> Page:
    return _page(sorted(rows, key=_due), size, _due)


def _page(rows: list[Entry], size: int, place: Callable[[Entry], tuple[datetime, int]]) -> Page:
    last = rows[size - 1] if len(rows) > size else None
    return Page(rows[:size], Cursor(*place(last)), rows[size]) if last else Page(rows, None)


def of_kinds(by_type: Mapping[str, int]) -> dict[str, int]:
    """The sums of counts by type over each kind that timelines show."""
    found = dict.fromkeys(KIND_NAMES, 0)
    for name, count in by_type.items():
        found[name.partition(".")[0]] += count
    return found


def _may_have(contact: Contact, entry_type: str, filters: Filters | None = None) -> bool:
    """Whether the contact is known to have some of a type that is asked for; if not, nobody needs to ask."""
    is_asked = filters is None or filters.kind in ("", entry_type.partition(".")[0])
    return is_asked and bool(contact.entries_by_type.get(entry_type))


def _values(contact: Contact, filters: Filters, after: Cursor | None, now: datetime) -> dict[str, Any]:
    return values_of(contact, filters, after) | {"now": now}


def _moment(row: Entry) -> tuple[datetime, int]:
    return row.occurred_at, row.pk


def _due(row: Entry) -> tuple[datetime, int]:
    return row.agenda_at or row.occurred_at, row.pk
