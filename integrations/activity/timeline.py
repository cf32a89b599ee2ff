"""Reads a contact's timeline: what is pinned and to be done, then the past by keyset, one index range a part."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import groupby
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from integrations.activity.kinds import NAMED, ON_TIMELINES, appointment, note, task
from integrations.activity.models import ActivityEntry, Contact, Spelled

PAGE_SIZE = 50
# Matches of a search are counted up to here; beyond it there are "more than" that many.
MOST_COUNTED = 500
KIND_NAMES = tuple(kind.name for kind in ON_TIMELINES)


class Moment(Protocol):
    """Something that happened at a time."""

    @property
    def occurred_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader asked to see. Empty fields do not filter."""

    kind: str = ""
    text: str = ""
    actor: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.kind or self.text or self.actor)

    @property
    def is_search(self) -> bool:
        """Whether entries have to be looked at one by one to know whether they fit."""
        return bool(self.text or self.actor)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list of entries that is sorted by a moment, then by id; the rest lies strictly behind it."""

    occurred_at: datetime
    entry_id: int

    def encode(self) -> str:
        """A short text safe in a URL."""
        raw = json.dumps([self.occurred_at.isoformat(), self.entry_id])
        return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> Cursor | None:
        """The place a text names, or None for a text that we did not write (a bookmark cut short, a guess)."""
        try:
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            moment, entry_id = json.loads(raw)
            given = datetime.fromisoformat(moment)
            at = given.astimezone(UTC)
        except (ValueError, TypeError, OverflowError, RecursionError):
            return None
        # The first and the last year have moments that some zone has no date for.
        fits = given.tzinfo and 1 < at.year < 9999 and type(entry_id) is int and 0 < entry_id < 2**63
        return cls(at, entry_id) if fits else None


@dataclass(frozen=True, slots=True)
class Page:
    """Entries in their order, and where the next page starts (None at the end)."""

    entries: list[ActivityEntry]
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
    found = _filtered(contact, filters).filter(is_open=False, occurred_at__lte=now)
    if after:
        # The first condition alone bounds the walk along the index; the second drops what was shown.
        found = found.filter(occurred_at__lte=after.occurred_at).filter(
            Q(occurred_at__lt=after.occurred_at) | Q(id__lt=after.entry_id)
        )
    return _page(list(found.order_by("-occurred_at", "-id")[: size + 1]), size)


def agenda(contact: Contact, filters: Filters, *, now: datetime, size: int, after: Cursor | None = None) -> Page:
    """What is late, then what comes, then tasks without a date. Two queries: open tasks, and what lies ahead."""
    # By its date and not by `is_open`, which SQLite takes for a parameter and so for no condition of an index.
    tasks = _filtered(contact, filters).filter(agenda_at__isnull=False)
    ahead = _filtered(contact, filters).filter(is_open=False, occurred_at__gt=now)
    if after:
        tasks, ahead = _behind(tasks, "agenda_at", after), _behind(ahead, "occurred_at", after)
    rows = _first(tasks, contact, task.OPEN, "agenda_at", size + 1)
    rows += ahead.order_by("occurred_at", "id")[: size + 1]
    rows.sort(key=_place)
    last = rows[size - 1] if len(rows) > size else None
    return Page(rows[:size], Cursor(*_place(last)) if last else None)


def agenda_size(contact: Contact, filters: Filters, *, now: datetime) -> int:
    """How many entries `agenda` has in all its pages. One query, that reads no open task unless it must."""
    found = _filtered(contact, filters)
    if filters.is_search:
        ahead = found.filter(is_open=False, occurred_at__gt=now).count()
        return ahead + found.filter(agenda_at__isnull=False).count()
    tasks = contact.entries_by_type.get(task.OPEN, 0) if filters.kind in ("", task.KIND.name) else 0
    return tasks + found.filter(is_open=False, occurred_at__gt=now).count()


def count_late(contact: Contact, *, now: datetime) -> int:
    """Open tasks whose due date has passed. One query, none where no task is open."""
    if not contact.entries_by_type.get(task.OPEN):
        return 0
    return ActivityEntry.objects.filter(contact=contact, agenda_at__lt=now).count()


def next_meeting(contact: Contact, *, now: datetime) -> ActivityEntry | None:
    """The first appointment ahead that nobody has called off. One query."""
    ahead = ActivityEntry.objects.filter(contact=contact, kind=appointment.KIND.name, occurred_at__gt=now)
    return ahead.filter(type=appointment.BOOKED).order_by("occurred_at", "id").first()


def pinned(contact: Contact, *, size: int) -> list[ActivityEntry]:
    """The newest pinned notes; they also keep their place in the past. No query where the contact has none."""
    found = ActivityEntry.objects.filter(Spelled(F("type"), [note.PINNED]), contact=contact)
    return _first(found, contact, note.PINNED, "-occurred_at", size)


def counts(contact: Contact, filters: Filters) -> Counts:
    """Entries by kind under the reader's other filters: kept with the contact, or counted as far as is cheap."""
    if filters.is_search:
        return _count(_hits(contact, filters))
    return Counts(of_kinds(contact.entries_by_type))


