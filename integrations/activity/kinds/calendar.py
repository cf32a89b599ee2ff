"""Calendars: where appointments are booked."""

from dataclasses import dataclass

from integrations.activity.kinds.kind import Kind, same_names
from integrations.activity.models import Calendar
from integrations.activity.records import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarRecord(Record):
    name: str = ""
    is_active: bool = True


KIND = Kind(
    name="calendar",
    plural="calendars",
    label="Calendars",
    one="Calendar",
    record=CalendarRecord,
    model=Calendar,
    columns=same_names,
)
