"""Reads a contact's timeline: pinned, upcoming and overdue, then the past by keyset, one query a part."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet

from integrations.activity.models import ActivityEntry, Contact, Note

PAGE_SIZE = 50
Kind = ActivityEntry.Kind


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader asked to see. Empty fields do not filter."""

    kind: str = ""
    text: str = ""
    actor: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.kind or self.text or self.actor)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the past, newest first: everything strictly older than (occurred_at, id) comes next."""

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
    """Entries, newest first, and where the next page starts (None at the start of history)."""

    entries: list[ActivityEntry]
    next_cursor: Cursor | None


def past(
    contact: Contact, filters: Filters, *, now: datetime, after: Cursor | None = None, size: int = PAGE_SIZE
) -> Page:
    """What has happened, newest first. One query, no OFFSET: the depth of the page does not matter."""
    found = _filtered(contact, filters).filter(is_open=False, occurred_at__lte=now)
    if after:
        found = found.filter(
            Q(occurred_at__lt=after.occurred_at) | Q(occurred_at=after.occurred_at, id__lt=after.entry_id)
        )
    rows = list(found.order_by("-occurred_at", "-id")[: size + 1])
    if len(rows) <= size:
        return Page(rows, None)
    last = rows[size - 1]
    return Page(rows[:size], Cursor(last.occurred_at, last.pk))


def upcoming(contact: Contact, filters: Filters, *, now: datetime, limit: int = 200) -> list[ActivityEntry]:
    """Open tasks whatever their date and appointments still to come: overdue first, then by time."""
    found = _filtered(contact, filters).filter(Q(is_open=True) | Q(occurred_at__gt=now))
    return list(found.order_by("occurred_at", "id")[:limit])


def pinned(contact: Contact) -> list[Note]:
    """Pinned notes, newest first. They also keep their place in the past."""
    return list(contact.notes.present().filter(is_pinned=True).order_by("-added_at", "-id")[:20])


def counts(contact: Contact, filters: Filters) -> dict[str, int]:
    """Entries by kind under the reader's other filters, with the sum under "all"."""
    others = Filters(text=filters.text, actor=filters.actor)
    rows = _filtered(contact, others, joined=False).order_by().values_list("kind").annotate(n=Count("id"))
    by_kind = dict.fromkeys(Kind.values, 0) | dict(rows)
    return {"all": sum(by_kind.values())} | by_kind


def by_day(entries: Iterable[ActivityEntry], zone: ZoneInfo) -> list[tuple[date, list[ActivityEntry]]]:
    """Entries grouped by the day they fell on in the reader's zone, order kept."""
    grouped = groupby(entries, key=lambda entry: entry.occurred_at.astimezone(zone).date())
    return [(day, list(rows)) for day, rows in grouped]


def _filtered(contact: Contact, filters: Filters, *, joined: bool = True) -> QuerySet[ActivityEntry]:
    found = ActivityEntry.objects.filter(contact=contact)
    if joined:
        found = found.select_related("note", "task", "appointment")
    if filters.kind in Kind.values:
        found = found.filter(kind=filters.kind)
    if filters.actor:
        found = found.filter(actor_remote_id=filters.actor)
    for word in filters.text.lower().split()[:8]:
        found = found.filter(text__contains=word)
    return found
