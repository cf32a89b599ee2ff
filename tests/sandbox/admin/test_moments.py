"""What happens at a chosen moment: a change around a call, and writes that are shown late."""

import pytest

from tests.sandbox.process import CALENDARS, Sandbox

DUE = "2026-12-01T10:00:00Z"
WIDE = "startTime=0&endTime=4102444800000"


def add(sandbox: Sandbox, kind: str, contact_id: str, **fields) -> str:
    made = {"kind": kind, "action": "create", "contact_id": contact_id, "fields": fields}
    return sandbox.admin("mutate", made)["id"]


def ticks(sandbox: Sandbox, seconds: float) -> None:
    """The vendor's clock goes on without anybody waiting."""
    sandbox.admin("clock", {"skew_seconds": seconds})


def test_a_record_changes_just_before_the_call_that_would_change_it(own_sandbox):
    contact_id = own_sandbox.new_contact()
    task = add(own_sandbox, "task", contact_id, title="A")
    change = {"kind": "task", "action": "update", "id": task, "contact_id": contact_id, "fields": {"title": "B"}}
    own_sandbox.admin("at", {"operation": "update_task", "when": "before", "do": "mutate", "with": change})
    path = f"/contacts/{contact_id}/tasks/{task}"

    assert own_sandbox.get(path)["task"]["title"] == "A"
    done = own_sandbox.call("PUT", path, json={"body": "Mine"}).json()["task"]

    assert (done["title"], done["body"]) == ("B", "Mine")


def test_a_record_changes_as_soon_as_the_second_of_such_calls_is_done(own_sandbox):
    contact_id = own_sandbox.new_contact(city="Derby")
    path = f"/contacts/{contact_id}"
    change = {"kind": "contact", "action": "update", "id": contact_id, "fields": {"city": "Leeds"}}
    moment = {"operation": "get_contact", "when": "after", "call": 2, "do": "mutate", "with": change}
    own_sandbox.admin("at", moment)

    assert [own_sandbox.get(path)["contact"]["city"] for _ in range(4)] == ["Derby", "Derby", "Leeds", "Leeds"]


def test_a_record_is_deleted_between_a_read_and_a_write(own_sandbox):
    contact_id = own_sandbox.new_contact()
    note = add(own_sandbox, "note", contact_id, body="A")
    gone = {"kind": "note", "action": "delete", "id": note, "contact_id": contact_id}
    own_sandbox.admin("at", {"operation": "get_note", "when": "after", "do": "mutate", "with": gone})
    path = f"/contacts/{contact_id}/notes/{note}"

    assert own_sandbox.get(path)["note"]["body"] == "A"
    assert own_sandbox.call("PUT", path, json={"body": "B"}).status_code == 400


def test_a_scope_is_revoked_before_the_call_that_needs_it(own_sandbox):
    contact_id = own_sandbox.new_contact()
    moment = {
        "operation": "create_note",
        "when": "before",
        "do": "scopes",
        "with": {"scopes": ["contacts.readonly"]},
    }
    own_sandbox.admin("at", moment)
    path = f"/contacts/{contact_id}/notes"

    assert own_sandbox.call("POST", path, json={"body": "A"}).status_code == 401
    assert own_sandbox.get(path)["notes"] == []


def test_what_waits_for_a_moment_can_be_taken_back_and_nonsense_is_refused(own_sandbox):
    change = {"operation": "*", "when": "before", "do": "scopes", "with": {"scopes": []}}
    assert own_sandbox.admin("at", change) == {"waiting": 1}
    assert own_sandbox.admin("at") == {"waiting": 0}
    assert own_sandbox.call("GET", f"/locations/{own_sandbox.location_id}").ok
    for wrong in ({"do": "magic"}, {"when": "during"}):
        assert own_sandbox.call("POST", "/_admin/at", json=change | wrong).status_code == 400


