"""Finds the contacts that fit the filters and reads one page of them, whatever the number of contacts."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from contacts_ui.contacts import by_next_step
from contacts_ui.contacts.cursor import BETWEEN, Cursor
from contacts_ui.contacts.filters import NEXT, NOBODY, ContactFilters
from integrations.activity import phones, search
from integrations.activity.models import Contact, Tag
from integrations.activity.next_steps import Walk
from integrations.connections.models import Connection
from integrations.workspace.models import Workspace

PAGE_SIZE, MOST_ROWS = 50, 1000
COUNTED = 1000  # a filter that more contacts fit is said to fit more than these
AFTER_COUNT = ";"
Links = Contact.tags.through
COLUMNS = (
    "pk", "workspace_id", "name", "email", "phone", "country", "remote_id", "company",
    "owner_remote_id", "tag_names", "last_activity_at", "sort_name", "sort_business", "sort_owner",
    "entries_by_day",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listed:
    """The columns of a contact that a list shows."""

    pk: int
    workspace_id: int
    name: str
    email: str
    phone: str
    country: str
    remote_id: str
    company: str
    owner_remote_id: str
    tag_names: list[str]
    last_activity_at: datetime | None
    sort_name: str
    sort_business: str
    sort_owner: str
    entries_by_day: dict[str, int]

    def __str__(self) -> str:
        return self.name or self.email or phones.shown(self.phone, self.country) or self.remote_id


@dataclass(frozen=True, slots=True)
class Page:
    """`as_of` is the moment that decided the order: where that is by next steps, the one of the first page."""

    contacts: list[Listed]
    next_cursor: str
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """Contacts that fit, in no order, and how many: None for more than COUNTED."""

    contacts: list[QuerySet[Contact]]  # one for each walk along an index; a page is read from all of them
    count: int | None
    workspaces: Sequence[Workspace] = ()  # of each walk
    ids: Sequence[int] = ()  # or those of the few that fit

    @property
    def said(self) -> str:
        """How many there are, as pages say it."""
        return f"More than {COUNTED:,}" if self.count is None else f"{self.count:,}"

    @property
    def look(self) -> str:
        """Changes with how many fit, and with which where those are known."""
        keys = array("q", sorted(self.ids)).tobytes()
        return f"{self.said}{AFTER_COUNT}{hashlib.blake2b(keys, digest_size=8).hexdigest() if keys else ''}"


def find(workspaces: Sequence[Workspace], filters: ContactFilters, total: dict[int, int]) -> Found:
    """The contacts that fit the filters: by their ids where they are few, else by walking along the list's order.

    Up to two queries, none without a filter; one more for a tag.
    """
    if filters.account:
        workspaces = [workspace for workspace in workspaces if str(workspace.pk) == filters.account]
    if not (filters.q or filters.tag or filters.owner):
        count = sum(total.get(workspace.pk, 0) for workspace in workspaces)
        return Found(_walks(workspaces), count, workspaces)
    tags = list(_tags(workspaces, filters.tag)) if filters.tag else []
    ids = _first_ids(workspaces, filters, tags)
    if len(ids) <= COUNTED:
        return Found([Contact.objects.filter(pk__in=ids)], len(ids), ids=ids)
    walks = [_narrowed(walk, filters, tags) for walk in _walks(workspaces)]
    return Found([search.walking(walk, filters.q) for walk in walks], None, workspaces)


def read_page(
    found: Found, filters: ContactFilters, cursor: Cursor | None, size: int = PAGE_SIZE, *, now: datetime
) -> Page:
    """Up to `size` rows after `cursor`. One query; another one where several workspaces are walked, and up to
    five more by next step."""
    if filters.order == NEXT:
        return _by_next_step(found, filters, cursor, size, now)
    parts = [_ordered(contacts, filters, cursor)[: size + 1] for contacts in found.contacts]
    if not parts:
        return Page([], "", now)
    if len(parts) > 1:
        # Each of them in order of its index; a walk over all would sort everything that they have.
        firsts = [Contact.objects.filter(pk__in=part.values("pk")).order_by().values_list("pk") for part in parts]
        ids = [pk for (pk,) in firsts[0].union(*firsts[1:], all=True)]
        parts = [_ordered(Contact.objects.filter(pk__in=ids), filters, None)[: size + 1]]
    contacts = [Listed(*row) for row in parts[0].values_list(*COLUMNS)]
    shown = contacts[:size]
    return Page(shown, _cursor_after(shown[-1], filters) if len(contacts) > size else "", now)


def _by_next_step(found: Found, filters: ContactFilters, cursor: Cursor | None, size: int, now: datetime) -> Page:
    walks = _next_step_walks(found)
    part = by_next_step.read(walks, cursor, now, is_turned=filters.is_turned, size=size)
    rows = Contact.objects.present().filter(pk__in=part.ids).order_by().values_list(*COLUMNS)
    there = {row[0]: Listed(*row) for row in rows}
    return Page([there[pk] for pk in part.ids if pk in there], part.next_cursor, part.moment)


def _next_step_walks(found: Found) -> list[Walk]:
    if not found.workspaces:
        return [Walk(contacts, ids=found.ids) for contacts in found.contacts]
    feeds: dict[int, list[int]] = {workspace.pk: [] for workspace in found.workspaces}
    for workspace, connection in Connection.objects.of(found.workspaces).values_list("workspace_id", "pk"):
        feeds[workspace].append(connection)
    pairs = zip(found.workspaces, found.contacts, strict=True)
    return [Walk(contacts, connections=feeds[workspace.pk]) for workspace, contacts in pairs]


def _walks(workspaces: Sequence[Workspace]) -> list[QuerySet[Contact]]:
    """Equality lets both databases walk the index of a workspace in the order of the page."""
    return [Contact.objects.present().filter(workspace=workspace) for workspace in workspaces]


def _tags(workspaces: Sequence[Workspace], name: str) -> QuerySet[Tag, int]:
    return Tag.objects.filter(workspace__in=workspaces, name=name).order_by().values_list("pk", flat=True)


def _narrowed(contacts: QuerySet[Contact], filters: ContactFilters, tags: list[int]) -> QuerySet[Contact]:
    """Filtered row by row, so that neither tags nor owners lead away from the index that is walked."""
    if filters.tag:
        contacts = contacts.filter(Exists(Links.objects.filter(contact=OuterRef("pk"), tag__in=tags)))
    if filters.owner:
        contacts = contacts.alias(owned_by=Coalesce("owner_remote_id", Value(""))).filter(owned_by=_owner(filters))
    return contacts


def _first_ids(workspaces: Sequence[Workspace], filters: ContactFilters, tags: list[int]) -> list[int]:
    """The first COUNTED that fit, and one more where there are more, in no order."""
    # SQLite takes a workspace for a few rows and would read all of it for the sake of ten that are found.
    here = (
        Contact.objects.present().alias(place=F("workspace_id") + 0).filter(place__in=[w.pk for w in workspaces])
    )
    whole = Contact.objects.present().filter(workspace__in=workspaces)
    if filters.q and search.is_indexed(filters.q):
        found = search.matching(_narrowed(here, filters, tags), filters.q)
    elif filters.q:
        found = search.walking(_narrowed(whole, filters, tags), filters.q)
    elif filters.tag:
        tagged = Links.objects.filter(tag__in=tags).values("contact_id")
        found = _narrowed(here.filter(pk__in=tagged), filters.without_tag, tags)
    else:
        found = whole.filter(owner_remote_id=_owner(filters))
    return list(found.order_by().values_list("pk", flat=True)[: COUNTED + 1])


def _owner(filters: ContactFilters) -> str:
    return "" if filters.owner == NOBODY else filters.owner


def _ordered(found: QuerySet[Contact], filters: ContactFilters, cursor: Cursor | None) -> QuerySet[Contact]:
    if filters.columns:
        return _by_letters(found, filters, cursor)
    return _by_activity(found, cursor, filters.is_turned)


def _by_activity(found: QuerySet[Contact], cursor: Cursor | None, is_turned: bool) -> QuerySet[Contact]:
    """The latest first and those without any last; turned, exactly the other way round on the same index."""
    if is_turned:
        return _by_quiet(found, cursor)
    if cursor and cursor.value is None:
        found = found.filter(last_activity_at=None, pk__lt=cursor.contact_id)
    elif cursor:
        older = Q(last_activity_at__lt=cursor.value) | Q(last_activity_at=None)
        found = found.filter(older | Q(last_activity_at=cursor.value, pk__lt=cursor.contact_id))
    # Said outright because the databases disagree on where "never" belongs.
    return found.order_by(F("last_activity_at").desc(nulls_last=True), "-pk")


def _by_quiet(found: QuerySet[Contact], cursor: Cursor | None) -> QuerySet[Contact]:
    if cursor and cursor.value is None:
        found = found.filter(
            Q(last_activity_at=None, pk__gt=cursor.contact_id) | Q(last_activity_at__isnull=False)
        )
    elif cursor:
        # The first condition alone bounds the walk along the index; the second drops what was shown.
        found = found.filter(last_activity_at__gte=cursor.value)
        found = found.filter(Q(last_activity_at__gt=cursor.value) | Q(pk__gt=cursor.contact_id))
    return found.order_by(F("last_activity_at").asc(nulls_first=True), "pk")


def _by_letters(found: QuerySet[Contact], filters: ContactFilters, cursor: Cursor | None) -> QuerySet[Contact]:
    beyond, sign = ("lt", "-") if filters.is_turned else ("gt", "")
    columns = (*filters.columns, "pk")
    if cursor:
        place = dict(zip(columns, (*cursor.words(len(filters.columns)), cursor.contact_id), strict=True))
        further = [
            Q(**{name: place[name] for name in columns[:at]}, **{f"{column}__{beyond}": place[column]})
            for at, column in enumerate(columns)
        ]
        # The first condition alone bounds the walk along the index; the others drop what was shown.
        found = found.filter(**{f"{columns[0]}__{beyond}e": place[columns[0]]}).filter(reduce(or_, further))
    return found.order_by(*(sign + column for column in columns))


def _cursor_after(contact: Listed, filters: ContactFilters) -> str:
    last = contact.last_activity_at
    if filters.columns:
        return Cursor(BETWEEN.join(getattr(contact, name) for name in filters.columns), contact.pk).encode()
    return Cursor(last.isoformat() if last else None, contact.pk).encode()
