"""The timelines of all people of a business as one, newest first, by the index that each of them has.

Of everything that the page holds, each entry belongs to somebody whose latest one is not older: so many people at
most have to be looked at, whatever their number.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, models

from integrations.activity.asked import Cursor
from integrations.activity.entry_queries import Entry
from integrations.activity.models import ActivityEntry, Business, Contact

PAGE_SIZE = 50
# Only names of tables and marks for values are put in; the values travel beside them.
NEWEST = """
    WITH busiest AS (
        SELECT contact.id FROM {contact} AS contact JOIN {latest}
        WHERE contact.workspace_id = %s AND contact.business_remote_id = %s AND contact.deleted_at IS NULL
        ORDER BY latest.occurred_at DESC, latest.id DESC LIMIT {size}
    )
    SELECT entry.id FROM busiest JOIN {theirs} ORDER BY entry.occurred_at DESC, entry.id DESC LIMIT {size}
"""
THEIRS = """
    SELECT {columns} FROM {entry} WHERE contact_id = {whose}.id AND NOT is_open
        AND occurred_at <= %s AND (occurred_at < %s OR id < %s)
    ORDER BY occurred_at DESC, id DESC LIMIT {most}
"""


@dataclass(frozen=True, slots=True)
class Merged:
    """An entry and whose it is."""

    entry: Entry
    contact: Contact


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, newest first, and where the next page starts, None at the end."""

    rows: list[Merged]
    next_cursor: Cursor | None


def past_of(business: Business, *, now: datetime, after: Cursor | None = None, size: int = PAGE_SIZE) -> Page:
    """What has happened with the people of a business until now, or before a place. Two queries."""
    place = after if after and after.occurred_at <= now else Cursor(now, 2**63 - 1)
    keys = _newest(business, place, size + 1)
    shown = keys[:size]
    columns = [f"contact__{name}" for name in ("id", "name", "email", "phone", "country", "remote_id")]
    found = ActivityEntry.objects.filter(pk__in=shown).order_by("-occurred_at", "-id")
    rows = [_merged(row) for row in found.values_list(*Entry._fields, *columns)]
    last = rows[-1].entry if rows and len(keys) > size else None
    return Page(rows, Cursor(last.occurred_at, last.pk) if last else None)


def _newest(business: Business, place: Cursor, size: int) -> list[int]:
    moment = connection.ops.adapt_datetimefield_value(place.occurred_at)
    behind = [moment, moment, place.entry_id]
    with connection.cursor() as cursor:
        values = [*behind, business.workspace_id, business.remote_id, *behind]
        cursor.execute(_statement(size), values)
        return [pk for (pk,) in cursor.fetchall()]


def _statement(size: int) -> str:
    tables: dict[str, type[models.Model]] = {"contact": Contact, "entry": ActivityEntry}
    names = {word: connection.ops.quote_name(model._meta.db_table) for word, model in tables.items()}
    latest = _of_each("contact", "latest", 1, names["entry"])
    theirs = _of_each("busiest", "entry", size, names["entry"])
    return NEWEST.format(contact=names["contact"], latest=latest, theirs=theirs, size=size)


def _of_each(whose: str, alias: str, most: int, entry: str) -> str:
    """The newest entries of each row of `whose`: a walk along its index, told as the database hears it."""
    known: dict[str, Any] = {"whose": whose, "most": most, "entry": entry}
    if connection.vendor == "postgresql":
        return f"LATERAL ({THEIRS.format(columns='id, occurred_at', **known)}) AS {alias} ON TRUE"
    return f"{entry} AS {alias} ON {alias}.id IN ({THEIRS.format(columns='id', **known)})"


def _merged(row: tuple[Any, ...]) -> Merged:
    columns = len(Entry._fields)
    pk, name, email, phone, country, remote_id = row[columns:]
    whose = Contact(pk=pk, name=name, email=email, phone=phone, country=country, remote_id=remote_id)
    return Merged(Entry(*row[:columns]), whose)
