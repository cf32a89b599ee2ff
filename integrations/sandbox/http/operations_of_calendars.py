"""Operations on calendars and appointments."""

from integrations.sandbox.crm import appointment_notes, appointment_writes, calendars, slots
from integrations.sandbox.http.operation import Operation

_EVENTS, _CHANGE = "calendars/events.readonly", "calendars/events.write"
_NOTES = "/calendars/appointments/{event_id}/notes"

CALENDARS = (
    Operation(
        "list_appointments",
        "GET",
        "/contacts/{contact_id}/appointments",
        calendars.list_appointments,
        "contacts.readonly",
    ),
    Operation("list_events", "GET", "/calendars/events", calendars.list_events, _EVENTS, "calendars", "query"),
    Operation(
        "get_appointment",
        "GET",
        "/calendars/events/appointments/{event_id}",
        calendars.get_appointment,
        _EVENTS,
        "calendars",
    ),
    Operation(
        "list_calendars",
        "GET",
        "/calendars/",
        calendars.list_calendars,
        "calendars.readonly",
        "calendars",
        "query",
    ),
    Operation(
        "list_groups",
        "GET",
        "/calendars/groups",
        calendars.list_groups,
        "calendars/groups.readonly",
        "calendars",
        "query",
    ),
    Operation(
        "free_slots",
        "GET",
        "/calendars/{calendar_id}/free-slots",
        slots.free_slots,
        "calendars.readonly",
        "calendars",
    ),
    Operation(
        "create_appointment",
        "POST",
        "/calendars/events/appointments",
        appointment_writes.create_appointment,
        _CHANGE,
        "calendars",
        "body",
    ),
    Operation(
        "update_appointment",
        "PUT",
        "/calendars/events/appointments/{event_id}",
        appointment_writes.update_appointment,
        _CHANGE,
        "calendars",
    ),
    Operation(
        "delete_appointment",
        "DELETE",
        "/calendars/events/{event_id}",
        appointment_writes.delete_appointment,
        _CHANGE,
        "calendars",
    ),
    Operation(
        "list_appointment_notes", "GET", _NOTES, appointment_notes.list_appointment_notes, _EVENTS, "calendars"
    ),
    Operation(
        "create_appointment_note", "POST", _NOTES, appointment_notes.create_appointment_note, _CHANGE, "calendars"
    ),
    Operation(
        "update_appointment_note",
        "PUT",
        f"{_NOTES}/{{note_id}}",
        appointment_notes.update_appointment_note,
        _CHANGE,
        "calendars",
    ),
    Operation(
        "delete_appointment_note",
        "DELETE",
        f"{_NOTES}/{{note_id}}",
        appointment_notes.delete_appointment_note,
        _CHANGE,
        "calendars",
    ),
)
