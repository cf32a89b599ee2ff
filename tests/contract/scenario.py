"""One visit to the sandbox that uses every operation of the client, with all the arguments it can send."""

from dataclasses import dataclass
from typing import Any

from integrations.ghl.client import Client, Generation, StaticToken, TokenSet, next_search_after
from tests.contract.exchanges import Recorder
from tests.ghl.client.scripted import EndlessBucket
from tests.sandbox.process import Sandbox

EPOCH, FAR_FUTURE = 0, 4_000_000_000_000  # milliseconds
HOW_MANY = 60
"""Contacts that are read one by one: enough to meet every kind of custom field and an appointment series."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One generation's session with the sandbox; `recorder` has heard everything afterwards."""

    sandbox: Sandbox
    generation: Generation
    recorder: Recorder

    def client(self, token: str = "") -> Client:
        """A client that never waits: this is about words, and budgets have tests of their own."""
        return Client(
            base_url=self.sandbox.url,
            transport=self.recorder,
            bucket=EndlessBucket(),
            key="contract",
            auth=StaticToken(token) if token else None,
            generation=self.generation,
            sleep=lambda _seconds: None,
            on_call=self.recorder.on_call,
        )


def play(visit: Visit) -> None:
    """Calls every operation; raises when the sandbox refuses one, because then there is nothing to compare."""
    client, location_id = visit.client(visit.sandbox.pit), visit.sandbox.location_id
    owner_id = _read_the_sub_account(client, location_id)
    contact_ids = _read_contacts(client, location_id)
    _read_activity(client, location_id, contact_ids)
    _write_a_task(client, contact_ids[0], owner_id)
    _connect_and_leave(visit)


def _read_the_sub_account(client: Client, location_id: str) -> str:
    """Everything that rarely changes; the id of somebody who works there."""
    location: Any = client.locations.get(location_id)
    for model in ("contact", "opportunity", "all"):
        client.locations.custom_fields(location_id, model)
    found: Any = client.users.search(location["companyId"], location_id, limit=5, skip=5)
    owner: Any = client.users.get(found["users"][0]["id"])
    businesses: Any = client.businesses.list(location_id, limit=100, skip=0)
    client.businesses.get(businesses[0]["id"])
    return str(owner["id"])


def _read_contacts(client: Client, location_id: str) -> list[str]:
    sort: Any = [{"field": "dateUpdated", "direction": "asc"}]
    since = [{"field": "dateUpdated", "operator": "range", "value": {"gte": "2020-01-01T00:00:00.000Z"}}]
    rows: Any = client.contacts.search(location_id, 20, filters=since, sort=sort)["contacts"]
    client.contacts.search(location_id, 20, next_search_after(rows, 20), since, sort)
    client.contacts.search(location_id, 20, query="ana")
    everybody: Any = client.contacts.search(location_id, HOW_MANY)["contacts"]
    return [row["id"] for row in everybody]


def _read_activity(client: Client, location_id: str, contact_ids: list[str]) -> None:
    for contact_id in contact_ids:
        client.contacts.get(contact_id)
        client.calendars.appointments_of(contact_id)
        for task in client.tasks.list(contact_id)[:1]:
            client.tasks.get(contact_id, task["id"])
        for note in client.notes.list(contact_id)[:1]:
            client.notes.get(contact_id, note["id"])
    rows: Any = client.tasks.search(location_id, 50)["tasks"]
    after, owners = next_search_after(rows, 50), sorted({row["assignedTo"] for row in rows if row["assignedTo"]})
    client.tasks.search(location_id, 50, after, completed=False, assigned_to=owners)
    client.tasks.search(location_id, contact_ids=contact_ids[:3])
    for calendar in client.calendars.list(location_id):
        for event in client.calendars.events(location_id, calendar["id"], EPOCH, FAR_FUTURE)[:3]:
            client.calendars.appointment(event["id"])


def _write_a_task(client: Client, contact_id: str, owner_id: str) -> None:
    made = client.tasks.create(
        contact_id,
        title="Call back",
        due_date="2026-12-01T09:00:00-05:00",
        body="About the quote",
        assigned_to=owner_id,
    )
    client.tasks.update(contact_id, made["id"], title="Call back today", body="", dueDate="2026-12-02T09:00:00Z")
    client.tasks.complete(contact_id, made["id"])
    client.tasks.complete(contact_id, made["id"], completed=False)
    client.tasks.delete(contact_id, made["id"])


def _connect_and_leave(visit: Visit) -> None:
    """A company's install, a location's, and the end of both; tokens of either class are read on the way."""
    app = visit.sandbox.info()
    keys = {"client_id": app["client_id"], "client_secret": app["client_secret"]}
    locations = [found["id"] for found in app["locations"]]
    company = _exchanged(visit, keys, {"location_ids": locations, "company": True}, user_type="Company")
    agency = visit.client(company.access_token).oauth
    page = agency.installed_locations(app["company_id"], app["app_id"], limit=1)
    agency.installed_locations(app["company_id"], app["app_id"], after=page.after, limit=1)
    agency.location_token(app["company_id"], locations[0])

    location = _exchanged(visit, keys, {"location_ids": locations[:1]}, user_type="Location")
    anonymous = visit.client().oauth
    renewed = anonymous.refresh(refresh_token=location.refresh_token or "", **keys)
    visit.client(renewed.access_token).oauth.uninstall(app["app_id"], location_id=locations[0], reason="Revoked")


def _exchanged(visit: Visit, keys: dict[str, str], install: dict[str, Any], *, user_type: str) -> TokenSet:
    code = visit.sandbox.admin("code", install)["code"]
    return visit.client().oauth.exchange(
        code=code, redirect_uri="https://dashboard.example/callback/", user_type=user_type, **keys
    )
