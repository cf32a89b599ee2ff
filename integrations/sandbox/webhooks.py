"""Signs and posts the events of an app, in the order in which they happened, from one background thread."""

import json
import sys
import threading
import urllib.request
from collections.abc import Callable
from hashlib import sha256
from queue import Queue
from uuid import uuid4

from integrations.sandbox.ed25519 import public_key_der, sign
from integrations.sandbox.records import Appointment, Contact, Json, Note, Task
from integrations.sandbox.seed.moments import iso
from integrations.sandbox.store import LocationStore

_QUEUE_SIZE = 10_000  # beyond that events are dropped, which the vendor does as well


class Webhooks:
    """Does nothing without a URL. A delivery is tried once: nothing promises more."""

    def __init__(self, url: str, seed: int, app_id: str, clock: Callable[[], float]) -> None:
        self._url, self._app_id, self._clock = url, app_id, clock
        self._key = sha256(f"sandbox webhook key {seed}".encode()).digest()
        self._queue: Queue[Json] = Queue(_QUEUE_SIZE)
        self.sent, self.failed, self.dropped = 0, 0, 0
        if url:
            threading.Thread(target=self._deliver_forever, name="webhooks", daemon=True).start()

    @property
    def public_key(self) -> str:
        return public_key_der(self._key)

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

    def install(self, location_id: str, user_id: str) -> None:
        self._put({"type": "INSTALL", "locationId": location_id, "userId": user_id})

    def uninstall(self, location_id: str) -> None:
        self._put({"type": "UNINSTALL", "locationId": location_id})

    def _put(self, event: Json) -> None:
        if not self._url:
            return
        # The API must never wait for a receiver.
        if self._queue.full():
            self.dropped += 1
            return
        now = int(self._clock() * 1000)
        kept = {key: value for key, value in event.items() if value is not None}
        self._queue.put(kept | {"appId": self._app_id, "timestamp": iso(now), "webhookId": str(uuid4())})

    def _deliver_forever(self) -> None:
        while True:
            event = self._queue.get()
            try:
                self._post(json.dumps(event).encode())
                self.sent += 1
            # Tried once only: the vendor documents retries in two ways that contradict each other.
            except OSError as error:
                self.failed += 1
                print(f"A webhook was not taken: {error}", file=sys.stderr)  # noqa: T201 - the log of a process

    def _post(self, body: bytes) -> None:
        # The signature covers the raw bytes, exactly as they are sent.
        headers = {"Content-Type": "application/json", "X-GHL-Signature": sign(self._key, body)}
        request = urllib.request.Request(self._url, body, headers)  # noqa: S310 - the operator's own address
        with urllib.request.urlopen(request, timeout=10):  # noqa: S310
            pass
