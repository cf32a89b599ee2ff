"""Changes records behind the client's back, as colleagues and other apps do, and makes single ones bad."""

from collections.abc import Iterator, Mapping
from typing import Any

from integrations.sandbox.admin.fields import COMMON, EMPTY, LISTS, MOMENTS, NAMES, Record
from integrations.sandbox.admin.state import (
    show_appointment,
    show_contact,
    show_deal,
    show_message,
    show_note,
    show_task,
)
from integrations.sandbox.crm.contact_fields import apply_contact
from integrations.sandbox.crm.contact_writes import new_contact
from integrations.sandbox.crm.dates import moment
from integrations.sandbox.crm.records import Appointment, Children, Contact, Json, Message, Note, Opportunity, Task
from integrations.sandbox.crm.store import LocationStore
from integrations.sandbox.http.errors import bad_request, missing, unprocessable
from integrations.sandbox.seed.moments import MINUTE, iso
from integrations.sandbox.world import World

PRESETS: dict[str, Json] = {
    "no_start": {"startTime": None},
    "wrong_types": {
        "firstName": 7,
        "email": ["a", "b"],
        "tags": "vip",
        "dateAdded": "yesterday",
        "title": {"a": 1},
    },
    "unknown_status": {"appointmentStatus": "teleported", "status": "teleported"},
    "unknown_fields": {"horoscope": "Leo", "nested": {"deep": [1, 2, {"x": None}]}},
    "no_id": {"id": None},
}


def mutate(world: World, body: Json) -> Json:
    """Creates, updates or deletes one record; dateUpdated is now, unless the fields say otherwise."""
    store = world.locations[body.get("location_id") or world.first.id]
    kind, action, fields = str(body["kind"]), str(body["action"]), dict(body.get("fields") or {})
    contact, record = _created(store, kind, body, world.now()) if action == "create" else _found(store, kind, body)
    if action not in ("create", "update", "delete"):
        raise bad_request(f"The action {action} is unknown; use create, update or delete.")
    _change(store, contact, record, fields, world.now(), delete=action == "delete")
    if body.get("notify", True):
        _notify(world, store, kind, action, record, fields)
    return {"id": record.id, "record": _shown(store, contact, record)}


def merge(world: World, body: Json) -> Json:
    """Merges one contact into another: what hangs on it moves, under its own ids, and the contact is gone."""
    store = world.locations[body.get("location_id") or world.first.id]
    gone, survivor = (world.contact(store, str(body[key])) for key in ("contact_id", "into"))
    if gone is survivor:
        raise bad_request("A contact cannot be merged into itself.")
    moved = _move_children(store, gone, survivor)
    for contact in (gone, survivor):
        with store.changing(contact):
            contact.updated = world.now()
            contact.deleted = contact.deleted or contact is gone
    if body.get("notify", True):
        world.events.contact(store, "ContactDelete", gone)
        world.events.contact(store, "ContactUpdate", survivor)
    return {"id": survivor.id, "moved": moved}


def _move_children(store: LocationStore, gone: Contact, survivor: Contact) -> int:
    """Deleted ones stay where they were: nobody asks for them any more."""
    before, after = store.editable(gone), store.editable(survivor)
    moved = 0
    for kind in LISTS:
        source, target = _list(before, kind), _list(after, kind)
        alive = [item for item in source if not item.deleted]
        source[:] = [item for item in source if item.deleted]
        for item in alive:
            store.unindex(gone, item)
            store.index(survivor, item)
            item.contact_id = survivor.id
        target.extend(alive)
        target.sort(key=lambda item: int(item.added))
        moved += len(alive)
    return moved


def corrupt(world: World, body: Json) -> Json:
    """Answers about one record say something else from now on: a preset, or overrides (null removes a key)."""
    store = world.locations[body.get("location_id") or world.first.id]
    _, record = _found(store, str(body["kind"]), body)
    preset = body.get("preset")
    if preset is not None and preset not in PRESETS:
        raise bad_request(f"The preset {preset} is unknown; use one of {', '.join(PRESETS)}.")
    record.overrides = (PRESETS[str(preset)] if preset else body.get("overrides")) or None
    return {"id": record.id, "overrides": record.overrides}


def bulk_notes(world: World, body: Json) -> Json:
    """Gives one contact so many more notes, a minute apart, up to now."""
    store = world.locations[body.get("location_id") or world.first.id]
    contact = world.contact(store, str(body["contact_id"]))
    notes, count, now = store.editable(contact).notes, int(body["count"]), world.now()
    for number in range(count):
        text = f"Bulk note {number + 1} of {count}."
        notes.append(Note(store.new_id("note"), contact.id, text, now - (count - number) * MINUTE))
    return {"notes": len(notes)}


def search_index(world: World, body: Json) -> Json:
    """Makes the search lag for one contact: true lists a deleted one, false hides a live one."""
    store = world.locations[body.get("location_id") or world.first.id]
    contact = store.by_id[str(body["contact_id"])]
    with store.changing(contact):
        contact.listed = body.get("listed")
    return {"listed": contact.is_listed}


