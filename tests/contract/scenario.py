"""One visit to the sandbox that uses every operation of the client, with all the arguments it can send."""

from dataclasses import dataclass, replace
from time import time
from typing import Any

from integrations.ghl.client import Client, Generation, StaticToken, TokenSet
from integrations.ghl.client.paging import BEHIND, PAGE, Position
from tests.contract.exchanges import Recorder
from tests.ghl.client.scripted import EndlessBucket
from tests.sandbox.process import Sandbox

EPOCH, FAR_FUTURE = 0, 4_000_000_000_000  # milliseconds
DAY = 86_400_000
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
    _read_deals(client, location_id, contact_ids)
    _read_messages(client, location_id, contact_ids)
    _write_a_task(client, contact_ids[0], owner_id)
    contact_id = _write_a_contact(client, location_id, f"ida@{visit.generation}.example", owner_id)
    _write_a_note(client, contact_id, owner_id)
    _book(client, location_id, contact_id)
    _connect_and_leave(visit)


def _read_the_sub_account(client: Client, location_id: str) -> str:
    """Everything that rarely changes; the id of somebody who works there."""
    location: Any = client.locations.get(location_id)
    for model in ("contact", "opportunity", "all"):
        client.locations.custom_fields(location_id, model)
    found: Any = client.users.search(location["companyId"], location_id, limit=5, skip=5)
    owner: Any = client.users.get(found["users"][0]["id"])
    businesses: Any = client.businesses.list(location_id, limit=100, skip=0)["businesses"]
    client.businesses.get(businesses[0]["id"])
    return str(owner["id"])


def _read_contacts(client: Client, location_id: str) -> list[str]:
    sort: Any = [{"field": "dateUpdated", "direction": "asc"}]
    since = [{"field": "dateUpdated", "operator": "range", "value": {"gte": "2020-01-01T00:00:00.000Z"}}]
    rows: Any = client.contacts.search(location_id, 20, filters=since, sort=sort)["contacts"]
    client.contacts.search(location_id, 20, rows[-1]["searchAfter"], filters=since, sort=sort)
    client.contacts.search(location_id, 20, page=2, filters=since, sort=sort)
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
    after, owners = rows[-1]["searchAfter"], sorted({row["assignedTo"] for row in rows if row["assignedTo"]})
    client.tasks.search(location_id, 50, after, completed=False, assigned_to=owners)
    client.tasks.search(location_id, 50, skip=50)
    client.tasks.search(location_id, contact_ids=contact_ids[:3])
    for calendar in client.calendars.list(location_id):
        for event in client.calendars.events(location_id, calendar["id"], EPOCH, FAR_FUTURE)[:3]:
            client.calendars.appointment(event["id"])


def _read_messages(client: Client, location_id: str, contact_ids: list[str]) -> None:
    """Every channel, so that each shape of a row is met."""
    talk = client.conversations
    page: Any = talk.export(location_id, 20, sort_by="updatedAt")
    talk.export(location_id, 20, cursor=page["nextCursor"], sort_by="updatedAt", sort_order="asc")
    talk.export(location_id, contact_id=contact_ids[0])
    talk.export(location_id)
    mails: Any = talk.export(location_id, channel="Email")
    talk.message(page["messages"][0]["id"])
    for mail in mails["messages"][:20]:
        talk.email(mail["meta"]["email"]["messageIds"][0])


def _read_deals(client: Client, location_id: str, contact_ids: list[str]) -> None:
    first = Position(limit=20, ways=(BEHIND, PAGE))
    page: Any = client.opportunities.search(location_id, first)
    after = [page["meta"]["startAfter"], page["meta"]["startAfterId"]]
    client.opportunities.search(location_id, replace(first, after=after))
    client.opportunities.search(location_id, Position(limit=20, ways=(PAGE,), page=2))
    client.opportunities.search(location_id, Position(limit=100, ways=(BEHIND,)), contact_id=contact_ids[0])
    client.opportunities.get(page["opportunities"][0]["id"])
    client.opportunities.pipelines(location_id)


def _write_a_task(client: Client, contact_id: str, owner_id: str) -> None:
    fields = {"title": "Call back", "dueDate": "2026-12-01T09:00:00-05:00", "body": "About the quote"}
    made = client.tasks.create(contact_id, fields | {"assignedTo": owner_id})
    client.tasks.update(contact_id, made["id"], title="Call back today", body="", dueDate="2026-12-02T09:00:00Z")
    client.tasks.complete(contact_id, made["id"])
    client.tasks.complete(contact_id, made["id"], completed=False)
    client.tasks.delete(contact_id, made["id"])


def _write_a_contact(client: Client, location_id: str, email: str, owner_id: str) -> str:
    """Somebody who stays, and somebody who does not."""
    named = {"firstName": "Ida", "lastName": "Vance", "email": email, "source": "referral"}
    field: Any = client.locations.custom_fields(location_id, "contact")[0]
    custom = {"customFields": [{"id": field["id"], "field_value": "Buyer"}], "tags": ["north"]}
    contact_id = client.contacts.create(location_id, named | custom | {"assignedTo": owner_id})["id"]
    client.contacts.update(contact_id, {"lastName": None, "city": "Derby", "source": None})
    client.contacts.add_tags(contact_id, ["vip"])
    client.contacts.remove_tags(contact_id, ["north"])
    business: Any = client.businesses.list(location_id, limit=1, skip=0)["businesses"][0]
    for business_id in (business["id"], None):
        client.contacts.set_business(location_id, [contact_id], business_id)
    client.contacts.delete(client.contacts.create(location_id, {"name": "Ida Brief"})["id"])
    return str(contact_id)


def _write_a_note(client: Client, contact_id: str, author_id: str) -> None:
    note = client.notes.create(contact_id, {"body": "<p>Rang back</p>", "title": "Call", "userId": author_id})
    client.notes.update(contact_id, note["id"], {"body": "<p>Rang again</p>", "pinned": True, "color": "#FFAA00"})
    client.notes.delete(contact_id, note["id"])


def _book(client: Client, location_id: str, contact_id: str) -> None:
    """A free slot booked, and the appointment moved to another."""
    calendar, now = client.calendars.list(location_id)[0]["id"], int(time() * 1000)
    days = client.calendars.free_slots(calendar, now, now + 14 * DAY, "Asia/Tokyo")
    free = [slot for day, told in days.items() if day != "traceId" for slot in told["slots"]]
    made = client.calendars.book(location_id, contact_id, {"calendarId": calendar, "startTime": free[0]})
    moved = {"startTime": free[-1], "title": "Survey", "appointmentStatus": "showed"}
    client.calendars.rebook(made["id"], moved)
    client.calendars.book(location_id, contact_id, {"calendarId": calendar, "startTime": free[0]})


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
