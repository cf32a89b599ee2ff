"""Tags of a contact, and of many at once: added and removed, never the whole list."""

from integrations.sandbox.crm.contact_fields import unique_tags
from integrations.sandbox.crm.contact_writes import done_key
from integrations.sandbox.crm.records import Contact, Json
from integrations.sandbox.http.bodies import check_body
from integrations.sandbox.http.errors import unprocessable
from integrations.sandbox.http.messages import Answer, Call

_BULK = {"contacts": "strings", "tags": "strings", "locationId": "string", "removeAllTags": "boolean"}


def add_tags(call: Call) -> Answer:
    """POST /contacts/{id}/tags: 201 with the resulting list."""
    tags, contact = _named(call), call.contact()
    _set_tags(call, contact, _with(contact, tags))
    return Answer({"tags": contact.tags}, 201, touched=(contact.id,))


def remove_tags(call: Call) -> Answer:
    """DELETE /contacts/{id}/tags with a body: 200 with the resulting list."""
    tags, contact = _named(call), call.contact()
    _set_tags(call, contact, _without(contact, tags))
    return Answer({"tags": contact.tags}, touched=(contact.id,))


def bulk_tags(call: Call) -> Answer:
    """POST /contacts/bulk/tags/update/{type}: 201 with one line for each id, also when some of them failed."""
    adds, body = call.params["type"] == "add", check_body(call.body, _BULK, ("contacts", "tags", "locationId"))
    if call.params["type"] not in ("add", "remove"):
        raise unprocessable("type must be one of the following values: add, remove")
    if adds and body.get("removeAllTags"):
        raise unprocessable("removeAllTags can only be used with type remove")
    lines = [_bulk_line(call, record_id, body, adds=adds) for record_id in dict.fromkeys(body["contacts"])]
    done = tuple(line["contactId"] for line in lines if line["type"] == "success")
    told = {"succeded": True, done_key(call): True}
    return Answer(told | {"errorCount": len(lines) - len(done), "responses": lines}, 201, touched=done)


def _bulk_line(call: Call, record_id: str, body: Json, *, adds: bool) -> Json:
    contact = call.store.by_id.get(record_id)
    if contact is None or contact.deleted:
        elsewhere = any(record_id in store.by_id for store in call.world.locations.values() if store != call.store)
        why = "contact does not belong to location" if elsewhere else "contact is deleted"
        why = why if contact or elsewhere else "contact id is not a valid firebase id"
        return {"contactId": record_id, "message": why, "type": "error"}
    old, tags = contact.tags, unique_tags(body["tags"])
    _set_tags(call, contact, _bulk_result(contact, tags, adds=adds, every=bool(body.get("removeAllTags"))))
    return {
        "contactId": record_id,
        "message": "Tags updated",
        "type": "success",
        "oldTags": old,
        "tagsAdded": [tag for tag in contact.tags if tag not in old],
        "tagsRemoved": [tag for tag in old if tag not in contact.tags],
    }


def _bulk_result(contact: Contact, tags: list[str], *, adds: bool, every: bool) -> list[str]:
    if every:
        return []
    return _with(contact, tags) if adds else _without(contact, tags)


def _named(call: Call) -> list[str]:
    return unique_tags(check_body(call.body, {"tags": "strings"}, required=("tags",))["tags"])


def _with(contact: Contact, tags: list[str]) -> list[str]:
    return [*contact.tags, *(tag for tag in tags if tag not in contact.tags)]


def _without(contact: Contact, tags: list[str]) -> list[str]:
    return [tag for tag in contact.tags if tag not in tags]


def _set_tags(call: Call, contact: Contact, tags: list[str]) -> None:
    # The same tags again change nothing, so that dateUpdated stays.
    if tags != contact.tags:
        with call.store.changing(contact):
            contact.tags, contact.updated = tags, call.now
        call.world.events.contact(call.store, "ContactTagUpdate", contact)
