"""What a provider hands in: one frozen dataclass per kind, in our words, times aware and in UTC."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


class JsonText(str):
    """JSON that has been written already: a column takes it as it is."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One remote object. `payload` is what the provider sent; `extra` the part of it that we have no word for.

    The payload is only kept, so it is text: a page of many thousands holds a third of the memory.
    """

    remote_id: str
    payload: JsonText = field(default=JsonText("{}"), compare=False, repr=False)
    extra: Mapping[str, Any] = field(default_factory=dict)
    is_deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRecord(Record):
    first_name: str = ""
    last_name: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    company: str = ""
    business_remote_id: str = ""
    owner_remote_id: str = ""
    source: str = ""
    tags: tuple[str, ...] = ()
    custom_fields: tuple[Mapping[str, Any], ...] = ()  # {"id": field id, "value": anything}
    is_dnd: bool = False
    added_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRecord(Record):
    contact_remote_id: str
    title: str = ""
    body: str = ""
    due_at: datetime | None = None
    is_completed: bool = False
    owner_remote_id: str = ""
    added_at: datetime | None = None  # only the location-wide listing tells these two
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRecord(Record):
    contact_remote_id: str
    title: str = ""
    body: str = ""  # may be HTML; sanitised when shown, kept as sent
    is_pinned: bool = False
    colour: str = ""
    author_remote_id: str = ""
    added_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentRecord(Record):
    contact_remote_id: str = ""
    title: str = ""
    status: str = ""
    start_at: datetime
    end_at: datetime | None = None
    calendar_remote_id: str = ""
    owner_remote_id: str = ""
    address: str = ""
    notes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessRecord(Record):
    name: str = ""
    phone: str = ""
    email: str = ""
    website: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRecord(Record):
    name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarRecord(Record):
    name: str = ""
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRecord(Record):
    """The definition of a custom field; values carry only its id."""

    name: str = ""
    data_type: str = ""
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRecord:
    """One row of an answer that could not be understood; it is kept as a failure and never stops the rest."""

    remote_id: str
    reason: str
    contact_remote_id: str = ""
    detail: str = ""