def test_a_write_is_shown_seconds_after_it_was_done(own_sandbox):
    contact_id = own_sandbox.new_contact(city="Derby")
    path = f"/contacts/{contact_id}"
    own_sandbox.admin("stale", {"operation": "update_contact", "seconds": 60})

    answer = own_sandbox.call("PUT", path, json={"city": "Leeds"}).json()

    assert answer["contact"]["city"] == "Leeds"
    assert own_sandbox.get(path)["contact"]["city"] == "Derby"
    assert next(row for row in own_sandbox.search()["contacts"] if row["id"] == contact_id)["city"] == "Derby"
    assert own_sandbox.state(kinds="contact", contact_id=contact_id)[0]["city"] == "Leeds"
    ticks(own_sandbox, 61)
    assert own_sandbox.get(path)["contact"]["city"] == "Leeds"


def test_a_write_is_shown_after_the_next_one_to_the_same_contact(own_sandbox):
    contact_id, other = own_sandbox.new_contact(city="Derby"), own_sandbox.new_contact()
    path = f"/contacts/{contact_id}"
    own_sandbox.admin("stale", {"operation": "update_contact"})

    own_sandbox.call("PUT", path, json={"city": "Leeds"})
    own_sandbox.call("PUT", f"/contacts/{other}", json={"city": "Hull"})
    assert own_sandbox.get(path)["contact"]["city"] == "Derby"
    assert own_sandbox.get(f"/contacts/{other}")["contact"]["city"] == "Hull"
    own_sandbox.call("PUT", path, json={"state": "MA"})

    shown = own_sandbox.get(path)["contact"]
    assert (shown["city"], shown["state"]) == ("Leeds", "MA")


def test_late_reads_end_at_once_when_they_are_told_to(own_sandbox):
    contact_id = own_sandbox.new_contact(city="Derby")
    own_sandbox.admin("stale", {"seconds": 600, "times": 5})
    own_sandbox.call("PUT", f"/contacts/{contact_id}", json={"city": "Leeds"})
    own_sandbox.admin("stale")
    assert own_sandbox.get(f"/contacts/{contact_id}")["contact"]["city"] == "Leeds"


def test_each_of_two_late_writes_is_shown_in_its_turn(own_sandbox):
    contact_id = own_sandbox.new_contact(city="Derby")
    path = f"/contacts/{contact_id}"
    own_sandbox.admin("stale", {"seconds": 60, "times": 2})
    own_sandbox.call("PUT", path, json={"city": "Leeds"})
    ticks(own_sandbox, 30)
    own_sandbox.call("PUT", path, json={"city": "Hull"})
    seen = []
    for seconds in (50, 70, 100):
        ticks(own_sandbox, seconds)
        seen.append(own_sandbox.get(path)["contact"]["city"])
    assert seen == ["Derby", "Leeds", "Hull"]


@pytest.mark.parametrize("made_by", ["create_contact", "upsert_contact"])
def test_a_new_contact_is_not_found_for_a_while_and_not_made_twice(own_sandbox, made_by):
    body = {"locationId": own_sandbox.location_id, "email": "late@new.example"}
    own_sandbox.admin("stale", {"operation": made_by, "seconds": 60})
    path = "/contacts/" if made_by == "create_contact" else "/contacts/upsert"
    contact_id = own_sandbox.call("POST", path, json=body).json()["contact"]["id"]
    seek = f"/contacts/search/duplicate?locationId={own_sandbox.location_id}&email=late@new.example"

    assert own_sandbox.call("GET", f"/contacts/{contact_id}").status_code == 400
    assert own_sandbox.get(seek)["contact"] is None
    assert own_sandbox.call("POST", "/contacts/", json=body).status_code == 400
    ticks(own_sandbox, 61)
    assert own_sandbox.get(seek)["contact"]["id"] == contact_id


