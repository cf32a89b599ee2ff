"""The records that the sandbox holds, in plain fields; times are epoch milliseconds in UTC."""

from dataclasses import dataclass, field
from typing import Any

type Json = dict[str, Any]


@dataclass(slots=True)
class Contact:
    """One person. `overrides` replaces keys of every answer about it: that is how a record is made bad.

    `listed` says whether searches show it: None follows `deleted`; the real index lags by seconds, so it can
    hide a contact that exists and show one that is gone.
    """

    id: str
    number: int
    first_name: str
    last_name: str
    added: int
    updated: int
    email: str | None = None
    phone: str | None = None
    company: str | None = None
    business_id: str | None = None
    type: str = "lead"
    source: str | None = None
    owner: str | None = None
    address: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str = "US"
    website: str | None = None
    timezone: str | None = None
    born: str | None = None
    tags: list[str] = field(default_factory=list)
    fields: list[tuple[str, Any]] = field(default_factory=list)
    dnd: bool = False
    silenced: tuple[str, ...] = ()
    followers: tuple[str, ...] = ()
    last_activity: int = 0
    deleted: bool = False
    listed: bool | None = None
    overrides: Json | None = None

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def is_listed(self) -> bool:
        return not self.deleted if self.listed is None else self.listed


@dataclass(slots=True)
class Note:
    """A note of one contact. The vendor tells no time of change for it."""

    id: str
    contact_id: str
    body: str
    added: int
    user_id: str | None = None
    title: str | None = None
    color: str | None = None
    pinned: bool = False
    deleted: bool = False
    overrides: Json | None = None


@dataclass(slots=True)
class Task:
    """A task of one contact. A deleted one still shows up in the search of the whole location, flagged."""

    id: str
    contact_id: str
    title: str
    due: int
    added: int
    updated: int
    body: str | None = None
    owner: str | None = None
    completed: bool = False
    deleted: bool = False
    overrides: Json | None = None


@dataclass(slots=True)
class Appointment:
    """A booking of one contact on a calendar. `master_id` is set on instances of a recurring series."""

    id: str
    contact_id: str
    calendar_id: str
    title: str
    start: int
    end: int
    status: str
    added: int
    updated: int
    owner: str | None = None
    address: str | None = None
    notes: str | None = None
    master_id: str | None = None
    rrule: str | None = None
    remarks: tuple[Note, ...] = ()
    deleted: bool = False
    overrides: Json | None = None


@dataclass(slots=True)
class Opportunity:
    """A deal of one contact, on its way along the stages of a pipeline."""

    id: str
    contact_id: str
    name: str
    pipeline_id: str
    stage_id: str
    status: str
    value: float
    added: int
    updated: int
    stage_changed: int
    status_changed: int
    owner: str | None = None
    source: str | None = None
    deleted: bool = False
    overrides: Json | None = None


@dataclass(slots=True)
class Message:
    """Something that was said to or by one contact; `outcome` and `seconds` are a call's."""

    id: str
    contact_id: str
    conversation_id: str
    channel: str
    inbound: bool
    body: str
    added: int
    updated: int
    status: str = "delivered"
    outcome: str = "completed"
    seconds: int = 0
    subject: str | None = None
    email_id: str = ""
    attachments: tuple[str, ...] = ()
    user_id: str | None = None
    source: str = "app"
    deleted: bool = False
    overrides: Json | None = None


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What deals move along; `stages` are id and name."""

    id: str
    name: str
    stages: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Children:
    """Everything that hangs on one contact, oldest first."""

    notes: list[Note] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    appointments: list[Appointment] = field(default_factory=list)
    opportunities: list[Opportunity] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class User:
    """A colleague of the company, with the sub-accounts that he or she works in."""

    id: str
    first_name: str
    last_name: str
    email: str
    phone: str
    role: str
    location_ids: tuple[str, ...]
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Business:
    """A firm that several contacts belong to."""

    id: str
    name: str
    sector: str
    phone: str
    email: str
    website: str
    address: str
    city: str
    state: str
    postal_code: str
    country: str
    description: str
    added: int
    updated: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar that appointments are booked on."""

    id: str
    name: str
    group_id: str
    slug: str
    color: str
    minutes: int
    description: str
    team: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CustomField:
    """The definition of a field that the sub-account added; `kind` is the vendor's dataType."""

    id: str
    name: str
    key: str
    kind: str
    options: tuple[str, ...] = ()
