"""What the sandbox answers although the client never asks: writes of contacts, tags, notes; two listings."""

import json
from dataclasses import dataclass
from typing import Any

from integrations.ghl.client import HttpRequest
from tests.contract.scenario import Visit

OPERATIONS = {
    "create_contact",
    "update_contact",
    "delete_contact",
    "add_tags",
    "remove_tags",
    "create_note",
    "update_note",
    "delete_note",
    "list_groups",
    "list_users",
}

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
    hands.call("list_groups", "GET", f"/calendars/groups?locationId={location_id}", version="2021-04-15")
    if visit.generation == "2021-07-28":
        hands.call("list_users", "GET", f"/users/?locationId={location_id}")
    silent = {"call" if visit.generation == "v3" else "Call": {"status": "active", "message": "", "code": ""}}
    made = hands.call(
        "create_contact", "POST", "/contacts/", _NIA | {"locationId": location_id, "dndSettings": silent}
    )
    path = f"/contacts/{made['contact']['id']}"
    hands.call("update_contact", "PUT", path, {"city": "Hartford"})
    hands.call("add_tags", "POST", f"{path}/tags", {"tags": ["vip"]})
    hands.call("remove_tags", "DELETE", f"{path}/tags", {"tags": ["vip"]})
    note = hands.call("create_note", "POST", f"{path}/notes", {"body": "Rang back", "title": "Call"})
    hands.call("update_note", "PUT", f"{path}/notes/{note['note']['id']}", {"pinned": True})
    hands.call("delete_note", "DELETE", f"{path}/notes/{note['note']['id']}")
    hands.call("delete_contact", "DELETE", path)
