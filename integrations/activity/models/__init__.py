"""The tables of the activity cache."""

from integrations.activity.models.entries import ActivityEntry
from integrations.activity.models.happenings import Appointment, Note, Task
from integrations.activity.models.people import (
    Business,
    Calendar,
    Contact,
    ContactCount,
    FieldDefinition,
    RemoteUser,
    Tag,
)
from integrations.activity.models.remote import RemoteObject

__all__ = [
    "ActivityEntry",
    "Appointment",
    "Business",
    "Calendar",
    "Contact",
    "ContactCount",
    "FieldDefinition",
    "Note",
    "RemoteObject",
    "RemoteUser",
    "Tag",
    "Task",
]
