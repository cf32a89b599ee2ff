"""Writes to contacts: create, update, upsert, delete. Each bumps the contact's dateUpdated."""

from integrations.sandbox.crm.contact_fields import CREATE, UPDATE, UPSERT, apply_contact, checked
from integrations.sandbox.crm.contact_views import full_contact
from integrations.sandbox.crm.records import Contact, Json
from integrations.sandbox.crm.store import LocationStore
from integrations.sandbox.http.errors import ApiError, bad_request
from integrations.sandbox.http.messages import Answer, Call

# The old generation's answer to a creation is poorer than its answer to a read.
_ONLY_V3_CREATES_SHOW = ("name", "timezone", "lastActivity")
# What must be one person's only, the first to be looked at first.
_OWN = ("email", "phone")


def create_contact(call: Call) -> Answer:
    """POST /contacts/: 201, or a 400 with meta when email or phone is taken."""
    body = checked(call.body, CREATE)
    _refuse_duplicate(call.store, body)
    contact = _create(call, body)
    shown = full_contact(contact, call.store.id, v3=call.is_v3)
    if not call.is_v3:
        shown = {key: value for key, value in shown.items() if key not in _ONLY_V3_CREATES_SHOW}
    return Answer({"contact": shown}, 201, touched=(contact.id,))


def update_contact(call: Call) -> Answer:
    """PUT /contacts/{id}: the keys that came; `tags` replaces the whole list."""
    body, contact = checked(call.body, UPDATE), call.contact()
    _refuse_duplicate(call.store, body, besides=contact)
    _update(call, contact, body)
    shown = full_contact(contact, call.store.id, v3=call.is_v3)
    return Answer({done_key(call): True, "contact": shown}, touched=(contact.id,))


def upsert_contact(call: Call) -> Answer:
    """POST /contacts/upsert: changes who has the email, else the phone, as a PUT would; else makes a contact."""
    body = checked(call.body, UPSERT)
    anew = body.get("createNewIfDuplicateAllowed") and call.store.sub.allows_duplicates
    twins = {} if anew else holders(call.store, body)
    contact = next(iter(twins.values()), None)
    if contact is None:
        contact = _create(call, body)
    else:
        # What belongs to a second person is left out without a word: the live API does not say so either.
        taken = {key for key, twin in twins.items() if twin is not contact}
        _update(call, contact, {key: value for key, value in body.items() if key not in taken})
    shown = full_contact(contact, call.store.id, v3=call.is_v3)
    return Answer({"new": not twins, "contact": shown}, touched=(contact.id,))


def find_duplicate(call: Call) -> Answer:
    """GET /contacts/search/duplicate: who has this `email`, else this `number`; null when nobody does."""
    query = call.request.query
    asked = {"email": query.get("email"), "phone": query.get("number")}
    if not any(asked.values()):
        raise bad_request("Either number or email is required")
    found = next(iter(holders(call.store, asked).values()), None)
    return Answer({"contact": full_contact(found, call.store.id, v3=call.is_v3) if found else None})


def delete_contact(call: Call) -> Answer:
    contact = call.contact()
    with call.store.changing(contact):
        # The row stays: the truth must be able to say that it was there.
        contact.deleted, contact.updated = True, call.now
    call.world.events.contact(call.store, "ContactDelete", contact)
    return Answer(deleted_body(call), touched=(contact.id,))


def done_key(call: Call) -> str:
    """The old generation misspells the word, and everybody depends on it."""
    return "succeeded" if call.is_v3 else "succeded"


def deleted_body(call: Call) -> Json:
    """v3 says it in both spellings."""
    return {"succeeded": True, "succeded": True} if call.is_v3 else {"succeded": True}


def new_contact(store: LocationStore, now: int) -> Contact:
    return Contact(
        id=store.new_id("contact"),
        number=len(store.contacts),
        first_name="",
        last_name="",
        added=now,
        updated=now,
        country=store.sub.place.country,
    )


def _create(call: Call, body: Json) -> Contact:
    contact = new_contact(call.store, call.now)
    apply_contact(contact, body)
    call.store.add_contact(contact)
    call.world.events.contact(call.store, "ContactCreate", contact)
    return contact


def _update(call: Call, contact: Contact, body: Json) -> None:
    before = list(contact.tags), contact.dnd, contact.silenced
    with call.store.changing(contact):
        apply_contact(contact, body)
        contact.updated = call.now
    events = call.world.events
    events.contact(call.store, "ContactUpdate", contact)
    # Tags and do-not-disturb have events of their own besides.
    if contact.tags != before[0]:
        events.contact(call.store, "ContactTagUpdate", contact)
    if (contact.dnd, contact.silenced) != before[1:]:
        events.contact(call.store, "ContactDndUpdate", contact)


def _refuse_duplicate(store: LocationStore, body: Json, besides: Contact | None = None) -> None:
    if store.sub.allows_duplicates:
        return
    for key, twin in holders(store, body, besides).items():
        meta = {"contactId": twin.id, "matchingField": key, "contactName": twin.name}
        message = "This location does not allow duplicated contacts."
        raise ApiError(400, {"statusCode": 400, "message": message, "meta": meta})


def holders(store: LocationStore, body: Json, besides: Contact | None = None) -> dict[str, Contact]:
    """Who already has the email, and who the phone, of a body: the same person, two, or nobody."""
    # A plain scan of all contacts: they are written one by one, by people.
    wanted = {key: str(body[key]).lower() for key in _OWN if body.get(key)}
    if not wanted:
        return {}
    others = [contact for contact in store.contacts if not contact.deleted and contact is not besides]
    found = {
        key: next((contact for contact in others if _has(contact, key, value)), None)
        for key, value in wanted.items()
    }
    return {key: twin for key, twin in found.items() if twin is not None}


def _has(contact: Contact, key: str, value: str) -> bool:
    return str(getattr(contact, key) or "").lower() == value
