"""Reads one page of the contact list by keyset, and what each row shows, in a fixed number of queries."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from contacts_ui.components.owners import Person, owner_of
from contacts_ui.contacts.filters import NOBODY, ContactFilters
from integrations.activity import search
from integrations.activity.kinds import appointment, task
from integrations.activity.models import ActivityEntry, Business, Contact, Tag
from integrations.workspace.models import Workspace

PAGE_SIZE = 50
WEEKS = 12
# The tag column of static/css/contacts.css in pixels: its room, a letter, what a tag and "+4" need around them.
TAG_ROOM, LETTER, TAG_FRAME, MORE_FRAME = 188, 6.8, 18, 34
MOST_TAGS = 300  # a select with more is no help; the search field finds people by any of them


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of the page before: its sort value (None sorts last) and its id."""

    value: str | None
    contact_id: int

    def encode(self) -> str:
        """A short text safe in an address."""
        return base64.urlsafe_b64encode(json.dumps([self.value, self.contact_id]).encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str, *, by_name: bool) -> Cursor | None:
        """The place a text names; None for one that we did not write, which then means the first page."""
        try:
            value, contact_id = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            place = _comparable(value, by_name=by_name)
        except (ValueError, TypeError, OverflowError, RecursionError):
            return None
        return cls(place, contact_id) if type(contact_id) is int and 0 < contact_id < 2**63 else None


