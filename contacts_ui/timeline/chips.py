"""The chips over a timeline: one for each kind, with how many items there are, and one for what narrows it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.safestring import SafeString

from contacts_ui.components.drawn import drawn
from contacts_ui.components.owners import Person, owner_of
from contacts_ui.formatting import clock
from contacts_ui.timeline.filters import TimelineFilters
from integrations.activity.kinds import ON_TIMELINES
from integrations.activity.models import Contact
from integrations.activity.timeline import Counts, of_kinds

CHIP = "contacts_ui/timeline/_chip.html"


@dataclass(frozen=True, slots=True)
class Chip:
    """`words` tell how many; `is_refused` marks a kind that the provider does not give us."""

    kind: str
    name: str
    words: str
    address: str
    is_on: bool
    is_refused: bool


def chips_of(filters: TimelineFilters, counts: Counts, refused: Collection[str]) -> list[SafeString]:
    """The chips as they are drawn, that of everything first; `refused` are names of kinds."""
    shown = [("", "All"), *((kind.name, kind.label) for kind in ON_TIMELINES)]
    return [
        drawn(
            CHIP,
            Chip(
                kind=kind,
                name=name,
                words=counted(counts, kind),
                address=filters.address(kind=kind),
                is_on=kind == filters.kind,
                is_refused=name in refused,
            ),
        )
        for kind, name in shown
    ]


def counted(counts: Counts, kind: str) -> str:
    """A count as pages say it; "+" where there are at least that many."""
    count = counts.by_kind[kind] if kind else counts.total
    return f"{count:,}{'' if counts.is_complete else '+'}"


def in_all(contact: Contact, kind: str) -> int:
    """How many items a search looks at."""
    by_kind = of_kinds(contact.entries_by_type)
    return by_kind[kind] if kind else sum(by_kind.values())


def narrowed_words(filters: TimelineFilters, owners: Mapping[str, Person], now: datetime) -> str:
    """Whom, which days and what tasks the filters ask for: "Priya Raman, 3 Nov to 9 Nov, overdue tasks"."""
    owner = owner_of(filters.by, owners)
    priority = f"{filters.priority} priority" if filters.priority else ""
    status = f"{filters.status} tasks" if filters.status else ""
    return ", ".join(filter(None, (owner.name if owner else "", _days(filters, now), status, priority)))


def _days(filters: TimelineFilters, now: datetime) -> str:
    today = timezone.localtime(now).date()
    since, until = (
        clock.calendar_day(date.fromisoformat(day), today) if day else "" for day in (filters.since, filters.until)
    )
    if since == until:
        return since
    if since and until:
        return f"{since} to {until}"
    return f"from {since}" if since else f"until {until}"
