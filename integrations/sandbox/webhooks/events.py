"""The events of an app as the vendor words them; posting them is another matter."""

from collections.abc import Callable
from uuid import uuid4

from integrations.sandbox.crm.contact_views import dnd_settings
from integrations.sandbox.crm.records import Appointment, Contact, Json, Message, Note, Opportunity, Task
from integrations.sandbox.crm.store import LocationStore
from integrations.sandbox.seed.moments import iso
from integrations.sandbox.webhooks.sender import Sender


class Webhooks:
    """One event for each thing that happened."""

    def __init__(self, sender: Sender, app_id: str, clock: Callable[[], float]) -> None:
        self._sender, self._app_id, self._clock = sender, app_id, clock

    def contact(self, store: LocationStore, name: str, contact: Contact) -> None:
        """Contact events carry most of the row, but no dateUpdated."""
        self._put(
            {
                "type": name,
                "locationId": store.id,
                "id": contact.id,
                "name": contact.name,
                "firstName": contact.first_name,
                "lastName": contact.last_name,
                "email": contact.email,
                "phone": contact.phone,
                "companyName": contact.company,
                "source": contact.source,
                "assignedTo": contact.owner,
                "dnd": contact.dnd,
                "dndSettings": dnd_settings(contact, v3=False) if name == "ContactDndUpdate" else None,
                "tags": contact.tags,
                "dateAdded": iso(contact.added),
                "customFields": [{"id": field_id, "value": value} for field_id, value in contact.fields],
            }
        )

    def task(self, store: LocationStore, name: str, task: Task) -> None:
        """The real TaskCreate lacks contactId and body, whatever its documentation says."""
        event: Json = {
            "type": name,
            "locationId": store.id,
            "id": task.id,
            "assignedTo": task.owner,
            "title": task.title,
            "dateAdded": iso(task.added),
            "dueDate": iso(task.due),
        }
        if name != "TaskCreate":
            event |= {"contactId": task.contact_id, "body": task.body}
        self._put(event)

    def note(self, store: LocationStore, name: str, note: Note) -> None:
        """A fixed list of keys: no author, no title."""
        self._put(
            {
                "type": name,
                "locationId": store.id,
                "id": note.id,
                "body": note.body,
                "contactId": note.contact_id,
                "dateAdded": iso(note.added),
            }
        )

    def appointment(self, store: LocationStore, name: str, item: Appointment) -> None:
        self._put(
            {
                "type": name,
                "locationId": store.id,
                "appointment": {
                    "id": item.id,
                    "title": item.title,
                    "address": item.address,
                    "calendarId": item.calendar_id,
                    "contactId": item.contact_id,
                    "assignedUserId": item.owner,
                    "users": [item.owner] if item.owner else [],
                    "appointmentStatus": item.status,
                    "source": "calendar_page",
                    "notes": item.notes,
                    "startTime": iso(item.start),
                    "endTime": iso(item.end),
                    "dateAdded": iso(item.added),
                    "dateUpdated": iso(item.updated),
                },
            }
        )

    def opportunity(self, store: LocationStore, name: str, deal: Opportunity) -> None:
        """One change is told by two of them: what changed, and that something did."""
        self._put(
            {
                "type": name,
                "locationId": store.id,
                "id": deal.id,
                "assignedTo": deal.owner,
                "contactId": deal.contact_id,
                "monetaryValue": deal.value,
                "name": deal.name,
                "pipelineId": deal.pipeline_id,
                "pipelineStageId": deal.stage_id,
                "source": deal.source,
                "status": deal.status,
                "dateAdded": iso(deal.added),
            }
        )

    def message(self, store: LocationStore, message: Message) -> None:
        """An email has no id of a message but one of its own, and its whole body."""
        is_email, is_call = message.channel == "email", message.channel == "call"
        event: Json = {
            "type": "InboundMessage" if message.inbound else "OutboundMessage",
            "locationId": store.id,
            "attachments": list(message.attachments),
            "body": message.body or None,
            "contactId": message.contact_id,
            "conversationId": message.conversation_id,
            "dateAdded": iso(message.added),
            "direction": "inbound" if message.inbound else "outbound",
            "messageType": {"email": "Email", "call": "CALL", "whatsapp": "WhatsApp"}.get(message.channel, "SMS"),
            "userId": None if message.inbound else message.user_id,
        }
        if is_email:
            own = {"emailMessageId": message.email_id, "threadId": message.id, "provider": "Leadconnector Gmail"}
            self._put(event | own)
            return
        calls = {"callDuration": message.seconds, "callStatus": message.outcome} if is_call else {}
        status = message.outcome if is_call else message.status
        self._put(event | calls | {"messageId": message.id, "status": status, "contentType": "text/plain"})

    def install(self, location_id: str, user_id: str) -> None:
        self._put({"type": "INSTALL", "locationId": location_id, "userId": user_id})

    def uninstall(self, location_id: str) -> None:
        self._put({"type": "UNINSTALL", "locationId": location_id})

    def _put(self, event: Json) -> None:
        now = int(self._clock() * 1000)
        self._sender.put(_said(event) | {"appId": self._app_id, "timestamp": iso(now), "webhookId": str(uuid4())})


def _said(row: Json) -> Json:
    """The row without what has no value; an appointment's own row likewise."""
    found = {key: _said(value) if isinstance(value, dict) else value for key, value in row.items()}
    return {key: value for key, value in found.items() if value is not None}
