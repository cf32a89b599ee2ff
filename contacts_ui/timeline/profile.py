"""Reads what stands beside a contact's timeline: who they are, their fields, figures, colleagues and year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.http import QueryDict
from django.utils.safestring import SafeString

from contacts_ui.components.drawn import drawn
from contacts_ui.components.owners import Person, owner_of
from contacts_ui.formatting.custom_fields import Field, custom_fields, unknown_fields
from contacts_ui.timeline.items import TimelineContext
from integrations.activity import timeline
from integrations.activity.kinds import appointment, note, task
from integrations.activity.models import Business, Contact

CARD = "contacts_ui/timeline/_card.html"
FEW_FIELDS = 6
# Fields and tags beyond this are drawn on request only: some accounts have thousands.
MOST_SHOWN = 40
MOST_COLLEAGUES = 6


@dataclass(frozen=True, slots=True)
class Figures:
    """The four numbers under the name."""

    to_do: int
    notes: int
    meetings: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Card:
    """Who the contact is, in values that draw the same wherever they are equal.

    `is_all` shows every field and tag; `address` is the page's query, to which that is added.
    """

    contact_id: int
    name: str
    business: str
    email: str
    phone: str
    source: str
    is_dnd: bool
    owner: Person | None
    figures: Figures
    tags: tuple[str, ...]
    fields: tuple[Field, ...]
    is_all: bool
    address: str

    @property
    def first_fields(self) -> tuple[Field, ...]:
        return self.fields[:FEW_FIELDS]

    @property
    def more_fields(self) -> tuple[Field, ...]:
        return self.fields[FEW_FIELDS:MOST_SHOWN]

    @property
    def rest_of_fields(self) -> tuple[Field, ...]:
        return self.fields[MOST_SHOWN:]

    @property
    def first_tags(self) -> tuple[str, ...]:
        return self.tags[:MOST_SHOWN]

    @property
    def rest_of_tags(self) -> tuple[str, ...]:
        return self.tags[MOST_SHOWN:]


@dataclass(frozen=True, slots=True)
class Profile:
    """What stands beside a timeline; `card` is drawn already."""

    card: SafeString
    business: str
    colleagues: list[Contact]
    per_day: Mapping[date, int]

    @property
    def items_this_year(self) -> int:
        return sum(self.per_day.values())


def read(contact: Contact, words: TimelineContext, query: QueryDict, late: int | None) -> Profile:
    """Three queries at most: business, colleagues, and tasks that are `late` where nobody has counted them."""
    business, address = _business(contact), query.copy()
    address.pop("profile", None)
    card = Card(
        contact_id=contact.pk,
        name=str(contact),
        business=business,
        email=contact.email,
        phone=contact.phone,
        source=contact.source,
        is_dnd=contact.is_dnd,
        owner=owner_of(contact.owner_remote_id, words.owners),
        figures=_figures(contact, words.now, late),
        tags=tuple(map(str, contact.tag_names)),
        fields=(*custom_fields(contact.custom_fields, words.definitions), *unknown_fields(contact.extra)),
        is_all=query.get("profile") == "all",
        address=f"?{address.urlencode()}&" if address else "?",
    )
    return Profile(drawn(CARD, card), business, _colleagues(contact), _days(contact, words.now))


def _business(contact: Contact) -> str:
    if not contact.business_remote_id:
        return contact.company
    found = Business.objects.filter(workspace=contact.workspace_id, remote_id=contact.business_remote_id)
    return found.values_list("name", flat=True).first() or contact.company


def _colleagues(contact: Contact) -> list[Contact]:
    # An empty id would make strangers without a business colleagues of each other.
    if not contact.business_remote_id:
        return []
    known = {"business_remote_id": contact.business_remote_id, "workspace": contact.workspace_id}
    others = Contact.objects.present().filter(**known).exclude(pk=contact.pk)
    return list(others.only("name", "email", "phone", "remote_id").order_by("sort_name", "pk")[:MOST_COLLEAGUES])


def _figures(contact: Contact, now: datetime, late: int | None) -> Figures:
    kinds = timeline.of_kinds(contact.entries_by_type)
    return Figures(
        to_do=contact.entries_by_type.get(task.OPEN, 0),
        notes=kinds[note.KIND.name],
        meetings=kinds[appointment.KIND.name],
        overdue=timeline.count_late(contact, now=now) if late is None else late,
    )


def _days(contact: Contact, now: datetime) -> dict[date, int]:
    """Items of the last year by the workspace's day."""
    since = (now - timedelta(days=366)).date()
    days = ((date.fromisoformat(day), count) for day, count in contact.entries_by_day.items())
    return {day: count for day, count in days if day > since}
