"""Writes to appointments: booked, moved, given an outcome, deleted. Slots are checked unless a body forbids it."""

from dataclasses import replace

from integrations.sandbox.crm.calendars import find_calendar, with_offset
from integrations.sandbox.crm.dates import moment
from integrations.sandbox.crm.records import Appointment, Contact, Json
from integrations.sandbox.crm.slots import Diary
from integrations.sandbox.http.bodies import Fields, check_body
from integrations.sandbox.http.errors import bad_request, missing
from integrations.sandbox.http.messages import Answer, Call
from integrations.sandbox.seed.moments import MINUTE

SLOT_GONE = "The slot you have selected is no longer available."
_STATUSES = ("new", "confirmed", "cancelled", "showed", "noshow", "invalid")
_PLACES = ("custom", "zoom", "gmeet", "phone", "address", "ms_teams", "google")
_UPDATE: Fields = {
    "title": "string",
    "meetingLocationType": _PLACES,
    "meetingLocationId": "string",
    "overrideLocationConfig": "boolean",
    "appointmentStatus": _STATUSES,
    "assignedUserId": "string",
    "description": "string",
    "address": "string",
    "ignoreDateRange": "boolean",
    "toNotify": "boolean",
    "ignoreFreeSlotValidation": "boolean",
    "rrule": "string",
    "calendarId": "string",
    "startTime": "string",
    "endTime": "string",
}
_CREATE: Fields = {**_UPDATE, "locationId": "string", "contactId": "string"}
_NEEDED = ("calendarId", "locationId", "contactId", "startTime")
# API key -> field of the record, for what is taken as it is.
_PLAIN = {"title": "title", "appointmentStatus": "status", "address": "address", "description": "notes"}


def create_appointment(call: Call) -> Answer:
    """POST /calendars/events/appointments: 200 with the appointment itself, not wrapped."""
    body = check_body(call.body, _fields(call, _CREATE), required=_NEEDED)
    contact, calendar = (
        call.world.contact(call.store, body["contactId"]),
        find_calendar(call.store, body["calendarId"]),
    )
    now, owner = call.now, next(iter(calendar.team), None)
    item = Appointment("", contact.id, calendar.id, contact.name, 0, 0, "confirmed", now, now, owner)
    _apply(call, item, body)
    _check(call, item, body)
    item.id = call.store.new_id("appointment")
    call.store.editable(contact).appointments.append(item)
    call.store.index(contact, item)
    call.world.events.appointment(call.store, "AppointmentCreate", item)
    return Answer(_show(call, item), touched=(item.id,))


def update_appointment(call: Call) -> Answer:
    """PUT /calendars/events/appointments/{id}: partial; neither the contact nor the sub-account can change."""
    body = check_body(call.body, _fields(call, _UPDATE))
    contact, item = live_appointment(call)
    # Tried on a copy: what is refused has changed nothing.
    wanted = replace(item)
    _apply(call, wanted, body)
    _check(call, wanted, body, before=item)
    call.store.editable(contact)
    with call.store.reindexing(contact, item):
        _apply(call, item, body)
        item.updated = call.now
    call.world.events.appointment(call.store, "AppointmentUpdate", item)
    return Answer(_show(call, item), touched=(item.id,))


def delete_appointment(call: Call) -> Answer:
    """DELETE /calendars/events/{id}: 201."""
    contact, item = live_appointment(call)
    call.store.editable(contact)
    with call.store.reindexing(contact, item):
        item.deleted, item.updated = True, call.now
    call.world.events.appointment(call.store, "AppointmentDelete", item)
    return Answer({"succeeded": True}, 201, touched=(item.id,))


def live_appointment(call: Call) -> tuple[Contact, Appointment]:
    """The appointment of the path and whose it is; a missing or deleted one is a 400."""
    found = call.store.appointment(call.params["event_id"])
    if found is None or found[0].deleted or found[1].deleted:
        raise missing("Appointment", call.params["event_id"])
    return found


def _fields(call: Call, fields: Fields) -> Fields:
    # Only the newer generation can ask for these two, although both show them.
    return {**fields, "appointmentStatus": (*_STATUSES, "completed", "active")} if call.is_v3 else fields


def _apply(call: Call, item: Appointment, body: Json) -> None:
    for key, attribute in _PLAIN.items():
        setattr(item, attribute, body.get(key, getattr(item, attribute)))
    item.owner = body.get("assignedUserId", item.owner) or None
    length = item.end - item.start
    if "calendarId" in body:
        item.calendar_id = body["calendarId"]
        length = length or find_calendar(call.store, item.calendar_id).minutes * MINUTE
    # Who names the start alone keeps the length.
    if "startTime" in body:
        item.start = moment(body["startTime"], "startTime")
        item.end = item.start + length
    if "endTime" in body:
        item.end = moment(body["endTime"], "endTime")
    # A series is taken only without a look at the slots; its instances are not made here.
    if body.get("ignoreFreeSlotValidation"):
        item.rrule = body.get("rrule", item.rrule)


def _check(call: Call, item: Appointment, body: Json, before: Appointment | None = None) -> None:
    """Refuses a wrong end, a stranger as owner, and a slot that is taken."""
    if item.end <= item.start:
        raise bad_request("endTime must be after startTime")
    user_id, stays = body.get("assignedUserId"), before is not None and _place(item) == _place(before)
    if user_id and user_id not in find_calendar(call.store, item.calendar_id).team:
        raise bad_request("The user id not part of calendar team.")
    if not stays and not body.get("ignoreFreeSlotValidation"):
        now = 0 if body.get("ignoreDateRange") else call.now
        diary = Diary(call.store, find_calendar(call.store, item.calendar_id), now, user_id or "")
        if not diary.takes(item.start, item.end, besides=item.id):
            raise bad_request(SLOT_GONE)


def _place(item: Appointment) -> tuple[str, int, int]:
    return item.calendar_id, item.start, item.end


def _show(call: Call, item: Appointment) -> Json:
    zone = call.store.sub.zone
    shown = {
        "id": item.id,
        "calendarId": item.calendar_id,
        "locationId": call.store.id,
        "contactId": item.contact_id,
        "startTime": with_offset(item.start, zone),
        "endTime": with_offset(item.end, zone),
        "title": item.title,
        "appointmentStatus": item.status,
        "assignedUserId": item.owner or "",
        "address": item.address,
        "isRecurring": bool(item.rrule),
        "rrule": item.rrule,
        # The old generation's answers to writes have no times of their own.
        "dateAdded": with_offset(item.added, zone) if call.is_v3 else None,
        "dateUpdated": with_offset(item.updated, zone) if call.is_v3 else None,
    }
    return {key: value for key, value in shown.items() if value is not None}
