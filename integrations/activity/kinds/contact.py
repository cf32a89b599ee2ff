"""Contacts: the people that everything else happens with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integrations.activity.folding import seen
from integrations.activity.kinds.kind import Columns, Kind, iso
from integrations.activity.models import Contact
from integrations.activity.records import Record
from integrations.activity.search import search_text, sort_name


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRecord(Record):
    first_name: str = ""
    last_name: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    country: str = ""  # two letters; where a phone number that names no country belongs
    company: str = ""
    business_remote_id: str = ""
    owner_remote_id: str = ""
    source: str = ""
    tags: tuple[str, ...] = ()
    custom_fields: tuple[Mapping[str, Any], ...] = ()  # {"id": field id, "value": anything}
    is_dnd: bool = False
    added_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def tag_names(self) -> tuple[str, ...]:
        """The tags under the name of their column."""
        return self.tags


def _columns(record: ContactRecord) -> Columns:
    first, last = seen(record.first_name), seen(record.last_name)
    name = seen(record.name) or " ".join(filter(None, (first, last)))
    return {
        "first_name": first,
        "last_name": last,
        "name": name,
        "email": record.email,
        "phone": record.phone,
        "country": record.country,
        "company": record.company,
        "business_remote_id": record.business_remote_id,
        "owner_remote_id": record.owner_remote_id,
        "source": record.source,
        "tag_names": list(record.tags),
        "custom_fields": [dict(value) for value in record.custom_fields],
        "is_dnd": record.is_dnd,
        "merged_into": None,  # it is there
        "added_at": record.added_at,
        "updated_at": record.updated_at,
        "sort_name": sort_name(name, record.email, record.phone),
        "search_text": search_text(name, record.email, record.phone, record.company, record.country),
    }


def _exported(contact: Any) -> Columns:
    return {
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "name": contact.name,
        "email": contact.email,
        "phone": contact.phone,
        "company": contact.company,
        "business_id": contact.business_remote_id,
        "tags": contact.tag_names,
        "owner_id": contact.owner_remote_id,
        "source": contact.source,
        "date_added": iso(contact.added_at),
        "date_updated": iso(contact.updated_at),
    }


KIND = Kind(
    name="contact",
    plural="contacts",
    label="Contacts",
    one="Contact",
    icon="users",
    record=ContactRecord,
    model=Contact,
    columns=_columns,
    keeps=("added_at", "updated_at"),
    # What a person would call changed; clocks and derived columns are not among it.
    watched={
        "first_name": "First name",
        "last_name": "Last name",
        "email": "Email",
        "phone": "Phone",
        "company": "Company",
        "business_remote_id": "Business",
        "owner_remote_id": "Owner",
        "source": "Source",
        "tag_names": "Tags",
        "custom_fields": "Custom fields",
    },
    exported=_exported,
)
