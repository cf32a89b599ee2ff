"""What the sandbox answers although the client never asks: some writes and listings, and richer contacts."""

import json
from dataclasses import dataclass
from typing import Any

from integrations.ghl.client import HttpRequest
from tests.contract.scenario import Visit

OPERATIONS = {
    "upsert_contact",
    "find_duplicate",
    "bulk_tags",
    "create_business",
    "update_business",
    "delete_business",
    "delete_appointment",
    "list_appointment_notes",
    "create_appointment_note",
    "update_appointment_note",
    "delete_appointment_note",
    "list_groups",
    "list_users",
}

_CALENDARS = "2021-04-15"
_NIA = {
    "firstName": "Nia",
    "lastName": "Okoro",
    "companyName": "Cedarline",
    "source": "website",
    "address1": "1 Elm Street",
    "city": "Hartford",
    "country": "US",
    "website": "https://cedarline.example",
    "timezone": "America/New_York",
    "tags": ["north"],
}
_FIRM = {
    "name": "Whitlock & Sons",
    "email": "hello@whitlock.example",
    "postalCode": "06106",
    "description": "Roofs",
}


@dataclass(frozen=True, slots=True)
class Hands:
    """Requests made by hand, as another app would make them."""

    visit: Visit

    def call(self, operation: str, method: str, path: str, body: Any = None, version: str = "") -> Any:
        """The JSON of an answer that must be good."""
        old = self.visit.generation == "2021-07-28"
        headers = {
            "Authorization": f"Bearer {self.visit.sandbox.pit}",
            "Version": version if old and version else self.visit.generation,
        }
        if body is not None:
            headers["Content-Type"] = "application/json"
        sent = HttpRequest(
            method, self.visit.sandbox.url + path, headers, json.dumps(body).encode() if body is not None else None
        )
        answer = self.visit.recorder.send_by_hand(operation, sent)
        assert 200 <= answer.status < 300, answer.body
        return json.loads(answer.body)


def play_by_hand(visit: Visit) -> None:
    """A life of one contact, from its creation to its deletion."""
    hands, location_id = Hands(visit), visit.sandbox.location_id
    hands.call("list_groups", "GET", f"/calendars/groups?locationId={location_id}", version=_CALENDARS)
    if visit.generation == "2021-07-28":
        hands.call("list_users", "GET", f"/users/?locationId={location_id}")
    silent = {"call" if visit.generation == "v3" else "Call": {"status": "active", "message": "", "code": ""}}
    made = hands.call(
        "create_contact", "POST", "/contacts/", _NIA | {"locationId": location_id, "dndSettings": silent}
    )
    path = f"/contacts/{made['contact']['id']}"
    hands.call(
        "update_contact",
        "PUT",
        path,
        {"city": "Hartford", "email": None, "source": None, "dateOfBirth": "1990-09-25"},
    )
    _write_to_many(hands, made["contact"]["id"])
    _book(hands, made["contact"]["id"])
    hands.call("delete_contact", "DELETE", path)
    _upsert_and_seek(hands)


def _write_to_many(hands: Hands, contact_id: str) -> None:
    """Tags for a list of contacts, and the life of a firm."""
    here = {"locationId": hands.visit.sandbox.location_id}
    asked = here | {"contacts": [contact_id, "nobody"], "tags": ["north", "vip"]}
    hands.call("bulk_tags", "POST", "/contacts/bulk/tags/update/add", asked)
    hands.call("bulk_tags", "POST", "/contacts/bulk/tags/update/remove", asked | {"removeAllTags": True})
    firm = hands.call("create_business", "POST", "/businesses/", _FIRM | here)["buiseness"]["id"]
    hands.call("update_business", "PUT", f"/businesses/{firm}", {"city": "Derby"})
    hands.call("delete_business", "DELETE", f"/businesses/{firm}")


def _book(hands: Hands, contact_id: str) -> None:
    """An appointment that is noted and deleted."""
    location_id = hands.visit.sandbox.location_id
    calendar = hands.visit.sandbox.state(kinds="calendar")[0]["id"]
    path, body = "/calendars/events/appointments", {"locationId": location_id, "contactId": contact_id}
    body |= {
        "calendarId": calendar,
        "startTime": "2030-03-04T15:00:00Z",
        "title": "Survey",
        "address": "1 Elm Street",
    }
    made = hands.call("create_appointment", "POST", path, body | {"ignoreFreeSlotValidation": True}, _CALENDARS)
    _note_the_appointment(hands, f"/calendars/appointments/{made['id']}/notes")
    hands.call("delete_appointment", "DELETE", f"/calendars/events/{made['id']}", {}, _CALENDARS)


def _note_the_appointment(hands: Hands, path: str) -> None:
    author: str = hands.visit.sandbox.state(kinds="user")[0]["id"]
    note = hands.call("create_appointment_note", "POST", path, {"body": "Late", "userId": author}, _CALENDARS)
    where = f"{path}/{note['note']['id']}"
    hands.call("update_appointment_note", "PUT", where, {"body": "On time"}, _CALENDARS)
    hands.call("list_appointment_notes", "GET", f"{path}?limit=20&offset=0", version=_CALENDARS)
    hands.call("delete_appointment_note", "DELETE", where, version=_CALENDARS)


def _upsert_and_seek(hands: Hands) -> None:
    """Made, found, changed, found no more."""
    location_id, mail = hands.visit.sandbox.location_id, f"nia@{hands.visit.generation}.example"
    asked = _NIA | {"locationId": location_id, "email": mail, "createNewIfDuplicateAllowed": False}
    seek = f"/contacts/search/duplicate?locationId={location_id}&email={mail}&number=%2B15550100"
    made = hands.call("upsert_contact", "POST", "/contacts/upsert", asked)
    hands.call("find_duplicate", "GET", seek)
    hands.call("upsert_contact", "POST", "/contacts/upsert", {"locationId": location_id, "email": mail})
    hands.call("delete_contact", "DELETE", f"/contacts/{made['contact']['id']}")
    hands.call("find_duplicate", "GET", seek)
