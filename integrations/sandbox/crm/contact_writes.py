"""Writes to contacts: create, update, delete, tags. Each bumps the contact's dateUpdated."""

from collections.abc import Mapping
from typing import Any

from integrations.sandbox.crm.contact_views import full_contact
from integrations.sandbox.crm.records import Contact, Json
from integrations.sandbox.crm.store import LocationStore
from integrations.sandbox.http.bodies import check_body
from integrations.sandbox.http.errors import ApiError
from integrations.sandbox.http.messages import Answer, Call

# API key -> field of the record, for everything that is a plain text.
_TEXTS = {
    "firstName": "first_name",
    "lastName": "last_name",
    "email": "email",
    "phone": "phone",
    "companyName": "company",
    "source": "source",
    "assignedTo": "owner",
    "address1": "address",
    "city": "city",
    "state": "state",
    "postalCode": "postal_code",
    "country": "country",
    "website": "website",
    "timezone": "timezone",
    "dateOfBirth": "born",
}
_OTHERS = {
    "name": "string?",
    "dnd": "boolean",
    "dndSettings": "object",
    "inboundDndSettings": "object",
    "tags": "array",
    "customFields": "array",
}
_COMMON = dict.fromkeys(_TEXTS, "string?") | _OTHERS
_CREATE = _COMMON | {"locationId": "string", "gender": "string"}
# No companyName, gender or locationId here: the API refuses them in a PUT.
_UPDATE = {key: kind for key, kind in _COMMON.items() if key != "companyName"}
# The old generation's answer to a creation is poorer than its answer to a read.
_ONLY_V3_CREATES_SHOW = ("name", "timezone", "lastActivity")
_CHANNELS = {name.lower(): name for name in ("Call", "Email", "SMS", "WhatsApp", "GMB", "FB")}


def create_contact(call: Call) -> Answer:
    """POST /contacts/: 201, or a 400 with meta when e-mail or phone is taken."""
    body = check_body(call.body, _CREATE, required=("locationId",))
    # A plain scan of all contacts: they are created one by one, by people.
    _refuse_duplicate(call.store, body)
    contact = new_contact(call.store, call.now)
    apply_contact(contact, body)
    call.store.add_contact(contact)
    call.world.events.contact(call.store, "ContactCreate", contact)
    shown = full_contact(contact, call.store.id, v3=call.is_v3)
    if not call.is_v3:
        shown = {key: value for key, value in shown.items() if key not in _ONLY_V3_CREATES_SHOW}
    return Answer({"contact": shown}, 201, touched=contact.id)


def update_contact(call: Call) -> Answer:
    """PUT /contacts/{id}: the keys that came; `tags` replaces the whole list."""
    contact = call.contact()
    body = check_body(call.body, _UPDATE)
    with call.store.changing(contact):
        apply_contact(contact, body)
        contact.updated = call.now
    call.world.events.contact(call.store, "ContactUpdate", contact)
    shown = full_contact(contact, call.store.id, v3=call.is_v3)
    return Answer({done_key(call): True, "contact": shown}, touched=contact.id)


def delete_contact(call: Call) -> Answer:
    contact = call.contact()
    with call.store.changing(contact):
        # The row stays: the truth must be able to say that it was there.
        contact.deleted, contact.updated = True, call.now
    call.world.events.contact(call.store, "ContactDelete", contact)
    return Answer(deleted_body(call), touched=contact.id)


def add_tags(call: Call) -> Answer:
    """POST /contacts/{id}/tags: 201 with the resulting list."""
    contact = call.contact()
    tags = _tags(check_body(call.body, {"tags": "array"}, required=("tags",))["tags"])
    _set_tags(call, contact, [*contact.tags, *(tag for tag in tags if tag not in contact.tags)])
    return Answer({"tags": contact.tags}, 201, touched=contact.id)


def remove_tags(call: Call) -> Answer:
    """DELETE /contacts/{id}/tags with a body: 200 with the resulting list."""
    contact = call.contact()
    gone = _tags(check_body(call.body, {"tags": "array"}, required=("tags",))["tags"])
    _set_tags(call, contact, [tag for tag in contact.tags if tag not in gone])
    return Answer({"tags": contact.tags}, touched=contact.id)


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


def apply_contact(contact: Contact, body: Mapping[str, Any]) -> None:
    """Sets what the body names; `name` alone is split at its last space."""
    if body.get("name") and "firstName" not in body and "lastName" not in body:
        first, _, last = str(body["name"]).rpartition(" ")
        contact.first_name, contact.last_name = (first, last) if first else (last, "")
    for key, attribute in _TEXTS.items():
        if key in body:
            value = body[key]
            is_name = attribute in ("first_name", "last_name")
            setattr(contact, attribute, (value or "") if is_name else (value or None))
    contact.dnd = body.get("dnd", contact.dnd)
    if "tags" in body:
        contact.tags = _tags(body["tags"])
    if "dndSettings" in body:
        contact.silenced = _silenced(body["dndSettings"])
    for item in body.get("customFields", ()):
        _set_field(contact, item)


def _set_field(contact: Contact, item: Mapping[str, Any]) -> None:
    """Values travel as `field_value` (old), `fieldValue` (v3) or `value`; the others stay as they are."""
    value = item.get("fieldValue", item.get("field_value", item.get("value")))
    kept = [(field_id, old) for field_id, old in contact.fields if field_id != item.get("id")]
    contact.fields = kept if value is None else [*kept, (str(item.get("id")), value)]


def _silenced(settings: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(
        _CHANNELS[channel.lower()]
        for channel, setting in settings.items()
        if channel.lower() in _CHANNELS and isinstance(setting, dict) and setting.get("status") != "inactive"
    )


def _tags(raw: list[Any]) -> list[str]:
    """Lower-cased by the platform, without repeats."""
    return list(dict.fromkeys(str(tag).lower() for tag in raw))


def _set_tags(call: Call, contact: Contact, tags: list[str]) -> None:
    # The same tags again change nothing, so that dateUpdated stays.
    if tags != contact.tags:
        with call.store.changing(contact):
            contact.tags, contact.updated = tags, call.now
        call.world.events.contact(call.store, "ContactTagUpdate", contact)


def _refuse_duplicate(store: LocationStore, body: Mapping[str, Any]) -> None:
    for key in ("email", "phone"):
        wanted = str(body.get(key) or "").lower()
        twin = next((item for item in store.contacts if wanted and _same(item, key, wanted)), None)
        if twin:
            meta = {"contactId": twin.id, "matchingField": key, "contactName": twin.name}
            message = "This location does not allow duplicated contacts."
            raise ApiError(400, {"statusCode": 400, "message": message, "meta": meta})


def _same(contact: Contact, key: str, wanted: str) -> bool:
    return not contact.deleted and str(getattr(contact, key) or "").lower() == wanted
