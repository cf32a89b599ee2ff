"""Finds what a list shows beside its contacts, their business and their next step, by index probes for each."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection, models

from integrations.activity.kinds import appointment, task
from integrations.activity.models import ActivityEntry, Business, Contact

# Only names of tables and marks for values are put in; the values travel beside them. Written out because these
# probes are no join that Django knows.
FIRST = """
    SELECT contact.id, business.name, entry.id, entry.is_open, entry.kind, entry.title,
        entry.agenda_at, entry.occurred_at
    FROM {contact} AS contact
    LEFT JOIN {business} AS business
        ON business.connection_id = contact.connection_id AND business.remote_id = contact.business_remote_id
    LEFT JOIN {entry} AS entry ON entry.id IN (
        (SELECT id FROM {entry} WHERE contact_id = contact.id AND agenda_at IS NOT NULL
            ORDER BY agenda_at, id LIMIT 1),
        (SELECT id FROM {entry} WHERE contact_id = contact.id AND occurred_at > %s AND NOT is_open AND type <> %s
            ORDER BY occurred_at, id LIMIT 1)
    )
    WHERE contact.id IN ({contacts})
    ORDER BY COALESCE(entry.agenda_at, entry.occurred_at) DESC, entry.id DESC
"""


@dataclass(frozen=True, slots=True)
class NextStep:
    """The most pressing open task or coming appointment of a contact."""

    title: str
    at: datetime | None
    is_overdue: bool
    is_appointment: bool


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside a contact; `business` is "" where none of that id is known."""

    business: str
    next_step: NextStep | None


def beside(contact_ids: Collection[int], *, now: datetime) -> Mapping[int, Beside]:
    """What stands beside each contact. One query."""
    if not contact_ids:
        return {}
    with connection.cursor() as cursor:
        moment = connection.ops.adapt_datetimefield_value(now)
        cursor.execute(_statement(len(contact_ids)), [moment, appointment.CANCELLED, *contact_ids])
        # The earlier of two steps comes last and stays.
        return {row[0]: Beside(row[1] or "", _step(row[2:], now)) for row in cursor.fetchall()}


def _step(row: tuple[Any, ...], now: datetime) -> NextStep | None:
    entry, is_open, kind, title, agenda_at, occurred_at = row
    if entry is None:
        return None
    if is_open:
        due = _moment(agenda_at)
        due = None if due == task.SOME_DAY else due
        return NextStep(title or "Untitled task", due, bool(due and due < now), False)
    return NextStep(title or "Appointment", _moment(occurred_at), False, kind == appointment.KIND.name)


def _moment(value: datetime | None) -> datetime | None:
    """A column's moment: SQLite's has no zone and means UTC."""
    return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


def _statement(contacts: int) -> str:
    tables: dict[str, type[models.Model]] = {"contact": Contact, "business": Business, "entry": ActivityEntry}
    names = {word: connection.ops.quote_name(model._meta.db_table) for word, model in tables.items()}
    return FIRST.format(**names, contacts=", ".join(["%s"] * contacts))
