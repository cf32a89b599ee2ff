"""Shows a contact the way each operation does: by id, as a search row, as a row of the old list."""

from typing import Any

from integrations.sandbox.crm.records import Contact, Json
from integrations.sandbox.seed.moments import iso

# The old generation and v3 spell the keys of the do-not-disturb settings differently.
_CHANNELS_V3 = {"Call": "call", "Email": "email", "SMS": "sms", "WhatsApp": "whatsApp", "GMB": "gmb", "FB": "fb"}


def full_contact(contact: Contact, location_id: str, *, v3: bool) -> Json:
    """The contact of GET by id; fields without a value are left out."""
    shown = _present(
        {
            "id": contact.id,
            "locationId": location_id,
            "name": contact.name or None,
            "firstName": contact.first_name or None,
            "lastName": contact.last_name or None,
            "firstNameLowerCase": contact.first_name.lower() or None,
            "lastNameLowerCase": contact.last_name.lower() or None,
            "fullNameLowerCase": contact.name.lower() or None,
            "email": contact.email,
            "emailLowerCase": contact.email.lower() if contact.email else None,
            "phone": contact.phone,
            "companyName": contact.company,
            "businessId": contact.business_id,
            "type": contact.type,
            "source": contact.source,
            "assignedTo": contact.owner,
            "address1": contact.address,
            "city": contact.city,
            "state": contact.state,
            "postalCode": contact.postal_code,
            "country": contact.country,
            "website": contact.website,
            "timezone": contact.timezone,
            "dateOfBirth": contact.born,
            "lastActivity": iso(contact.last_activity) if contact.last_activity else None,
        }
    )
    return shown | {
        "dnd": contact.dnd,
        "dndSettings": dnd_settings(contact, v3=v3),
        "tags": contact.tags,
        "customFields": _custom_fields(contact),
        "dateAdded": iso(contact.added),
        "dateUpdated": iso(contact.updated),
        **(contact.overrides or {}),
    }


def search_row(contact: Contact, location_id: str, search_after: list[Any], *, omit_empty: bool) -> Json:
    """A row of a search: no dndSettings, names in both spellings, further addresses as lists."""
    row: Json = {
        "id": contact.id,
        "locationId": location_id,
        "contactName": contact.name or None,
        "firstName": contact.first_name or None,
        "lastName": contact.last_name or None,
        # The lower-case spellings are what sorting uses.
        "firstNameLowerCase": contact.first_name.lower() or None,
        "lastNameLowerCase": contact.last_name.lower() or None,
        "email": contact.email,
        "phone": contact.phone,
        "companyName": contact.company,
        "businessId": contact.business_id,
        "type": contact.type,
        "source": contact.source,
        "assignedTo": contact.owner,
        "address": contact.address,
        "city": contact.city,
        "state": contact.state,
        "postalCode": contact.postal_code,
        "country": contact.country,
        "website": contact.website,
        "timezone": contact.timezone,
        "dateOfBirth": contact.born,
    }
    lists: Json = {
        "tags": contact.tags,
        "customFields": _custom_fields(contact),
        "followers": list(contact.followers),
        "additionalEmails": [],
        "additionalPhones": [],
    }
    # The second set-up leaves out what is empty, lists included: clients must not count on keys.
    if omit_empty:
        row, lists = _present(row), {key: value for key, value in lists.items() if value}
    return {
        **row,
        **lists,
        "dnd": contact.dnd,
        "dateAdded": iso(contact.added),
        "dateUpdated": iso(contact.updated),
        **(contact.overrides or {}),
        "searchAfter": search_after,
    }


def list_row(contact: Contact, location_id: str) -> Json:
    """A row of the deprecated list, which is also the shape of a business' contacts."""
    shown = _present(
        {
            "id": contact.id,
            "locationId": location_id,
            "contactName": contact.name or None,
            "firstName": contact.first_name or None,
            "lastName": contact.last_name or None,
            "email": contact.email,
            "phone": contact.phone,
            "companyName": contact.company,
            "businessId": contact.business_id,
            "type": contact.type,
            "source": contact.source,
            "assignedTo": contact.owner,
            "address1": contact.address,
            "city": contact.city,
            "state": contact.state,
            "postalCode": contact.postal_code,
            "country": contact.country,
            "website": contact.website,
            "timezone": contact.timezone,
            "dateOfBirth": contact.born,
        }
    )
    return shown | {
        "dnd": contact.dnd,
        "tags": contact.tags,
        "customFields": _custom_fields(contact),
        "followers": list(contact.followers),
        "attributions": [],
        "dateAdded": iso(contact.added),
        "dateUpdated": iso(contact.updated),
        **(contact.overrides or {}),
    }


def dnd_settings(contact: Contact, *, v3: bool) -> Json:
    """`active` means that the channel is closed."""
    return {
        _CHANNELS_V3[channel] if v3 else channel: {"status": "active", "message": "", "code": ""}
        for channel in contact.silenced
    }


def _custom_fields(contact: Contact) -> list[Json]:
    return [{"id": field_id, "value": value} for field_id, value in contact.fields]


def _present(fields: Json) -> Json:
    return {key: value for key, value in fields.items() if value is not None}
