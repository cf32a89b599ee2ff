"""The API's words for what can be changed of each kind of record, and how a record of it begins."""

from collections.abc import Callable
from typing import Any

from integrations.sandbox.crm.records import Appointment, Contact, Message, Note, Opportunity, Task
from integrations.sandbox.crm.store import LocationStore
from integrations.sandbox.seed.moments import MINUTE

type Record = Contact | Note | Task | Appointment | Opportunity | Message
type Maker = Callable[[LocationStore, str, str, int], Any]

COMMON = {"dateAdded": "added", "dateUpdated": "updated"}
MOMENTS = {"due", "start", "end", "added", "updated", "stage_changed", "status_changed"}
# The API's word -> our field, by class.
NAMES: dict[type[Any], dict[str, str]] = {
    Task: COMMON
    | {"title": "title", "body": "body", "assignedTo": "owner", "completed": "completed", "dueDate": "due"},
    # Notes have no time of change, neither here nor there.
    Note: {"dateAdded": "added"}
    | {"body": "body", "userId": "user_id", "title": "title", "color": "color", "pinned": "pinned"},
    Appointment: COMMON
    | {
        "title": "title",
        "appointmentStatus": "status",
        "assignedUserId": "owner",
        "calendarId": "calendar_id",
        "address": "address",
        "notes": "notes",
        "startTime": "start",
        "endTime": "end",
    },
    Message: COMMON
    | {
        "body": "body",
        "direction": "inbound",
        "status": "status",
        "subject": "subject",
        "channel": "channel",
        "attachments": "attachments",
        "callDuration": "seconds",
        "callStatus": "outcome",
        "userId": "user_id",
        "source": "source",
    },
    Opportunity: {
        "name": "name",
        "pipelineId": "pipeline_id",
        "pipelineStageId": "stage_id",
        "status": "status",
        "monetaryValue": "value",
        "assignedTo": "owner",
        "source": "source",
        "createdAt": "added",
        "updatedAt": "updated",
        "lastStageChangeAt": "stage_changed",
        "lastStatusChangeAt": "status_changed",
    },
}
LISTS = {
    "task": "tasks",
    "note": "notes",
    "appointment": "appointments",
    "opportunity": "opportunities",
    "message": "messages",
}


def _appointment(store: LocationStore, record_id: str, contact_id: str, now: int) -> Appointment:
    calendar, end = store.sub.calendars[0].id, now + 30 * MINUTE
    return Appointment(record_id, contact_id, calendar, "New appointment", now, end, "confirmed", now, now)


def _opportunity(store: LocationStore, record_id: str, contact_id: str, now: int) -> Opportunity:
    pipeline = store.sub.pipelines[0]
    stage = pipeline.stages[0][0]
    return Opportunity(record_id, contact_id, "New deal", pipeline.id, stage, "open", 0, now, now, now, now)


def _message(store: LocationStore, record_id: str, contact_id: str, now: int) -> Message:
    conversation = store.conversation_of(store.by_id[contact_id])
    email = store.new_id("email")
    return Message(record_id, contact_id, conversation, "sms", True, "New message", now, now, email_id=email)


EMPTY: dict[str, Maker] = {
    "task": lambda _store, record_id, contact_id, now: Task(record_id, contact_id, "New task", now, now, now),
    "note": lambda _store, record_id, contact_id, now: Note(record_id, contact_id, "New note", now),
    "appointment": _appointment,
    "opportunity": _opportunity,
    "message": _message,
}
