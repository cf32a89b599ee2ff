"""What happens to a sub-account rarely: another zone, field or firm; a deleted contact that comes back."""

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from integrations.sandbox.crm import businesses
from integrations.sandbox.crm.records import CustomField, Json
from integrations.sandbox.crm.store import LocationStore
from integrations.sandbox.http.errors import missing
from integrations.sandbox.seed.ids import alnum20
from integrations.sandbox.world import World


def move_location(world: World, body: Json) -> Json:
    """The sub-account says another zone, name or setting from now on; its clocks follow a zone that there is."""
    store: LocationStore = world.locations[body.get("location_id") or world.first.id]
    name: Any = body.get("timezone", store.sub.place.zone)
    zone = ZoneInfo(name) if isinstance(name, str) and name in available_timezones() else store.sub.zone
    place = replace(store.sub.place, zone=name, name=body.get("name", store.sub.place.name))
    duplicates = bool(body.get("allows_duplicates", store.sub.allows_duplicates))
    store.sub = replace(store.sub, zone=zone, place=place, allows_duplicates=duplicates)
    return store.sub.answer()


def restore(world: World, body: Json) -> Json:
    """Brings a deleted contact back as it was, changed now."""
    store = world.locations[body.get("location_id") or world.first.id]
    contact = store.by_id[str(body["contact_id"])]
    with store.changing(contact):
        contact.deleted, contact.updated = False, world.now()
    return {"id": contact.id}


def change_firm(world: World, body: Json) -> Json:
    """A firm is founded, changed or given up, behind the client's back."""
    store, action = world.locations[body.get("location_id") or world.first.id], str(body["action"])
    fields, known = dict(body.get("fields") or {}), store.businesses.get(str(body.get("id")))
    if action == "create":
        return {"id": businesses.create(store, fields, world.now()).id}
    if known is None:
        raise missing("Business", str(body.get("id")))
    if action == "delete":
        businesses.remove(store, known)
    else:
        businesses.change(store, known, fields, world.now())
    return {"id": known.id}


def add_field(world: World, body: Json) -> Json:
    """One more definition of a custom field for contacts."""
    store, name = world.locations[body.get("location_id") or world.first.id], str(body["name"])
    key = "contact." + name.lower().replace(" ", "_")
    made = CustomField(
        alnum20("custom_field", store.id, key), name, key, str(body["kind"]), tuple(body.get("options", ()))
    )
    store.sub = replace(store.sub, custom_fields=(*store.sub.custom_fields, made))
    return {"id": made.id, "fieldKey": made.key}
