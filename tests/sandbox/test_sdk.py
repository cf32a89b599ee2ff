"""GoHighLevel's own Python SDK, with nothing but its base address changed, lives through a story here."""

import asyncio
import time

import pytest

from tests.sandbox.process import V3, Sandbox

WEEKS = 14 * 86_400_000
# Its call for the tags of many is not here: it never fills in the placeholder of its own path.
WRITES = {
    "upsert_contact": 2,
    "update_contact": 1,
    "add_tags": 1,
    "remove_tags": 1,
    "create_task": 2,
    "update_task": 1,
    "complete_task": 1,
    "delete_task": 1,
    "create_note": 2,
    "update_note": 1,
    "delete_note": 1,
    "create_appointment": 2,
    "update_appointment": 1,
    "delete_appointment": 1,
    "create_business": 1,
    "update_business": 1,
    "set_business": 2,
    "delete_business": 1,
    "delete_contact": 1,
}


def sdk():
    """Imported when a test needs it: its thousand classes would delay the start of every process of the suite."""
    return pytest.importorskip("highlevel", reason="The official SDK is not installed: `make install` brings it.")


@pytest.fixture
def official(own_sandbox, monkeypatch):
    """Runs a story with the SDK in front of a sandbox of its own."""
    monkeypatch.setattr(sdk().HighLevel, "BASE_URL", own_sandbox.url)

    async def told(story):
        api = sdk().HighLevel(private_integration_token=own_sandbox.pit)
        try:
            return await story(api, own_sandbox)
        finally:
            await api.close()

    return lambda story: asyncio.run(told(story))


async def meet(api, sandbox: Sandbox):
    """Upserted twice, found, changed and tagged."""
    here = {"locationId": sandbox.location_id}
    nia = here | {"firstName": "Nia", "email": "nia@sdk.example", "phone": "+15550177"}
    first = await api.contacts.upsert_contact(nia)
    again = await api.contacts.upsert_contact(nia | {"city": "Hartford"})
    assert (first["new"], again["new"]) == (True, False)
    contact_id = again["contact"]["id"]
    found = await api.contacts.get_duplicate_contact(sandbox.location_id, number="+15550177")
    assert found["contact"]["id"] == contact_id
    await api.contacts.update_contact(contact_id, {"lastName": "Okoro", "source": None})
    await api.contacts.add_tags(contact_id, {"tags": ["VIP", "north"]})
    left = await api.contacts.remove_tags(contact_id, {"tags": ["north"]})
    assert left["tags"] == ["vip"]
    return contact_id


async def promise(api, contact_id: str):
    """A task made, completed and put away; another one left open."""
    due = {"title": "Call back", "dueDate": "2027-03-01T09:00:00-05:00", "completed": False}
    kept, gone = [(await api.contacts.create_task(contact_id, due))["task"]["id"] for _ in range(2)]
    await api.contacts.update_task(contact_id, kept, {"title": "Call back today"})
    done = await api.contacts.update_task_completed(contact_id, gone, {"completed": True})
    assert done["task"]["completed"] is True
    await api.contacts.delete_task(contact_id, gone)
    assert [task["id"] for task in (await api.contacts.get_all_tasks(contact_id))["tasks"]] == [kept]


async def write_down(api, contact_id: str):
    notes = [(await api.contacts.create_note(contact_id, {"body": f"Note {n}"}))["note"]["id"] for n in (1, 2)]
    changed = {"body": "<p>Note one</p>", "title": "Access", "color": "#FFAA00", "pinned": True}
    await api.contacts.update_note(contact_id, notes[0], changed)
    await api.contacts.delete_note(contact_id, notes[1])
    (left,) = (await api.contacts.get_all_notes(contact_id))["notes"]
    assert changed.items() <= left.items()


async def meet_again(api, sandbox: Sandbox, contact_id: str):
    """A free slot booked, moved, given an outcome; another booking taken back."""
    calendar = (await api.calendars.get_calendars(sandbox.location_id))["calendars"][0]["id"]
    now = int(time.time() * 1000)
    days = await api.calendars.get_slots(calendar, now, now + WEEKS)
    free = [slot for day, told in days.items() if day != "traceId" for slot in told["slots"]]
    asked = {"calendarId": calendar, "locationId": sandbox.location_id, "contactId": contact_id}
    kept = await api.calendars.create_appointment(asked | {"startTime": free[0], "title": "Survey"})
    with pytest.raises(sdk().GHLError, match="no longer available"):
        await api.calendars.create_appointment(asked | {"startTime": free[0]})
    moved = {"startTime": free[-1], "appointmentStatus": "showed"}
    assert (await api.calendars.edit_appointment(kept["id"], moved))["appointmentStatus"] == "showed"
    gone = await api.calendars.create_appointment(asked | {"startTime": free[0]})
    await api.calendars.delete_event(gone["id"], {})
    events = (await api.contacts.get_appointments_for_contact(contact_id))["events"]
    assert [(event["id"], event["appointmentStatus"]) for event in events] == [(kept["id"], "showed")]


async def join(api, sandbox: Sandbox, contact_id: str):
    """A firm that somebody joins and leaves."""
    here = {"locationId": sandbox.location_id}
    firm = (await api.businesses.create_business(here | {"name": "Whitlock & Sons"}))["buiseness"]["id"]
    await api.businesses.update_business(firm, {"city": "Hartford"})
    for business_id, people in ((firm, 1), (None, 0)):
        member = here | {"ids": [contact_id], "businessId": business_id}
        await api.contacts.add_remove_contact_from_business(member)
        listed = await api.contacts.get_contacts_by_business_id(firm, sandbox.location_id)
        assert len(listed["contacts"]) == people
    await api.businesses.delete_business(firm)


def test_the_official_sdk_lives_through_a_whole_story(official):
    async def story(api, sandbox):
        contact_id = await meet(api, sandbox)
        await promise(api, contact_id)
        await write_down(api, contact_id)
        await meet_again(api, sandbox, contact_id)
        await join(api, sandbox, contact_id)
        shown = (await api.contacts.get_contact(contact_id))["contact"]
        assert (shown["name"], shown["city"], shown["tags"]) == ("Nia Okoro", "Hartford", ["vip"])
        await api.contacts.delete_contact(contact_id)
        return sandbox.counts()["writes_by_operation"], sandbox.state(contact_id=contact_id)

    writes, rows = official(story)

    assert writes == WRITES
    assert [row["kind"] for row in rows] == [
        "contact",
        "note",
        "note",
        "task",
        "task",
        "appointment",
        "appointment",
    ]
    assert all(row["deleted"] for row in rows)


def test_the_sdk_hears_a_duplicate_and_a_lost_answer(official):
    async def story(api, sandbox):
        body = {"locationId": sandbox.location_id, "email": "nia@sdk.example"}
        await api.contacts.create_contact(body)
        with pytest.raises(sdk().GHLError, match="does not allow duplicated contacts"):
            await api.contacts.create_contact(body)
        sandbox.admin("next", {"operation": "upsert_contact", "answers": ["lost_response"]})
        with pytest.raises(sdk().GHLError, match="Network error"):
            await api.contacts.upsert_contact(body | {"city": "Derby"})
        seek = f"/contacts/search/duplicate?locationId={sandbox.location_id}&email=nia@sdk.example"
        return sandbox.get(seek, version=V3)["contact"]["city"]

    assert official(story) == "Derby"