def first_page(contact: Contact, filters: Filters, *, now: datetime, size: int = PAGE_SIZE) -> tuple[Page, Counts]:
    """`past` from its start and `counts`; a search looks at a contact's entries once for both.

    One query, or two for a search.
    """
    if not filters.is_search:
        return past(contact, filters, now=now, size=size), counts(contact, filters)
    hits = _hits(contact, filters)
    counted = _count(hits)
    fitting = (hit for hit in hits if not hit.is_open and hit.occurred_at <= now)
    keys = [hit.pk for hit in fitting if filters.kind in ("", hit.kind)][: size + 1]
    if len(keys) <= size and not counted.is_complete:  # more of this kind may lie behind what was looked at
        return past(contact, filters, now=now, size=size), counted
    return _page(list(ActivityEntry.objects.filter(pk__in=keys).order_by("-occurred_at", "-id")), size), counted


class _Hit(NamedTuple):
    pk: int
    kind: str
    is_open: bool
    occurred_at: datetime


def _hits(contact: Contact, filters: Filters) -> list[_Hit]:
    """Entries of every kind that a search finds, newest first: as many as are counted, and one more."""
    found = _filtered(contact, replace(filters, kind="")).order_by("-occurred_at", "-id")
    return [_Hit(*row) for row in found.values_list(*_Hit._fields)[: MOST_COUNTED + 1]]


def _count(hits: list[_Hit]) -> Counts:
    kinds = Counter(hit.kind for hit in hits[:MOST_COUNTED])
    return Counts(dict.fromkeys(KIND_NAMES, 0) | kinds, len(hits) <= MOST_COUNTED)


def _page(rows: list[ActivityEntry], size: int) -> Page:
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
    grouped = groupby(entries, key=lambda entry: entry.occurred_at.astimezone(zone).date())
    return [(day, list(rows)) for day, rows in grouped]


def _first(
    found: QuerySet[ActivityEntry], contact: Contact, entry_type: str, order: str, size: int
) -> list[ActivityEntry]:
    """The first of a type, unasked where the contact is known to have none."""
    if not contact.entries_by_type.get(entry_type):
        return []
    return list(found.order_by(order, "id" if order[0] != "-" else "-id")[:size])


def _behind(found: QuerySet[ActivityEntry], column: str, after: Cursor) -> QuerySet[ActivityEntry]:
    """What follows a place in rising order. The first condition alone bounds the walk along the index."""
    found = found.filter(**{f"{column}__gte": after.occurred_at})
    return found.filter(Q(**{f"{column}__gt": after.occurred_at}) | Q(id__gt=after.entry_id))


def _place(entry: ActivityEntry) -> tuple[datetime, int]:
    return entry.agenda_at or entry.occurred_at, entry.pk


def _filtered(contact: Contact, filters: Filters) -> QuerySet[ActivityEntry]:
    found = ActivityEntry.objects.filter(contact=contact)
    if filters.kind in NAMED:
        found = found.filter(kind=filters.kind)
    if filters.actor:
        found = found.filter(actor_remote_id=filters.actor)
    for word in filters.text.lower().split()[:8]:
        # Faster than LIKE, which folds the case of what is in lower case already.
        found = found.filter(GreaterThan(StrIndex("text", Value(word)), 0))
    return found