@dataclass(frozen=True, slots=True)
class NextStep:
    """The most pressing open task or coming appointment of a contact."""

    title: str
    at: datetime | None
    is_overdue: bool
    is_appointment: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list, everything looked up."""

    contact: Contact
    business: str
    owner: Person | None
    weeks: list[int]
    next_step: NextStep | None

    @property
    def tags(self) -> list[str]:
        """The first tag, and the second where the column has room for both whole."""
        names = [str(name) for name in self.contact.tag_names]
        return names[: _tags_that_fit(names)]

    @property
    def more_tags(self) -> list[str]:
        return [str(name) for name in self.contact.tag_names[len(self.tags) :]]


@dataclass(frozen=True, slots=True)
class Page:
    rows: list[Row]
    next_cursor: str


def scope(workspaces: Sequence[Workspace]) -> QuerySet[Contact]:
    """Every contact of these workspaces that still exists on the other side."""
    contacts = Contact.objects.present()
    if len(workspaces) == 1:  # equality lets both databases walk the index in the order of the page
        return contacts.filter(workspace=workspaces[0])
    return contacts.filter(workspace__in=workspaces)


def matching(workspaces: Sequence[Workspace], filters: ContactFilters) -> QuerySet[Contact]:
    """The contacts that fit the filters, in no order."""
    if filters.account:
        workspaces = [workspace for workspace in workspaces if str(workspace.pk) == filters.account]
    found = scope(workspaces)
    if filters.q:
        found = search.matching(found, filters.q)
    if filters.tag:
        found = found.filter(tags__name=filters.tag)
    if filters.owner:
        found = found.filter(owner_remote_id="" if filters.owner == NOBODY else filters.owner)
    return found


def read_page(
    found: QuerySet[Contact],
    filters: ContactFilters,
    cursor: Cursor | None,
    owners: dict[str, Person],
    now: datetime,
) -> Page:
    """Up to PAGE_SIZE rows after `cursor`: four queries: contacts, firms, weeks, next steps."""
    ordered = _by_name(found, cursor) if filters.by_name else _by_activity(found, cursor)
    contacts = list(ordered.defer("payload", "extra", "custom_fields", "search_text")[: PAGE_SIZE + 1])
    shown = contacts[:PAGE_SIZE]
    firms, weeks, steps = _firms(shown), _weeks(shown, now), _next_steps(shown, now)
    rows = [
        Row(
            contact=contact,
            business=firms.get((contact.workspace_id, contact.business_remote_id)) or contact.company,
            owner=owner_of(contact.owner_remote_id, owners),
            weeks=weeks.get(contact.pk, [0] * WEEKS),
            next_step=steps.get(contact.pk),
        )
        for contact in shown
    ]
    return Page(rows, _cursor_after(shown[-1], filters) if len(contacts) > PAGE_SIZE else "")


def tag_names(workspaces: Sequence[Workspace]) -> list[str]:
    """Tag names to filter by, each once though several workspaces have it. One query."""
    tags = Tag.objects.filter(workspace__in=workspaces).order_by("name").values_list("name", flat=True).distinct()
    return list(tags[:MOST_TAGS])


def _comparable(value: Any, *, by_name: bool) -> str | None:
    """A sort value that both databases can compare; ValueError, TypeError or OverflowError for any other."""
    if value is None and not by_name:
        return None
    if not isinstance(value, str) or "\x00" in value:
        raise TypeError("No column sorts by this.")
    if by_name:
        return value.encode().decode()  # half a surrogate pair raises here, and not in the database
    given = datetime.fromisoformat(value)
    if given.tzinfo is None:
        raise ValueError("Without an offset it names no moment.")
    return given.astimezone(UTC).isoformat()


def _tags_that_fit(names: list[str]) -> int:
    """0, 1 or 2. Letters are counted, not measured: a guess on the wide side, and the style cuts what is wider."""
    if len(names) < 2:
        return len(names)
    width = sum(TAG_FRAME + LETTER * len(name) for name in names[:2])
    return 2 if width + (MORE_FRAME if len(names) > 2 else 0) <= TAG_ROOM else 1


def _by_activity(found: QuerySet[Contact], cursor: Cursor | None) -> QuerySet[Contact]:
    if cursor and cursor.value is None:
        found = found.filter(last_activity_at=None, pk__lt=cursor.contact_id)
    elif cursor:
        older = Q(last_activity_at__lt=cursor.value) | Q(last_activity_at=None)
        found = found.filter(older | Q(last_activity_at=cursor.value, pk__lt=cursor.contact_id))
    # Said outright because the databases disagree on where "never" belongs.
    return found.order_by(F("last_activity_at").desc(nulls_last=True), "-pk")


def _by_name(found: QuerySet[Contact], cursor: Cursor | None) -> QuerySet[Contact]:
    if cursor:
        found = found.filter(Q(sort_name__gt=cursor.value) | Q(sort_name=cursor.value, pk__gt=cursor.contact_id))
    return found.order_by("sort_name", "pk")


def _cursor_after(contact: Contact, filters: ContactFilters) -> str:
    last = contact.last_activity_at
    value = contact.sort_name if filters.by_name else last.isoformat() if last else None
    return Cursor(value, contact.pk).encode()


def _firms(contacts: list[Contact]) -> dict[tuple[int, str], str]:
    ids = {contact.business_remote_id for contact in contacts if contact.business_remote_id}
    firms = Business.objects.filter(workspace__in={c.workspace_id for c in contacts}, remote_id__in=ids)
    return {
        (place, remote_id): name for place, remote_id, name in firms.values_list("workspace", "remote_id", "name")
    }


def _weeks(contacts: list[Contact], now: datetime) -> dict[int, list[int]]:
    """Items per week and contact, oldest week first; counted by the database, so a busy contact costs no more."""
    edges = [now - timedelta(weeks=WEEKS - week) for week in range(WEEKS + 1)]
    columns = {
        f"week_{week}": Count("id", filter=Q(occurred_at__gt=edges[week], occurred_at__lte=edges[week + 1]))
        for week in range(WEEKS)
    }
    entries = ActivityEntry.objects.filter(contact__in=contacts, occurred_at__gt=edges[0], occurred_at__lte=now)
    rows = entries.order_by().values("contact").annotate(**columns).values_list("contact", *columns)
    return {contact_id: list(counts) for contact_id, *counts in rows}


def _next_steps(contacts: list[Contact], now: datetime) -> dict[int, NextStep]:
    entries = ActivityEntry.objects.filter(Q(is_open=True) | Q(occurred_at__gt=now), contact__in=contacts)
    first = Window(RowNumber(), partition_by=F("contact"), order_by=[F("occurred_at").asc(), F("id").asc()])
    entries = entries.exclude(type=appointment.CANCELLED)
    chosen = entries.annotate(place=first).filter(place=1)
    return {entry.contact_id: _step(entry, now) for entry in chosen}


def _step(entry: ActivityEntry, now: datetime) -> NextStep:
    if entry.is_open:
        due = None if entry.agenda_at == task.SOME_DAY else entry.agenda_at
        return NextStep(entry.title or "Untitled task", due, bool(due and due < now), False)
    is_appointment = entry.kind == appointment.KIND.name
    return NextStep(entry.title or "Appointment", entry.occurred_at, False, is_appointment)
