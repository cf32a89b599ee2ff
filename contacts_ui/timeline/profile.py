"""Reads what stands beside a contact's timeline: who they are, their fields, figures, colleagues and year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q

from contacts_ui.components.owners import Person, owner_of
from contacts_ui.formatting.custom_fields import Definition, Field, custom_fields, unknown_fields
from integrations.activity import timeline
from integrations.activity.kinds import appointment, note, task
from integrations.activity.models import Business, Contact, FieldDefinition

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
class Profile:
    contact: Contact
    owner: Person | None
    business: str
    figures: Figures
    fields: list[Field]
    colleagues: list[Contact]
    per_day: Mapping[date, int]

    @property
    def first_fields(self) -> list[Field]:
        return self.fields[:FEW_FIELDS]

    @property
    def more_fields(self) -> list[Field]:
        return self.fields[FEW_FIELDS:MOST_SHOWN]

    @property
    def rest_of_fields(self) -> list[Field]:
        return self.fields[MOST_SHOWN:]

    @property
    def first_tags(self) -> list[str]:
        return [str(name) for name in self.contact.tag_names[:MOST_SHOWN]]

    @property
    def rest_of_tags(self) -> list[str]:
        return [str(name) for name in self.contact.tag_names[MOST_SHOWN:]]

    @property
    def items_this_year(self) -> int:
        return sum(self.per_day.values())


def read(
    contact: Contact, owners: Mapping[str, Person], definitions: Mapping[str, Definition], now: datetime
) -> Profile:
    """Three queries at most: business, colleagues, tasks that are late."""
    return Profile(
        contact=contact,
        owner=owner_of(contact.owner_remote_id, owners),
        business=_business(contact),
        figures=_figures(contact, now),
        fields=[*custom_fields(contact.custom_fields, definitions), *unknown_fields(contact.extra)],
        colleagues=_colleagues(contact),
        per_day=_days(contact, now),
    )


def definitions_of(contact: Contact) -> dict[str, Definition]:
    """Custom field definitions of the contact's workspace by remote id. One query."""
    rows = FieldDefinition.objects.filter(workspace=contact.workspace_id)
    return {
        remote_id: Definition(name, data_type, position)
        for remote_id, name, data_type, position in rows.values_list("remote_id", "name", "data_type", "position")
    }


def _business(contact: Contact) -> str:
    found = Business.objects.filter(workspace=contact.workspace_id, remote_id=contact.business_remote_id)
    return found.values_list("name", flat=True).first() or contact.company


def _colleagues(contact: Contact) -> list[Contact]:
    # An empty id would make strangers without a business colleagues of each other.
    known = Q(business_remote_id=contact.business_remote_id) & ~Q(business_remote_id="")
    others = Contact.objects.present().filter(known, workspace=contact.workspace_id).exclude(pk=contact.pk)
    return list(others.only("name", "email", "phone", "remote_id").order_by("sort_name", "pk")[:MOST_COLLEAGUES])


def _figures(contact: Contact, now: datetime) -> Figures:
    kinds = timeline.of_kinds(contact.entries_by_type)
    return Figures(
        to_do=contact.entries_by_type.get(task.OPEN, 0),
        notes=kinds[note.KIND.name],
        meetings=kinds[appointment.KIND.name],
        overdue=timeline.count_late(contact, now=now),
    )


def _days(contact: Contact, now: datetime) -> dict[date, int]:
    """Items of the last year by the workspace's day."""
    since = (now - timedelta(days=366)).date()
    days = ((date.fromisoformat(day), count) for day, count in contact.entries_by_day.items())
    return {day: count for day, count in days if day > since}
