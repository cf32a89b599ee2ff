"""Which keys a contact's body may have, and what each does to the record."""

import re
from collections.abc import Mapping
from typing import Any

from integrations.sandbox.crm.records import Contact, Json
from integrations.sandbox.http.bodies import Fields, check_body
from integrations.sandbox.http.errors import unprocessable

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
_COMMON: Fields = {
    **dict.fromkeys(_TEXTS, "string?"),
    # These two are never null; a new contact's source and owner are left out instead.
    "postalCode": "string",
    "country": "string",
    "name": "string?",
    "dnd": "boolean",
    "dndSettings": "object",
    "inboundDndSettings": "object",
    "tags": "strings",
    "customFields": "objects",
}
CREATE: Fields = {
    **_COMMON,
    "source": "string",
    "assignedTo": "string",
    "locationId": "string",
    "gender": "string",
}
UPSERT: Fields = {**CREATE, "createNewIfDuplicateAllowed": "boolean"}
# No gender or locationId here: the API refuses them in a PUT.
UPDATE: Fields = dict(_COMMON)

_CHANNELS = {name.lower(): name for name in ("Call", "Email", "SMS", "WhatsApp", "GMB", "FB")}
_BIRTHDAY = re.compile(r"(\d{4}([-/._])\d\d\2\d\d|\d\d([-/._])\d\d\3\d{4})")


def checked(body: Json, fields: Fields) -> Json:
    """The body when all of it can be taken; else one refusal."""
    check_body(body, fields, required=("locationId",) if "locationId" in fields else ())
    faults = []
    if body.get("email") and "@" not in body["email"]:
        faults.append("email must be an email")
    if body.get("dateOfBirth") and not _BIRTHDAY.fullmatch(body["dateOfBirth"]):
        faults.append("dateOfBirth must be a valid date")
    faults += [
        "customFields.id should not be empty" for item in body.get("customFields", ()) if not item.get("id")
    ]
    if faults:
        raise unprocessable(*faults)
    return body


def apply_contact(contact: Contact, body: Mapping[str, Any]) -> None:
    """Sets what the body names; null and "" both empty a field, and `name` alone is split at its last space."""
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
        contact.tags = unique_tags(body["tags"])
    if "dndSettings" in body:
        contact.silenced = _silenced(body["dndSettings"])
    for item in body.get("customFields", ()):
        _set_field(contact, item)


def unique_tags(raw: list[Any]) -> list[str]:
    """Lower-cased by the platform, without repeats."""
    return list(dict.fromkeys(str(tag).lower() for tag in raw))


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
