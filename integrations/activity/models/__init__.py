"""The tables of the activity cache."""

from integrations.activity.models.activities import Appointment, Message, Note, Opportunity, Task
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
from integrations.activity.models.shown import ShownField
from integrations.activity.models.spelled import Spelled
from integrations.activity.models.task_templates import TaskTemplate

__all__ = [
    "ActivityEntry",
    "Appointment",
    "Business",
    "Calendar",
    "Contact",
    "ContactCount",
    "FieldDefinition",
    "Message",
    "Note",
    "Opportunity",
    "RemoteObject",
    "RemoteUser",
    "ShownField",
    "Spelled",
    "Tag",
    "Task",
    "TaskTemplate",
]
