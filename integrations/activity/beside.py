"""Finds what a list shows beside its contacts, their business and their next step, by index probes for each."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection, models

from integrations.activity.kinds import appointment, task
from integrations.activity.models import ActivityEntry, Business, Contact
from integrations.prepared import bound, plan_kept

MOST_LATE = 100  # a list reads no further
# Only names of tables and marks for values are put in; the values travel beside them. Written out because these
# probes are no join that Django knows.
FIRST = """
    SELECT contact.id, business.name, business.id,
        (SELECT COUNT(*) FROM (
            SELECT 1 FROM {entry} WHERE contact_id = contact.id AND agenda_at < %s LIMIT {most}
        ) AS late),
        entry.source_id, entry.is_open, entry.title, entry.agenda_at, entry.occurred_at, entry.facts
    FROM {contact} AS contact
    LEFT JOIN {business} AS business
        ON business.connection_id = contact.connection_id AND business.remote_id = contact.business_remote_id
    LEFT JOIN {entry} AS entry ON entry.id IN (
        (SELECT id FROM {entry} WHERE contact_id = contact.id AND agenda_at >= %s ORDER BY agenda_at, id LIMIT 1),
        (SELECT id FROM {entry} WHERE contact_id = contact.id AND kind = %s AND occurred_at > %s AND type = %s
            ORDER BY occurred_at, id LIMIT 1),
        (SELECT id FROM {entry} WHERE contact_id = contact.id AND agenda_at < %s
            ORDER BY agenda_at DESC, id DESC LIMIT 1)
    )
    WHERE contact.id IN ({contacts})
    ORDER BY COALESCE(entry.agenda_at, entry.occurred_at) < %s DESC,
        COALESCE(entry.agenda_at, entry.occurred_at) DESC, entry.id DESC
"""


@dataclass(frozen=True, slots=True)
class NextStep:
    """The first open task or meeting ahead of a contact; where there is none, the task that was due last.

    `task` is the key of the task, None for a meeting; `priority` is the task's, "" for a normal one.
    """

    title: str
    at: datetime | None
    is_overdue: bool
    is_appointment: bool
    task: int | None = None
    priority: str = ""


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside a contact; `business` is "" where none of that id is known, `firm` is its key.

    `late` counts open tasks whose due date has passed, up to MOST_LATE.
    """

    business: str
    next_step: NextStep | None
    late: int = 0
    firm: int | None = None


def beside(contact_ids: Collection[int], *, now: datetime) -> Mapping[int, Beside]:
    """What stands beside each contact. One query."""
    if not contact_ids:
        return {}
    with plan_kept(), connection.cursor() as cursor:
        moment = connection.ops.adapt_datetimefield_value(now)
        meeting = [appointment.KIND.name, moment, appointment.BOOKED]
        values = [moment, moment, *meeting, moment, *contact_ids, moment]
        cursor.execute(_statement(len(contact_ids)), bound(values))
        # The earliest that lies ahead comes last and stays.
        return {
            pk: Beside(name or "", _step(row, now), late, firm) for pk, name, firm, late, *row in cursor.fetchall()
        }


def _step(row: Sequence[Any], now: datetime) -> NextStep | None:
    source, is_open, title, agenda_at, occurred_at, facts = row
    if source is None:
        return None
    if is_open:
        due = _moment(agenda_at)
        due = None if due == task.SOME_DAY else due
        return NextStep(title or "Untitled task", due, bool(due and due < now), False, source, _priority(facts))
    return NextStep(title or "Appointment", _moment(occurred_at), False, True)


def _priority(facts: str) -> str:
    """Neither database's connection reads JSON by itself."""
    return str(json.loads(facts).get("priority", "")) if facts != "{}" else ""


def _moment(value: datetime | None) -> datetime | None:
    """A column's moment: SQLite's has no zone and means UTC."""
    return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


def _statement(contacts: int) -> str:
    tables: dict[str, type[models.Model]] = {"contact": Contact, "business": Business, "entry": ActivityEntry}
    names = {word: connection.ops.quote_name(model._meta.db_table) for word, model in tables.items()}
    return FIRST.format(**names, most=MOST_LATE, contacts=", ".join(["%s"] * contacts))