def _created(store: LocationStore, kind: str, body: Json, now: int) -> tuple[Contact, Record]:
    if kind == "contact":
        contact = new_contact(store, now)
        store.add_contact(contact)
        return contact, contact
    contact = store.by_id[str(body["contact_id"])]
    children, record_id = store.editable(contact), store.new_id(kind)
    record = EMPTY[kind](store, record_id, contact.id, now)
    _list(children, kind).append(record)
    store.index(contact, record)
    return contact, record


def _found(store: LocationStore, kind: str, body: Json) -> tuple[Contact, Record]:
    record_id = str(body["id"])
    if kind == "contact":
        if record_id not in store.by_id:
            raise missing("Contact", record_id)
        return store.by_id[record_id], store.by_id[record_id]
    for contact in _candidates(store, body.get("contact_id")):
        if any(item.id == record_id for item in _list(store.children(contact), kind)):
            children = store.editable(contact)
            return contact, next(item for item in _list(children, kind) if item.id == record_id)
    raise missing(kind.capitalize(), record_id)


def _candidates(store: LocationStore, contact_id: str | None) -> Iterator[Contact]:
    """One contact when it is named; else all of them, which takes seconds in a large world."""
    return iter([store.by_id[contact_id]] if contact_id else store.contacts)


def _list(children: Children, kind: str) -> list[Any]:
    if kind not in LISTS:
        raise bad_request(f"The kind {kind} is unknown; use contact, {', '.join(LISTS)}.")
    return getattr(children, LISTS[kind])  # type: ignore[no-any-return]


def _change(
    store: LocationStore, contact: Contact, record: Record, fields: Json, now: int, *, delete: bool
) -> None:
    if isinstance(record, Contact):
        with store.changing(record):
            apply_contact(record, fields)
            _set(record, {key: value for key, value in fields.items() if key in COMMON}, COMMON, now)
            record.deleted = record.deleted or delete
    else:
        with store.reindexing(contact, record):
            _set(record, _with_times(record, fields, now), NAMES[type(record)], now)
            record.deleted = record.deleted or delete


def _with_times(record: Record, fields: Json, now: int) -> Json:
    """A deal also keeps when its stage and its status changed, unless the fields say; a direction is a word."""
    if isinstance(record, Message) and "direction" in fields:
        return fields | {"direction": fields["direction"] == "inbound"}
    if not isinstance(record, Opportunity):
        return fields
    told = {"pipelineStageId": "lastStageChangeAt", "status": "lastStatusChangeAt"}
    return {told[key]: iso(now) for key in told if key in fields} | fields


def _set(record: Record, fields: Mapping[str, Any], names: Mapping[str, str], now: int) -> None:
    unknown = [key for key in fields if key not in names]
    if unknown:
        raise unprocessable(*(f"property {key} should not exist" for key in unknown))
    if not isinstance(record, Note):
        record.updated = now
    for key, value in fields.items():
        setattr(record, names[key], moment(value, key) if names[key] in MOMENTS else value)


def _notify(world: World, store: LocationStore, kind: str, action: str, record: Record, fields: Json) -> None:
    """The webhook that the vendor would send. For a changed task there is none."""
    name = f"{kind.capitalize()}{action.capitalize()}"
    if isinstance(record, Contact):
        world.events.contact(store, name, record)
    elif isinstance(record, Note):
        world.events.note(store, name, record)
    elif isinstance(record, Appointment):
        world.events.appointment(store, name, record)
    elif isinstance(record, Message):
        if action == "create":
            world.events.message(store, record)
    elif isinstance(record, Opportunity):
        _notify_deal(world, store, name, record, fields)
    # There is no event for an edited task.
    elif action != "update":
        world.events.task(store, name, record)


def _notify_deal(world: World, store: LocationStore, name: str, deal: Opportunity, fields: Json) -> None:
    """A change of one of these is told twice, as live ones are."""
    own = {
        "pipelineStageId": "OpportunityStageUpdate",
        "status": "OpportunityStatusUpdate",
        "monetaryValue": "OpportunityMonetaryValueUpdate",
        "assignedTo": "OpportunityAssignedToUpdate",
    }
    for event in (*(own[key] for key in fields if key in own and name == "OpportunityUpdate"), name):
        world.events.opportunity(store, event, deal)


def _shown(store: LocationStore, contact: Contact, record: Record) -> Json:
    if isinstance(record, Contact):
        return show_contact(store, record)
    if isinstance(record, Note):
        return show_note(contact, record)
    if isinstance(record, Task):
        return show_task(contact, record)
    if isinstance(record, Opportunity):
        return show_deal(contact, record, store.id)
    if isinstance(record, Message):
        return show_message(contact, record, store.id)
    return show_appointment(contact, record)
