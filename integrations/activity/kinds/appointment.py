"""Appointments: meetings with a contact, kept or not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integrations.activity import markup
from integrations.activity.kinds import edited
from integrations.activity.kinds.kind import Columns, Kind, Shown, iso, same_names
from integrations.activity.models import Appointment
from integrations.activity.records import Record

BOOKED, CANCELLED = "appointment.booked", "appointment.cancelled"
# What somebody edits in its form; calling it off and how it went are no edits.
EDITED = ("title", "start_at", "end_at", "owner_remote_id")
# Nobody waits for a meeting in one of these.
CALLED_OFF = ("cancelled", "invalid")


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentRecord(Record):
    contact_remote_id: str = ""
    title: str = ""
    status: str = ""
    start_at: datetime
    end_at: datetime | None = None
    calendar_remote_id: str = ""
    owner_remote_id: str = ""
    address: str = ""
    notes: str = ""


def _columns(record: AppointmentRecord) -> Columns:
    return same_names(record) | {"moved_from": None, edited.COLUMN: None}


def _revised(before: Mapping[str, Any], after: Columns, now: datetime) -> Columns:
    """When it would have begun; nothing where it is back in its place. And who edited it."""
    was, earlier, starts = before["start_at"], before["moved_from"], after["start_at"]
    moved_from = earlier if starts == was else None if starts == earlier else was
    return {"moved_from": moved_from} | edited.revised(*EDITED)(before, after, now)


def _shown(appointment: Any) -> Shown:
    facts = {
        "status": appointment.status,
        "end_at": iso(appointment.end_at),
        "moved_from": iso(appointment.moved_from),
        "address": appointment.address,
        "edited_by": appointment.edited_by,
    }
    return Shown(
        type=CANCELLED if appointment.status.lower() in CALLED_OFF else BOOKED,
        occurred_at=appointment.start_at,
        may_lie_ahead=True,
        actor_remote_id=appointment.owner_remote_id,
        title=appointment.title,
        body=markup.escaped(markup.excerpt(appointment.notes)),
        text=f"{appointment.title} {appointment.address} {markup.lines(appointment.notes)}",
        facts={name: value for name, value in facts.items() if value},
    )


def _exported(appointment: Any) -> Columns:
    return {
        "title": appointment.title,
        "status": appointment.status,
        "start_at": iso(appointment.start_at),
        "end_at": iso(appointment.end_at),
        "calendar_id": appointment.calendar_remote_id,
        "owner_id": appointment.owner_remote_id,
        "address": appointment.address,
    }


KIND = Kind(
    name="appointment",
    plural="appointments",
    label="Appointments",
    one="Appointment",
    icon="calendar",
    record=AppointmentRecord,
    model=Appointment,
    columns=_columns,
    has_contact=True,
    revises=(*EDITED, "moved_from", edited.COLUMN),
    revised=_revised,
    compares=("contact_remote_id",),
    watched={
        "title": "Title",
        "start_at": "Start",
        "owner_remote_id": "Owner",
        "status": "Status",
    },
    shown=_shown,
    exported=_exported,
)
