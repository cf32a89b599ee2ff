"""Finds what a list shows beside its contacts, their business and their next step, by index probes for each."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection, models

from integrations.activity.models import ActivityEntry, Appointment, Business, Contact, Task

# Only names of tables and marks for values are put in; the values travel beside them. Written out because the
# index of open entries is found by the bare word, and because these probes are no join that Django knows.
FIRST = """
    SELECT contact.id, business.name, entry.id, entry.occurred_at, task.id, task.title, task.due_at,
        appointment.id, appointment.title
    FROM {contact} AS contact
    LEFT JOIN {business} AS business
        ON business.connection_id = contact.connection_id AND business.remote_id = contact.business_remote_id
    LEFT JOIN {entry} AS entry ON entry.id IN (
        (SELECT id FROM {entry} WHERE contact_id = contact.id AND is_open ORDER BY occurred_at, id LIMIT 1),
        (SELECT ahead.id FROM {entry} AS ahead LEFT JOIN {appointment} AS met ON met.id = ahead.appointment_id
            WHERE ahead.contact_id = contact.id AND ahead.occurred_at > %s
            AND (met.id IS NULL OR met.status NOT IN ({called_off}))
            ORDER BY ahead.occurred_at, ahead.id LIMIT 1)
    )
    LEFT JOIN {task} AS task ON task.id = entry.task_id
    LEFT JOIN {appointment} AS appointment ON appointment.id = entry.appointment_id
    WHERE contact.id IN ({contacts})
    ORDER BY entry.occurred_at DESC, entry.id DESC
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


def beside(contact_ids: Collection[int], *, called_off: Collection[str], now: datetime) -> Mapping[int, Beside]:
    """What stands beside each contact; `called_off` are states of appointments. One query."""
    if not contact_ids:
        return {}
    with connection.cursor() as cursor:
        moment = connection.ops.adapt_datetimefield_value(now)
        cursor.execute(_statement(len(contact_ids), len(called_off)), [moment, *called_off, *contact_ids])
        # The earlier of two steps comes last and stays.
        return {row[0]: Beside(row[1] or "", _step(row[2:], now)) for row in cursor.fetchall()}


def _step(row: tuple[Any, ...], now: datetime) -> NextStep | None:
    entry, occurred_at, task, title, due_at, appointment, meeting = row
    if entry is None:
        return None
    if task:
        due = _moment(due_at)
        return NextStep(title or "Untitled task", due, bool(due and due < now), False)
    return NextStep(meeting or "Appointment", _moment(occurred_at), False, appointment is not None)


def _moment(value: datetime | None) -> datetime | None:
    """A column's moment: SQLite's has no zone and means UTC."""
    return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


def _statement(contacts: int, called_off: int) -> str:
    tables: dict[str, type[models.Model]] = {
        "contact": Contact,
        "business": Business,
        "entry": ActivityEntry,
        "task": Task,
        "appointment": Appointment,
    }
    names = {word: connection.ops.quote_name(model._meta.db_table) for word, model in tables.items()}
    return FIRST.format(**names, contacts=_marks(contacts), called_off=_marks(called_off))


def _marks(count: int) -> str:
    return ", ".join(["%s"] * count)
