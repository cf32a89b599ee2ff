"""Businesses: the firms of a sub-account, and who belongs to them."""

from dataclasses import replace

from integrations.sandbox.crm.records import Business, Contact, Json
from integrations.sandbox.crm.store import LocationStore
from integrations.sandbox.http.bodies import check_body
from integrations.sandbox.http.errors import bad_request, missing
from integrations.sandbox.http.messages import Answer, Call
from integrations.sandbox.seed.moments import iso

# API key -> field of the record.
_NAMES = {
    "name": "name",
    "phone": "phone",
    "email": "email",
    "website": "website",
    "address": "address",
    "city": "city",
    "state": "state",
    "postalCode": "postal_code",
    "country": "country",
    "description": "description",
}
_UPDATE = dict.fromkeys(_NAMES, "string")
_CREATE = {**_UPDATE, "locationId": "string"}
_MEMBERS = {"locationId": "string", "ids": "strings", "businessId": "string?"}


def list_businesses(call: Call) -> Answer:
    limit, skip = call.number("limit", 100, least=1, most=100), call.number("skip", 0)
    rows = list(call.store.businesses.values())[skip : skip + limit]
    return Answer({"businesses": [show(item, call.store.id) for item in rows]})


def get_business(call: Call) -> Answer:
    return Answer({"business": show(_business(call), call.store.id)})


def create_business(call: Call) -> Answer:
    """POST /businesses/: 201. The answers to writes misspell what the answers to reads spell well."""
    body = check_body(call.body, _CREATE, required=("name", "locationId"))
    made = create(call.store, body, call.now)
    return Answer({"success": True, "buiseness": show(made, call.store.id)}, 201, touched=(made.id,))


def update_business(call: Call) -> Answer:
    changed = change(call.store, _business(call), check_body(call.body, _UPDATE), call.now)
    return Answer({"success": True, "buiseness": show(changed, call.store.id)}, touched=(changed.id,))


def delete_business(call: Call) -> Answer:
    gone = _business(call)
    remove(call.store, gone)
    return Answer({"success": True}, touched=(gone.id,))


def set_business(call: Call) -> Answer:
    """POST /contacts/bulk/business: all of these belong to it from now on; null takes them out of theirs."""
    required = ("locationId", "ids", *(() if "businessId" in call.body else ("businessId",)))
    body = check_body(call.body, _MEMBERS, required=required)
    business_id = body["businessId"]
    if business_id is not None and business_id not in call.store.businesses:
        raise missing("Business", business_id)
    people = [call.world.contact(call.store, record_id) for record_id in dict.fromkeys(body["ids"])]
    if not people:
        raise bad_request("ids should not be empty")
    for contact in people:
        _move(call, contact, business_id)
    moved = [contact.id for contact in people]
    return Answer({"success": True, "ids": moved}, touched=tuple(moved))


def create(store: LocationStore, fields: Json, now: int) -> Business:
    place = store.sub.place
    empty = dict.fromkeys((*_NAMES.values(), "sector"), "") | {"country": place.country}
    made = Business(id=store.new_id("business"), added=now, updated=now, **empty)
    return change(store, made, fields, now)


def change(store: LocationStore, business: Business, fields: Json, now: int) -> Business:
    named = {_NAMES[key]: value for key, value in fields.items() if key in _NAMES}
    store.businesses[business.id] = changed = replace(business, **named, updated=now)
    return changed


def remove(store: LocationStore, business: Business) -> None:
    """Its people stay and belong to nobody."""
    store.former_businesses[business.id] = store.businesses.pop(business.id)
    for contact in store.contacts:
        if contact.business_id == business.id:
            with store.changing(contact):
                contact.business_id = None


def show(item: Business, location_id: str) -> Json:
    shown = {
        "id": item.id,
        "name": item.name,
        "phone": item.phone,
        "email": item.email,
        "website": item.website,
        "address": item.address,
        "city": item.city,
        "state": item.state,
        "postalCode": item.postal_code,
        "country": item.country,
        "description": item.description,
        "locationId": location_id,
    }
    return shown | {"createdAt": iso(item.added), "updatedAt": iso(item.updated)}


def _business(call: Call) -> Business:
    found = call.store.businesses.get(call.params["business_id"])
    if found is None:
        raise missing("Business", call.params["business_id"])
    return found


def _move(call: Call, contact: Contact, business_id: str | None) -> None:
    with call.store.changing(contact):
        contact.business_id, contact.updated = business_id, call.now
    call.world.events.contact(call.store, "ContactUpdate", contact)
