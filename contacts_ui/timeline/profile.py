"""Reads what stands beside a contact's timeline: who they are, their fields, figures, colleagues and year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from django.db.models import BigIntegerField, CharField
from django.http import QueryDict
from django.utils.safestring import SafeString

from contacts_ui.components.drawn import drawn
from contacts_ui.components.owners import Person, owner_of
from contacts_ui.formatting.custom_fields import Field, custom_fields, unknown_fields
from contacts_ui.timeline.items import TimelineContext
from integrations.activity import timeline
from integrations.activity.kinds import appointment, note, task
from integrations.activity.models import Business, Contact
from integrations.prepared import Param, Prepared

CARD, COLLEAGUES = "contacts_ui/timeline/_card.html", "contacts_ui/timeline/_colleagues.html"
FEW_FIELDS = 6
# Fields and tags beyond this are drawn on request only: some accounts have thousands.
MOST_SHOWN = 40
MOST_COLLEAGUES = 6
BUSINESS = Param("business", CharField())


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
class Colleagues:
    """Others of the same business: contact id and name."""

    business: str
    people: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """What stands beside a timeline; `card` and `colleagues` are drawn already, "" where there are none."""

    card: SafeString
    colleagues: SafeString
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
    return Profile(drawn(CARD, card), _colleagues(contact, business), _days(contact, words.now))


def _business(contact: Contact) -> str:
    if not contact.business_remote_id:
        return contact.company
    found = _name_of_business()(connection=contact.connection_id, business=contact.business_remote_id)
    return (found and found[0]) or contact.company


def _colleagues(contact: Contact, business: str) -> SafeString:
    # An empty id would make strangers without a business colleagues of each other.
    if not contact.business_remote_id:
        return SafeString()
    known = {"business": contact.business_remote_id, "workspace": contact.workspace_id}
    found = _others_of_business()(**known, contact=contact.pk)
    people = tuple((other.pk, str(other)) for other in found)
    return drawn(COLLEAGUES, Colleagues(business, people)) if people else SafeString()


@cache
def _name_of_business() -> Prepared[str]:
    found = Business.objects.filter(connection=Param("connection", BigIntegerField()), remote_id=BUSINESS)
    return Prepared(found.order_by().values_list("name", flat=True))


@cache
def _others_of_business() -> Prepared[Contact]:
    found = Contact.objects.present().filter(workspace=Param("workspace", BigIntegerField()))
    found = found.filter(business_remote_id=BUSINESS).exclude(pk=Param("contact", BigIntegerField()))
    return Prepared(
        found.only("name", "email", "phone", "remote_id").order_by("sort_name", "pk")[:MOST_COLLEAGUES]
    )


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
    # Days as they are kept, YYYY-MM-DD, sort like dates; most of a long history is left out unread.
    since = (now - timedelta(days=366)).date().isoformat()
    return {date.fromisoformat(day): count for day, count in contact.entries_by_day.items() if day > since}
