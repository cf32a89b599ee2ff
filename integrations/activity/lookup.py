"""Finds one entry of a contact by what links name it: its own key, its source's, or the provider's id."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from integrations.activity.entry_queries import Entry
from integrations.activity.kinds import NAMED, OF_CONTACT
from integrations.activity.models import ActivityEntry, Contact

LONGEST = 128  # of a provider's id
MOST = 2**63 - 1


class Reading(NamedTuple):
    """When an entry's source changed at the provider, when it was last read, and by which run: None by none."""

    changed_at: datetime | None
    fetched_at: datetime | None
    run_id: int | None


type Found = tuple[Entry, Reading] | None


def entry_named(contact: Contact, name: str) -> Entry | None:
    """The entry that "entry-9" or "task-35" or a provider's id names, None for none of this contact."""
    found = with_reading(contact, name)
    return found[0] if found else None


def with_reading(contact: Contact, name: str) -> Found:
    """The same with what a timeline's rows do not tell.

    One query, or two for each kind where it is an id of the provider.
    """
    word, _, number = name.rpartition("-")
    if number.isascii() and number.isdigit() and len(number) < 20 and int(number) <= MOST:
        if word == "entry":
            return _first(contact, Q(pk=int(number)))
        if word in NAMED:
            return _first(contact, Q(kind=word, source_id=int(number)))
    return _by_remote_id(contact, name) if 0 < len(name) <= LONGEST else None


def newer(contact: Contact, entry: Entry, *, now: datetime, size: int) -> list[Entry]:
    """The entries of the past that stand right above one of them, the nearest first. One query."""
    later = Q(occurred_at__gt=entry.occurred_at) | Q(pk__gt=entry.pk)
    found = ActivityEntry.objects.filter(contact=contact, is_open=False, occurred_at__lte=now)
    rows = found.filter(occurred_at__gte=entry.occurred_at).filter(later).order_by("occurred_at", "pk")
    return [Entry(*row) for row in rows.values_list(*Entry._fields)[:size]]


def _by_remote_id(contact: Contact, remote_id: str) -> Found:
    for kind in OF_CONTACT:
        model: Any = kind.model
        held = model._default_manager.filter(connection=contact.connection_id, remote_id=remote_id)
        key = held.order_by().values_list("pk", flat=True).first()
        if key and (found := _first(contact, Q(kind=kind.name, source_id=key))):
            return found
    return None


def _first(contact: Contact, is_it: Q) -> Found:
    found: QuerySet[ActivityEntry] = ActivityEntry.objects.filter(is_it, contact=contact)
    row: Any = found.order_by().values_list(*Reading._fields, *Entry._fields).first()
    facts = len(Reading._fields)
    return (Entry(*row[facts:]), Reading(*row[:facts])) if row else None
