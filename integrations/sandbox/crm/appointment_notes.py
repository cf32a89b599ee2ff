"""Notes of an appointment, which are no notes of its contact and have operations of their own."""

from integrations.sandbox.crm.appointment_writes import live_appointment
from integrations.sandbox.crm.records import Appointment, Json, Note
from integrations.sandbox.http.bodies import check_body
from integrations.sandbox.http.errors import missing, unprocessable
from integrations.sandbox.http.messages import Answer, Call
from integrations.sandbox.seed.moments import iso

_BODY = {"userId": "string", "body": "string"}
_LONGEST, _MOST = 5000, 20


def list_appointment_notes(call: Call) -> Answer:
    """GET /calendars/appointments/{id}/notes: `limit` and `offset` are both required; the newest first."""
    _, item = live_appointment(call)
    for key in ("limit", "offset"):
        if not call.request.query.get(key):
            raise unprocessable(f"{key} should not be empty")
    limit, skip = call.number("limit", _MOST, least=1, most=_MOST), call.number("offset", 0)
    notes = item.remarks[::-1]
    shown = [show(call, note) for note in notes[skip : skip + limit]]
    return Answer({"notes": shown, "hasMore": len(notes) > skip + limit})


def create_appointment_note(call: Call) -> Answer:
    body = _checked(call)
    note = Note(call.store.new_id("note"), "", body["body"], call.now, body.get("userId") or None)
    item = _editable(call)
    note.contact_id, item.remarks = item.contact_id, (*item.remarks, note)
    return Answer({"note": show(call, note)}, 201, touched=(note.id,))


def update_appointment_note(call: Call) -> Answer:
    item, body = _editable(call), _checked(call)
    note = _note(call, item)
    note.body, note.user_id = body["body"], body.get("userId", note.user_id) or None
    return Answer({"note": show(call, note)}, touched=(note.id,))


def delete_appointment_note(call: Call) -> Answer:
    item = _editable(call)
    note = _note(call, item)
    item.remarks = tuple(one for one in item.remarks if one is not note)
    return Answer({"success": True}, touched=(note.id,))


def show(call: Call, note: Note) -> Json:
    author = call.world.users.get(note.user_id or "")
    by = {"id": author.id, "name": f"{author.first_name} {author.last_name}"} if author else {}
    shown: Json = {"id": note.id, "body": note.body, "userId": note.user_id, "contactId": note.contact_id}
    shown |= {"dateAdded": iso(note.added), "createdBy": by or None}
    return {key: value for key, value in shown.items() if value is not None}


def _checked(call: Call) -> Json:
    body = check_body(call.body, _BODY, required=("body",))
    if len(body["body"]) > _LONGEST:
        raise unprocessable(f"body must be shorter than or equal to {_LONGEST} characters")
    return body


def _editable(call: Call) -> Appointment:
    contact, item = live_appointment(call)
    call.store.editable(contact)
    return item


def _note(call: Call, item: Appointment) -> Note:
    for note in item.remarks:
        if note.id == call.params["note_id"]:
            return note
    raise missing("Note", call.params["note_id"])
