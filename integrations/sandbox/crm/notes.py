"""Notes of a contact: no paging, no search of a whole sub-account, and no time of change."""

from integrations.sandbox.crm.contact_writes import deleted_body
from integrations.sandbox.crm.records import Json, Note
from integrations.sandbox.http.bodies import check_body
from integrations.sandbox.http.errors import missing
from integrations.sandbox.http.messages import Answer, Call
from integrations.sandbox.seed.moments import iso

_BODY = {"body": "string", "userId": "string", "title": "string", "color": "string", "pinned": "boolean"}


def list_notes(call: Call) -> Answer:
    """GET /contacts/{id}/notes: all, the newest first."""
    # No paging exists: a contact with thousands of notes answers with all of them.
    notes = call.store.children(call.contact()).notes
    return Answer({"notes": [show(note) for note in reversed(notes) if not note.deleted]})


def get_note(call: Call) -> Answer:
    return Answer({"note": show(_note(call))})


def create_note(call: Call) -> Answer:
    """POST /contacts/{id}/notes: `body` is required; 201."""
    body, contact = check_body(call.body, _BODY, required=("body",)), call.contact()
    note = Note(call.store.new_id("note"), contact.id, "", call.now)
    apply_note(note, body)
    call.store.editable(contact).notes.append(note)
    call.world.events.note(call.store, "NoteCreate", note)
    return Answer({"note": show(note)}, 201, touched=(note.id,))


def update_note(call: Call) -> Answer:
    body, note = check_body(call.body, _BODY), _note(call, to_change=True)
    apply_note(note, body)
    call.world.events.note(call.store, "NoteUpdate", note)
    return Answer({"note": show(note)}, touched=(note.id,))


def delete_note(call: Call) -> Answer:
    note = _note(call, to_change=True)
    note.deleted = True
    call.world.events.note(call.store, "NoteDelete", note)
    return Answer(deleted_body(call), touched=(note.id,))


def show(note: Note) -> Json:
    """Title, colour and author are left out when there is none."""
    shown: Json = {
        "id": note.id,
        "body": note.body,
        "userId": note.user_id,
        "dateAdded": iso(note.added),
        "contactId": note.contact_id,
        "title": note.title,
        "color": note.color,
        "pinned": note.pinned,
    }
    return {key: value for key, value in shown.items() if value is not None} | (note.overrides or {})


def apply_note(note: Note, body: Json) -> None:
    note.body = body.get("body", note.body)
    note.user_id = body.get("userId", note.user_id) or None
    note.title = body.get("title", note.title) or None
    note.color = body.get("color", note.color) or None
    note.pinned = body.get("pinned", note.pinned)


def _note(call: Call, *, to_change: bool = False) -> Note:
    contact, note_id = call.contact(), call.params["note_id"]
    children = call.store.editable(contact) if to_change else call.store.children(contact)
    for note in children.notes:
        if note.id == note_id and not note.deleted:
            return note
    raise missing("Note", note_id)
