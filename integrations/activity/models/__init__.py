"""The tables of the activity cache."""

from integrations.activity.models.activities import Appointment, Note, Task
from integrations.activity.models.entries import ActivityEntry
from integrations.activity.models.people import Business, Calendar, Contact, FieldDefinition, RemoteUser, Tag
from integrations.activity.models.remote import RemoteObject

__all__ = [
    "ActivityEntry",
    "Appointment",
    "Business",
    "Calendar",
    "Contact",
    "FieldDefinition",
    "Note",
    "RemoteObject",
    "RemoteUser",
    "Tag",
    "Task",
]