def test_an_upsert_of_somebody_known_is_late_and_hides_nobody(own_sandbox):
    contact_id = own_sandbox.new_contact(email="known@late.example", city="Derby")
    own_sandbox.admin("stale", {"seconds": 60})
    body = {"locationId": own_sandbox.location_id, "email": "known@late.example", "city": "Leeds"}
    assert own_sandbox.call("POST", "/contacts/upsert", json=body).json()["new"] is False
    assert own_sandbox.get(f"/contacts/{contact_id}")["contact"]["city"] == "Derby"


def test_a_deleted_contact_is_shown_for_a_while(own_sandbox):
    contact_id = own_sandbox.new_contact(city="Derby")
    own_sandbox.admin("stale", {"operation": "delete_contact", "seconds": 60})
    own_sandbox.call("DELETE", f"/contacts/{contact_id}")

    assert own_sandbox.get(f"/contacts/{contact_id}")["contact"]["city"] == "Derby"
    assert own_sandbox.call("PUT", f"/contacts/{contact_id}", json={"city": "Hull"}).status_code == 400
    ticks(own_sandbox, 61)
    assert own_sandbox.call("GET", f"/contacts/{contact_id}").status_code == 400


def test_what_hangs_on_a_contact_is_late_as_well(own_sandbox):
    contact_id = own_sandbox.new_contact()
    path = f"/contacts/{contact_id}"
    task = add(own_sandbox, "task", contact_id, title="A")
    own_sandbox.admin("stale", {"seconds": 60, "times": 9})

    own_sandbox.call("PUT", f"{path}/tasks/{task}/completed", json={"completed": True})
    own_sandbox.call("POST", f"{path}/notes", json={"body": "A"})
    own_sandbox.call("POST", f"{path}/tags", json={"tags": ["vip"]})

    assert own_sandbox.search_tasks(contactId=[contact_id])[0]["completed"] is False
    assert own_sandbox.get(f"{path}/notes")["notes"] == []
    assert own_sandbox.get(path)["contact"]["tags"] == []
    ticks(own_sandbox, 61)
    assert own_sandbox.search_tasks(contactId=[contact_id])[0]["completed"] is True
    assert [note["body"] for note in own_sandbox.get(f"{path}/notes")["notes"]] == ["A"]
    assert own_sandbox.get(path)["contact"]["tags"] == ["vip"]


def test_appointments_are_late_in_every_listing(own_sandbox):
    contact_id = own_sandbox.new_contact()
    own_sandbox.admin("stale", {"seconds": 60, "times": 9})
    calendar = own_sandbox.state(kinds="calendar")[0]["id"]
    body = {"calendarId": calendar, "locationId": own_sandbox.location_id, "contactId": contact_id}
    body |= {"startTime": "2030-03-04T15:00:00Z", "ignoreFreeSlotValidation": True}
    path = "/calendars/events/appointments"
    event = own_sandbox.call("POST", path, json=body, version=CALENDARS).json()["id"]
    window = f"/calendars/events?locationId={own_sandbox.location_id}&calendarId={calendar}&{WIDE}"

    def listed():
        events = own_sandbox.get(window, version=CALENDARS)["events"]
        return [row["startTime"][:10] for row in events if row["id"] == event]

    assert (listed(), own_sandbox.get(f"/contacts/{contact_id}/appointments")["events"]) == ([], [])
    assert own_sandbox.call("GET", f"{path}/{event}", version=CALENDARS).status_code == 400
    ticks(own_sandbox, 61)
    assert listed() == ["2030-03-04"]
    moved = {"startTime": "2030-03-05T15:00:00Z"}
    assert own_sandbox.call("PUT", f"{path}/{event}", json=moved, version=CALENDARS).ok
    assert listed() == ["2030-03-04"]
    ticks(own_sandbox, 130)
    assert listed() == ["2030-03-05"]


def test_a_write_that_is_shown_late_is_counted_when_it_is_done(own_sandbox):
    contact_id = own_sandbox.new_contact()
    own_sandbox.admin("stale", {"seconds": 600})
    own_sandbox.call("PUT", f"/contacts/{contact_id}", json={"city": "Leeds"})
    assert own_sandbox.counts()["writes_by_record"] == {contact_id: 1}
