"""Calendars and appointments: by contact in local times without a zone, by calendar in ISO times with one."""

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from integrations.sandbox.crm.records import Appointment, Calendar, Contact, Json
from integrations.sandbox.crm.store import LocationStore
from integrations.sandbox.http.errors import missing, unprocessable
from integrations.sandbox.http.messages import Answer, Call


def list_appointments(call: Call) -> Answer:
    """GET /contacts/{id}/appointments: all of them; every time is the sub-account's wall clock."""
    appointments = call.store.children(call.contact()).appointments
    return Answer({"events": [_of_contact(call.store, item) for item in appointments if not item.deleted]})


def list_events(call: Call) -> Answer:
    """GET /calendars/events: what starts between two moments (ms) on a calendar, for a user or a group."""
    query = call.request.query
    # There is no way to ask for all appointments of a sub-account: callers loop over calendars.
    if not any(query.get(key) for key in ("calendarId", "userId", "groupId")):
        raise unprocessable("Either of calendarId, userId or groupId is required")
    low, high = milliseconds(call, "startTime"), milliseconds(call, "endTime")
    found = [
        item
        # An unknown calendar finds nothing: the live API was not seen to refuse it.
        for calendar in _calendars(call.store, query.get("calendarId"), query.get("groupId"))
        for item in booked(call.store, calendar, low, high)
        if not query.get("userId") or item.owner == query["userId"]
    ]
    return Answer({"events": [show_event(call.store, item, v3=call.is_v3) for item in found]})


def get_appointment(call: Call) -> Answer:
    found = call.store.appointment(call.params["event_id"])
    if found is None or found[1].deleted or found[0].deleted:
        raise missing("Appointment", call.params["event_id"])
    return Answer({"event": show_event(call.store, found[1], v3=call.is_v3)})


def list_calendars(call: Call) -> Answer:
    group = call.request.query.get("groupId")
    shown = [_show_calendar(call.store, item) for item in _calendars(call.store, None, group)]
    return Answer({"calendars": shown})


def list_groups(call: Call) -> Answer:
    rows = [
        {
            "id": group_id,
            "locationId": call.store.id,
            "name": name,
            "description": f"{name} of {call.store.sub.place.name}",
            "slug": name.lower().replace(" ", "-"),
            "isActive": True,
        }
        for group_id, name in call.store.sub.groups
    ]
    return Answer({"groups": rows})


def show_event(store: LocationStore, item: Appointment, *, v3: bool) -> Json:
    """The event of the calendar operations: ISO times with the sub-account's offset of that day."""
    zone = store.sub.zone
    shown: Json = _common(store, item) | {
        "description": item.notes,
        "startTime": with_offset(item.start, zone),
        "endTime": with_offset(item.end, zone),
        "dateAdded": with_offset(item.added, zone),
        "dateUpdated": with_offset(item.updated, zone),
        "assignedResources": [],
        "createdBy": {"userId": item.owner or "", "source": "calendar_page"},
        "masterEventId": item.master_id,
        "rrule": item.rrule,
        "isRecurring": True if item.master_id else None,
        "deleted": item.deleted if v3 else None,
    }
    return _finished(shown, item)


def _of_contact(store: LocationStore, item: Appointment) -> Json:
    zone = store.sub.zone
    shown: Json = _common(store, item) | {
        # Both words are in the documented answer; only appointmentStatus ever says anything else.
        "status": "booked",
        "startTime": _wall_clock(item.start, zone),
        "endTime": _wall_clock(item.end, zone),
        # Whether the real ones are local or UTC is not known; here all four agree.
        "dateAdded": _wall_clock(item.added, zone),
        "dateUpdated": _wall_clock(item.updated, zone),
        "assignedResources": [],
    }
    return _finished(shown, item)


def _common(store: LocationStore, item: Appointment) -> Json:
    calendar = next((known for known in store.sub.calendars if known.id == item.calendar_id), None)
    return {
        "id": item.id,
        "title": item.title,
        "calendarId": item.calendar_id,
        "locationId": store.id,
        "contactId": item.contact_id,
        "groupId": calendar.group_id if calendar else "",
        "appointmentStatus": item.status,
        "assignedUserId": item.owner or "",
        "users": [item.owner] if item.owner else [],
        "address": item.address,
        "notes": item.notes,
    }


def _finished(shown: Json, item: Appointment) -> Json:
    """An override of None takes the key away: an appointment without a start is made like that."""
    shown |= item.overrides or {}
    return {key: value for key, value in shown.items() if value is not None}


def find_calendar(store: LocationStore, calendar_id: str) -> Calendar:
    """A calendar by its id; a missing one is a 400."""
    for calendar in store.sub.calendars:
        if calendar.id == calendar_id:
            return calendar
    raise missing("Calendar", calendar_id)


def booked(store: LocationStore, calendar: Calendar, low: int, high: int) -> Iterator[Appointment]:
    for number, record_id in store.bookings.between(calendar.id, low, high):
        contact: Contact = store.contacts[number]
        if not contact.deleted:
            yield next(item for item in store.children(contact).appointments if item.id == record_id)


def _calendars(store: LocationStore, calendar_id: str | None, group_id: str | None) -> list[Calendar]:
    return [
        item
        for item in store.sub.calendars
        if (not calendar_id or item.id == calendar_id) and (not group_id or item.group_id == group_id)
    ]


def milliseconds(call: Call, key: str) -> int:
    raw = call.request.query.get(key, "")
    if not raw.lstrip("-").isdigit():
        raise unprocessable(f"{key} must be a number string")
    return int(raw)


def with_offset(moment: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(moment // 1000, UTC).astimezone(zone).isoformat()


def _wall_clock(moment: int, zone: ZoneInfo) -> str:
    """2026-11-01 01:20:00: what the clock on the wall shows, ambiguous once a year."""
    return f"{datetime.fromtimestamp(moment // 1000, zone):%Y-%m-%d %H:%M:%S}"


def _show_calendar(store: LocationStore, item: Calendar) -> Json:
    return {
        "id": item.id,
        "locationId": store.id,
        "groupId": item.group_id,
        "name": item.name,
        "description": item.description,
        "slug": item.slug,
        "widgetSlug": item.slug,
        "widgetType": "default",
        "calendarType": "round_robin",
        "eventType": "RoundRobin_OptimizeForAvailability",
        "eventTitle": "{{contact.name}}",
        "eventColor": item.color,
        "isActive": True,
        "slotDuration": item.minutes,
        "slotDurationUnit": "mins",
        "slotInterval": 15,
        "slotIntervalUnit": "mins",
        "teamMembers": [{"userId": user_id, "priority": 0.5, "isPrimary": False} for user_id in item.team],
        "autoConfirm": True,
        "allowReschedule": True,
        "allowCancellation": True,
    }
