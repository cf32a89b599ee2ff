"""Reads what stands beside a contact's timeline: who they are, their fields, figures, colleagues and year."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from django.db.models import BigIntegerField, CharField
from django.http import QueryDict
from django.utils.safestring import SafeString

from contacts_ui.components import pending
from contacts_ui.components.contact_wishes import CUSTOM, TagChip, Wished
from contacts_ui.components.deal import Deal, deal_of
from contacts_ui.components.drawn import drawn
from contacts_ui.components.owners import Person, owner_of
from contacts_ui.components.pending import Pending
from contacts_ui.formatting.custom_fields import Field, custom_fields, unknown_fields
from contacts_ui.timeline.context import TimelineContext
from integrations.activity import phones, timeline
from integrations.activity.entry_queries import Entry
from integrations.activity.kinds import appointment, note, opportunity, task
from integrations.activity.models import Business, Contact
from integrations.prepared import Param, Prepared
from integrations.sync.health.writes import is_for_admins, seen_by

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

    `dials` is what calls them, "" for no number. `is_all` shows every field and tag; `address` is the page's
    query, to which that is added. `firm` is the key of the business, where it is known. `wanted` names the columns
    whose value is not confirmed in `system` yet.
    """

    contact_id: int
    name: str
    business: str
    email: str
    phone: str
    dials: str
    source: str
    is_dnd: bool
    owner: Person | None
    figures: Figures
    deals: tuple[Deal, ...]
    deals_count: int
    tags: tuple[TagChip, ...]
    fields: tuple[Field, ...]
    is_all: bool
    address: str
    firm: int | None = None
    wanted: frozenset[str] = frozenset()
    system: str = ""
    may_edit: bool = False

    @property
    def wanted_custom(self) -> frozenset[str]:
        """The ids of custom fields among `wanted`."""
        return frozenset(name.removeprefix(CUSTOM) for name in self.wanted if name.startswith(CUSTOM))

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
    def first_tags(self) -> tuple[TagChip, ...]:
        return self.tags[:MOST_SHOWN]

    @property
    def rest_of_tags(self) -> tuple[TagChip, ...]:
        return self.tags[MOST_SHOWN:]


@dataclass(frozen=True, slots=True)
class Colleagues:
    """Others of the same business: contact id and name; `firm` is its key, where it is known."""

    business: str
    firm: int | None
    people: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """What stands beside a timeline; `card` and `colleagues` are drawn already, "" where there are none."""

    card: SafeString
    colleagues: SafeString
    dials: str
    per_day: Mapping[date, int]
    name: str = ""
    wishes: tuple[Pending, ...] = ()
    lock: str = ""
    may_edit: bool = False

    @property
    def items_this_year(self) -> int:
        return sum(self.per_day.values())


def read(
    wishes: Wished, words: TimelineContext, query: QueryDict, late: int | None, deals: Iterable[Entry]
) -> Profile:
    """Three queries at most: business, colleagues, and `late` tasks where nobody has counted them."""
    contact, address = wishes.contact, query.copy()
    firm, business = _business(contact)
    address.pop("profile", None)
    may_edit = not (words.lock or contact.deleted_at or wishes.is_leaving)
    card = Card(
        contact_id=contact.pk,
        name=str(contact),
        business=business,
        email=contact.email,
        phone=phones.shown(contact.phone, contact.country, contact.workspace.country),
        dials=phones.dialled(contact.phone, contact.country or contact.workspace.country),
        source=contact.source,
        is_dnd=contact.is_dnd,
        owner=owner_of(contact.owner_remote_id, words.owners),
        figures=_figures(contact, words.now, late),
        deals=tuple(filter(None, map(deal_of, deals))),
        deals_count=contact.entries_by_type.get(opportunity.OPEN, 0),
        tags=wishes.tags,
        fields=(*custom_fields(contact.custom_fields, words.definitions), *unknown_fields(contact.extra)),
        is_all=query.get("profile") == "all",
        address=f"?{address.urlencode()}&" if address else "?",
        firm=firm,
        wanted=wishes.fields,
        system=words.system,
        may_edit=may_edit,
    )
    return Profile(
        drawn(CARD, card),
        _colleagues(contact, firm, business),
        card.dials,
        _days(contact, words.now),
        name=card.name,
        wishes=_pending(wishes, words),
        lock=words.lock,
        may_edit=may_edit,
    )


def _pending(wishes: Wished, words: TimelineContext) -> tuple[Pending, ...]:
    """How each change of the contact stands that is not settled; the page follows them."""
    known: dict[str, Any] = {"now": words.now, "system": words.system, "there": words.contact_url}
    known |= {"viewer": words.viewer, "oversees": words.oversees, "lock": words.lock}
    shown = seen_by(words.viewer, reversed(wishes.writes))
    rows = (pending.of(write, **known) for write in reversed(shown))
    return tuple(row if words.manages or not is_for_admins(row.write) else row.not_again() for row in rows)


def _business(contact: Contact) -> tuple[int | None, str]:
    """Its key here and its name; the name that the contact itself tells, where it is in no business."""
    if not contact.business_remote_id:
        return None, contact.company
    found = _of_business()(connection=contact.connection_id, business=contact.business_remote_id)
    key, name = found[0] if found else (None, "")
    return key, name or contact.company


def _colleagues(contact: Contact, firm: int | None, business: str) -> SafeString:
    # An empty id would make strangers without a business colleagues of each other.
    if not contact.business_remote_id:
        return SafeString()
    known = {"business": contact.business_remote_id, "workspace": contact.workspace_id}
    found = _others_of_business()(**known, contact=contact.pk)
    people = tuple((other.pk, str(other)) for other in found)
    return drawn(COLLEAGUES, Colleagues(business, firm, people)) if people else SafeString()


@cache
def _of_business() -> Prepared[tuple[int, str]]:
    found = Business.objects.filter(connection=Param("connection", BigIntegerField()), remote_id=BUSINESS)
    return Prepared(found.order_by().values_list("pk", "name"))


@cache
def _others_of_business() -> Prepared[Contact]:
    found = Contact.objects.present().filter(workspace=Param("workspace", BigIntegerField()))
    found = found.filter(business_remote_id=BUSINESS).exclude(pk=Param("contact", BigIntegerField()))
    return Prepared(
        found.only("name", "email", "phone", "country", "remote_id").order_by("sort_name", "pk")[:MOST_COLLEAGUES]
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
