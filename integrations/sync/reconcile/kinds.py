"""The table that says, for each kind of record, which model keeps it and how its columns are filled."""

import hashlib
import html
import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from typing import Any

from integrations.activity import records as r
from integrations.activity.models import (
    Appointment,
    Business,
    Calendar,
    Contact,
    FieldDefinition,
    Note,
    RemoteObject,
    RemoteUser,
    Task,
)
from integrations.activity.search import search_text

SHARED_FIELDS = {field.name for field in fields(r.Record)}
RECORDS: tuple[type[r.Record], ...] = (
    r.UserRecord,
    r.FieldRecord,
    r.CalendarRecord,
    r.BusinessRecord,
    r.ContactRecord,
    r.TaskRecord,
    r.NoteRecord,
    r.AppointmentRecord,
)
OWN_FIELDS = {kind: [f.name for f in fields(kind) if f.name not in SHARED_FIELDS] for kind in RECORDS}
type Columns = Callable[[Any], dict[str, Any]]

# Not part of what makes a record different: how it was sent, and times that not every endpoint tells.
NOT_CONTENT = {"payload", "is_deleted", "added_at", "updated_at"}
CONTENT_FIELDS = {kind: [f.name for f in fields(kind) if f.name not in NOT_CONTENT] for kind in RECORDS}
# A "<" inside ends the try: otherwise a text of a million of them is searched to its end from each one.
TAG_MARKUP = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, slots=True)
class Kind:
    """`columns` gives the model's own columns; `keeps` those that an endpoint may leave out without clearing;
    `compares` those whose old value says what kind of change it is."""

    model: type[RemoteObject]
    columns: Columns
    has_contact: bool = False
    keeps: tuple[str, ...] = ()
    compares: tuple[str, ...] = ()


def contact_columns(record: r.ContactRecord) -> dict[str, Any]:
    name = record.name or " ".join(part for part in (record.first_name, record.last_name) if part)
    return {
        "first_name": record.first_name,
        "last_name": record.last_name,
        "name": name,
        "email": record.email,
        "phone": record.phone,
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
        "sort_name": (name or record.email or record.phone).lower()[:120],
        "search_text": search_text(name, record.email, record.phone, record.company),
    }


def plain_text(markup: str) -> str:
    """The words of a note without its markup, for search and one-line previews; never for display as HTML."""
    text = TAG_MARKUP.sub(" ", markup)
    with suppress(ValueError):  # a character's number of thousands of digits
        text = html.unescape(text)
    return " ".join(text.split())


def note_columns(record: r.NoteRecord) -> dict[str, Any]:
    return _same_names(record) | {"body_text": plain_text(record.body)}


def _same_names(record: r.Record) -> dict[str, Any]:
    return {name: getattr(record, name) for name in OWN_FIELDS[type(record)]}


def fingerprint(record: r.Record) -> str:
    """32 hex digits over everything the record says, unknown parts included; equal content, equal digits."""
    content = [getattr(record, name) for name in CONTENT_FIELDS[type(record)]]
    return hashlib.blake2b(ENCODER.encode(content).encode(), digest_size=16).hexdigest()


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)


# Made once: a record takes less time to encode than an encoder to be made.
ENCODER = json.JSONEncoder(default=_plain, sort_keys=True, ensure_ascii=True)


KINDS: dict[type[r.Record], Kind] = {
    r.UserRecord: Kind(RemoteUser, _same_names),
    r.FieldRecord: Kind(FieldDefinition, _same_names),
    r.CalendarRecord: Kind(Calendar, _same_names),
    r.BusinessRecord: Kind(Business, _same_names),
    r.ContactRecord: Kind(Contact, contact_columns, keeps=("added_at", "updated_at")),
    r.TaskRecord: Kind(
        Task,
        _same_names,
        has_contact=True,
        keeps=("added_at", "updated_at"),
        compares=("contact_remote_id", "is_completed"),
    ),
    r.NoteRecord: Kind(Note, note_columns, has_contact=True, keeps=("added_at",), compares=("contact_remote_id",)),
    r.AppointmentRecord: Kind(Appointment, _same_names, has_contact=True, compares=("contact_remote_id",)),
}
MODELS: dict[str, type[RemoteObject]] = {
    "users": RemoteUser,
    "fields": FieldDefinition,
    "calendars": Calendar,
    "businesses": Business,
    "contacts": Contact,
    "tasks": Task,
    "notes": Note,
    "appointments": Appointment,
}
