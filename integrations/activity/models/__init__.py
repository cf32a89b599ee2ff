"""The tables of the activity cache."""

from integrations.activity.models.activities import Appointment, Note, Task
from integrations.activity.models.entries import ActivityEntry
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
from integrations.activity.models.spelled import Spelled

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
    "Spelled",
    "Tag",
    "Task",
]
