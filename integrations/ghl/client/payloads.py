"""What answers look like, in the vendor's own words, as hints: every key may be missing and more may come.

The published schemas lag the live API (the rows of both searches are blank there), so nothing here is enforced.
"""

from typing import Any, TypedDict


class Contact(TypedDict, total=False):
    """A row of the search or a single contact. `searchAfter` is on search rows only; `dndSettings` never is."""

    id: str
    locationId: str
    firstName: str | None
    lastName: str | None
    contactName: str | None
    email: str | None
    phone: str | None
    companyName: str | None
    businessId: str | None
    assignedTo: str | None
    source: str | None
    tags: list[str]
    customFields: list[dict[str, Any]]
    dnd: bool
    timezone: str | None
    dateAdded: str
    dateUpdated: str
    searchAfter: list[Any]


class ContactPage(TypedDict, total=False):
    contacts: list[Contact]
    total: int
    traceId: str


class Task(TypedDict, total=False):
    """Search rows have `_id`, dates, `status` and `deleted`; reads by contact have `id` and none of those."""

    id: str
    _id: str
    contactId: str
    title: str
    body: str | None
    assignedTo: str | None
    dueDate: str
    completed: bool
    status: str
    deleted: bool
    dateAdded: str
    dateUpdated: str
    searchAfter: list[Any]


class TaskPage(TypedDict, total=False):
    """No total: the end is an empty page."""

    tasks: list[Task]
    traceId: str


class Note(TypedDict, total=False):
    """`body` is often HTML; there is no date of change, so changes are found by comparing contents."""

    id: str
    contactId: str
    title: str | None
    body: str
    color: str | None
    pinned: bool
    userId: str | None
    dateAdded: str


class Appointment(TypedDict, total=False):
    """Times have an offset in calendar events and none in a contact's appointments (the location's zone then)."""

    id: str
    contactId: str
    calendarId: str
    locationId: str
    groupId: str
    title: str
    appointmentStatus: str
    status: str
    assignedUserId: str | None
    address: str | None
    notes: str | None
    startTime: str
    endTime: str
    dateAdded: str
    dateUpdated: str
    isRecurring: bool
    masterEventId: str
    deleted: bool


class Opportunity(TypedDict, total=False):
    """A deal. `pipelineId` and `pipelineStageId` are names only in the answer of the pipelines."""

    id: str
    name: str
    monetaryValue: float | None
    pipelineId: str
    pipelineStageId: str
    assignedTo: str | None
    status: str
    source: str | None
    lastStatusChangeAt: str | None
    lastStageChangeAt: str | None
    createdAt: str
    updatedAt: str
    contactId: str


class OpportunityPage(TypedDict, total=False):
    """`meta` has total, startAfter and startAfterId for the next page, nextPage."""

    opportunities: list[Opportunity]
    meta: dict[str, Any]


class Message(TypedDict, total=False):
    """`type` is a number, `messageType` its word; `meta` has callDuration (text), callStatus and the ids of the
    emails of a thread. Nothing documented says when a message changed."""

    id: str
    type: int
    messageType: str
    contactId: str
    conversationId: str
    direction: str
    status: str
    body: str
    contentType: str
    attachments: list[str]
    meta: dict[str, Any]
    source: str
    userId: str
    dateAdded: str


class MessagePage(TypedDict, total=False):
    messages: list[Message]
    nextCursor: str | None
    total: int


class Email(TypedDict, total=False):
    """`body` is HTML as it was sent."""

    id: str
    subject: str
    body: str
    direction: str
    dateAdded: str
    attachments: list[str]
    to: list[str]
    cc: list[str]


class Pipeline(TypedDict, total=False):
    """`stages` are objects with id and name, though the files call them lists."""

    id: str
    name: str
    stages: list[dict[str, Any]]


class Calendar(TypedDict, total=False):
    id: str
    name: str
    locationId: str
    isActive: bool


class User(TypedDict, total=False):
    """Deleted users still own records."""

    id: str
    name: str
    firstName: str
    lastName: str
    email: str
    phone: str
    deleted: bool
    roles: dict[str, Any]


class UserPage(TypedDict, total=False):
    users: list[User]
    count: int


class Business(TypedDict, total=False):
    id: str
    name: str
    locationId: str
    phone: str | None
    email: str | None
    website: str | None
    address: str | None
    city: str | None
    createdAt: str
    updatedAt: str


class BusinessPage(TypedDict, total=False):
    businesses: list[Business]


class Location(TypedDict, total=False):
    """`timezone` is an IANA name and the key to every time that comes without an offset."""

    id: str
    companyId: str
    name: str
    timezone: str
    country: str


class CustomField(TypedDict, total=False):
    id: str
    name: str
    fieldKey: str
    dataType: str
    picklistOptions: list[Any]


class InstalledLocation(TypedDict, total=False):
    _id: str
    name: str
    address: str
    isInstalled: bool
    installedAt: str


class Sort(TypedDict):
    """`direction` is asc or desc; sortable are email, dnd, source, first/lastNameLowerCase, dateAdded/Updated."""

    field: str
    direction: str
