"""Changes GHL for the engine: our words out, in the bodies that GHL takes."""

from collections.abc import Callable, Mapping
from typing import Any

from integrations.connections.ports import Call, Json, Permanent, Target
from integrations.ghl.adapter import using
from integrations.ghl.client.api import Client
from integrations.ghl.reader import GhlReader
from integrations.sync.models.options import Option

CUSTOM = "custom_fields."
CONTACT = {
    "first_name": "firstName",
    "last_name": "lastName",
    "name": "name",
    "email": "email",
    "phone": "phone",
    "company": "companyName",
    "owner_remote_id": "assignedTo",
    "source": "source",
    "tag_names": "tags",
}
TASK = {"title": "title", "body": "body", "due_at": "dueDate", "owner_remote_id": "assignedTo"}
NOTE = {
    "title": "title",
    "body": "body",
    "author_remote_id": "userId",
    "is_pinned": "pinned",
    "colour": "color",
}
APPOINTMENT = {
    "title": "title",
    "start_at": "startTime",
    "end_at": "endTime",
    "status": "appointmentStatus",
    "owner_remote_id": "assignedUserId",
    "calendar_remote_id": "calendarId",
}


class GhlWriter:
    """`Writer` of one connection."""

    def __init__(self, reader: GhlReader) -> None:
        self._reader = reader

    def send(self, operation: str, target: Target, changes: Json, options: Json) -> str:
        sending = SENDING.get(operation)
        if sending is None:
            raise Permanent("GoHighLevel has no way to change this.")
        location = self._reader.location
        with using(location):
            made = sending(Sent(self._reader.client, location.location_id, target, changes, options))
        return str(made.get("id") or made.get("_id") or "") if isinstance(made, Mapping) else ""

    def take_calls(self) -> list[Call]:
        return self._reader.take_calls()


class Sent:
    """One change on its way, in both vocabularies."""

    def __init__(self, client: Client, location_id: str, target: Target, changes: Json, options: Json) -> None:
        self.client, self.location_id, self.target = client, location_id, target
        self.changes, self.options = changes, options

    @property
    def ids(self) -> tuple[str, str]:
        """Of the contact and of what belongs to it."""
        return self.target.contact_id, self.target.remote_id

    def contact(self, *, clears: bool) -> dict[str, Any]:
        """A contact's body; what is emptied is null there, and left out of a new one."""
        plain = self.body(CONTACT)
        body = {key: (value if value != "" else None) for key, value in plain.items()}
        custom = [
            {"id": name.removeprefix(CUSTOM), "field_value": value}
            for name, value in self.changes.items()
            if name.startswith(CUSTOM)
        ]
        body = body if clears else {key: value for key, value in body.items() if value is not None}
        return body | ({"customFields": custom} if custom else {})

    def body(self, names: Mapping[str, str]) -> dict[str, Any]:
        return {names[name]: value for name, value in self.changes.items() if name in names}

    def booking(self) -> dict[str, Any]:
        """Only who asked for it books at a time that the calendar does not offer."""
        free = {"ignoreFreeSlotValidation": True} if self.options.get(Option.IGNORES_SLOTS) else {}
        return self.body(APPOINTMENT) | free

    @property
    def tags(self) -> list[str]:
        return list(self.changes["tag_names"])

    @property
    def firm(self) -> str | None:
        return self.changes["business_remote_id"] or None


# How each operation of the engine is sent; of what a call answers only a new record's id is looked at, since the
# engine reads back.
SENDING: dict[str, Callable[[Sent], Any]] = {
    "task.complete": lambda it: it.client.tasks.complete(*it.ids, True),
    "task.reopen": lambda it: it.client.tasks.complete(*it.ids, False),
    "task.create": lambda it: it.client.tasks.create(it.target.contact_id, it.body(TASK)),
    "task.update": lambda it: it.client.tasks.update(*it.ids, **it.body(TASK)),
    "task.delete": lambda it: it.client.tasks.delete(*it.ids),
    "note.create": lambda it: it.client.notes.create(it.target.contact_id, it.body(NOTE)),
    "note.update": lambda it: it.client.notes.update(*it.ids, it.body(NOTE)),
    "note.pin": lambda it: it.client.notes.update(*it.ids, it.body(NOTE)),
    "note.unpin": lambda it: it.client.notes.update(*it.ids, it.body(NOTE)),
    "note.delete": lambda it: it.client.notes.delete(*it.ids),
    "contact.create": lambda it: it.client.contacts.create(it.location_id, it.contact(clears=False)),
    "contact.update": lambda it: it.client.contacts.update(it.target.remote_id, it.contact(clears=True)),
    "contact.delete": lambda it: it.client.contacts.delete(it.target.remote_id),
    "contact.add_tags": lambda it: it.client.contacts.add_tags(it.target.remote_id, it.tags),
    "contact.remove_tags": lambda it: it.client.contacts.remove_tags(it.target.remote_id, it.tags),
    "contact.set_business": lambda it: it.client.contacts.set_business(
        it.location_id, [it.target.remote_id], it.firm
    ),
    "appointment.create": lambda it: it.client.calendars.book(it.location_id, it.target.contact_id, it.booking()),
    **dict.fromkeys(
        ("appointment.update", "appointment.cancel", "appointment.showed", "appointment.no_show"),
        lambda it: it.client.calendars.rebook(it.target.remote_id, it.booking()),
    ),
}
