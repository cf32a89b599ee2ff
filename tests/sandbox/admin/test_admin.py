"""Changing the world behind the client's back, making records bad, and counting what happened."""

import time

import pytest

from tests.sandbox.process import CALENDARS, Sandbox


def record(sandbox: Sandbox, kind: str, record_id: str):
    return next(row for row in sandbox.state(kinds=kind) if row["id"] == record_id)


def test_the_state_is_what_the_api_tells(sandbox):
    rows = sandbox.state(kinds="contact,task,note")
    contact_id = next(row["contactId"] for row in rows if row["kind"] == "note")
    told = sandbox.get(f"/contacts/{contact_id}")["contact"]
    truth = record(sandbox, "contact", contact_id)
    assert {key: truth[key] for key in ("email", "tags", "dateAdded", "dateUpdated", "customFields")} == {
        key: told.get(key) for key in ("email", "tags", "dateAdded", "dateUpdated", "customFields")
    }
    notes = {row["id"]: row["body"] for row in rows if row["kind"] == "note" and row["contactId"] == contact_id}
    assert {note["id"]: note["body"] for note in sandbox.get(f"/contacts/{contact_id}/notes")["notes"]} == notes


def test_every_kind_can_be_created_changed_and_deleted_from_outside(sandbox):
    contact_id = sandbox.new_contact(email="from@outside.example")
    for kind, path, fields, changed in (
        ("task", "tasks", {"title": "A", "dueDate": "2026-12-01T09:00:00Z"}, {"title": "B"}),
        ("note", "notes", {"body": "A"}, {"body": "B"}),
        ("appointment", "appointments", {"title": "A", "startTime": "2026-12-01T14:00:00Z"}, {"title": "B"}),
    ):
        made = sandbox.admin(
            "mutate", {"kind": kind, "action": "create", "contact_id": contact_id, "fields": fields}
        )
        key = "events" if kind == "appointment" else path
        ours = {"kind": kind, "id": made["id"], "contact_id": contact_id}
        sandbox.admin("mutate", ours | {"action": "update", "fields": changed})
        (shown,) = sandbox.get(f"/contacts/{contact_id}/{path}")[key]
        assert changed.items() <= shown.items()
        sandbox.admin("mutate", ours | {"action": "delete"})
        assert sandbox.get(f"/contacts/{contact_id}/{path}")[key] == []
        assert record(sandbox, kind, made["id"])["deleted"] is True


def test_a_change_from_outside_bumps_the_time_of_change(sandbox):
    contact_id = sandbox.new_contact()
    before = record(sandbox, "contact", contact_id)["dateUpdated"]
    sandbox.admin("mutate", {"kind": "contact", "action": "update", "id": contact_id, "fields": {"city": "Derby"}})
    newest = sandbox.search(sort=[{"field": "dateUpdated", "direction": "desc"}])["contacts"][0]
    assert (newest["id"], newest["city"]) == (contact_id, "Derby")
    assert newest["dateUpdated"] >= before


def test_a_moved_appointment_leaves_its_old_time(sandbox):
    contact_id = sandbox.new_contact()
    made = sandbox.admin(
        "mutate",
        {
            "kind": "appointment",
            "action": "create",
            "contact_id": contact_id,
            "fields": {"startTime": "2027-03-01T14:00:00Z", "endTime": "2027-03-01T15:00:00Z"},
        },
    )
    moved = {"startTime": "2027-06-01T14:00:00Z", "endTime": "2027-06-01T15:00:00Z"}
    sandbox.admin("mutate", {"kind": "appointment", "action": "update", "id": made["id"], "fields": moved})
    base = f"/calendars/events?locationId={sandbox.location_id}&calendarId={made['record']['calendarId']}"
    march = sandbox.get(f"{base}&startTime=1803859200000&endTime=1804032000000", version=CALENDARS)["events"]
    june = sandbox.get(f"{base}&startTime=1811808000000&endTime=1811980800000", version=CALENDARS)["events"]
    assert made["id"] not in {event["id"] for event in march}
    assert made["id"] in {event["id"] for event in june}


@pytest.mark.parametrize(
    ("preset", "missing", "present"),
    [
        ("no_start", "startTime", None),
        ("unknown_status", None, "appointmentStatus"),
        ("unknown_fields", None, "horoscope"),
    ],
)
def test_one_appointment_can_be_made_bad_and_healed(sandbox, preset, missing, present):
    event_id = [row for row in sandbox.state(kinds="appointment") if not row["deleted"]][-1]["id"]
    path = f"/calendars/events/appointments/{event_id}"
    good = sandbox.get(path, version=CALENDARS)["event"]
    sandbox.admin("corrupt", {"kind": "appointment", "id": event_id, "preset": preset})
    bad = sandbox.get(path, version=CALENDARS)["event"]
    assert missing not in bad
    assert present is None or bad[present] != good.get(present)
    assert record(sandbox, "appointment", event_id)["corrupted"]
    sandbox.admin("corrupt", {"kind": "appointment", "id": event_id, "overrides": {}})
    assert sandbox.get(path, version=CALENDARS)["event"] == good


def test_a_contact_with_wrong_types_is_shown_wrong_everywhere(sandbox):
    contact_id = sandbox.new_contact()
    sandbox.admin("corrupt", {"kind": "contact", "id": contact_id, "preset": "wrong_types"})
    assert sandbox.get(f"/contacts/{contact_id}")["contact"]["firstName"] == 7
    row = next(row for row in sandbox.search(pageLimit=500)["contacts"] if row["id"] == contact_id)
    assert row["dateAdded"] == "yesterday"
    sandbox.admin("corrupt", {"kind": "contact", "id": contact_id, "overrides": {}})


def test_the_search_can_lag_behind_the_truth(sandbox):
    contact_id = sandbox.new_contact()

    def listed() -> bool:
        return contact_id in {row["id"] for row in sandbox.search(pageLimit=500)["contacts"]}

    sandbox.admin("search-index", {"contact_id": contact_id, "listed": False})
    assert not listed()
    assert sandbox.get(f"/contacts/{contact_id}")
    sandbox.call("DELETE", f"/contacts/{contact_id}")
    sandbox.admin("search-index", {"contact_id": contact_id, "listed": True})
    assert listed()
    assert sandbox.call("GET", f"/contacts/{contact_id}").status_code == 400
    sandbox.admin("search-index", {"contact_id": contact_id, "listed": None})
    assert not listed()


def test_a_merge_moves_what_hangs_on_a_contact_under_its_own_ids(sandbox):
    gone, survivor = sandbox.new_contact(), sandbox.new_contact()
    at = {"startTime": "2026-12-02T14:00:00Z", "endTime": "2026-12-02T15:00:00Z"}
    made = {
        kind: sandbox.admin(
            "mutate", {"kind": kind, "action": "create", "contact_id": gone, "fields": at if "app" in kind else {}}
        )["id"]
        for kind in ("note", "task", "appointment")
    }

    assert sandbox.admin("merge", {"contact_id": gone, "into": survivor}) == {"id": survivor, "moved": 3}

    assert sandbox.call("GET", f"/contacts/{gone}").status_code == 400
    for kind, record_id in made.items():
        assert record(sandbox, kind, record_id)["contactId"] == survivor
        shown = sandbox.get(f"/contacts/{survivor}/{kind}s")["events" if kind == "appointment" else f"{kind}s"]
        assert [row["id"] for row in shown] == [record_id]
    booking = sandbox.get(f"/calendars/events/appointments/{made['appointment']}", version=CALENDARS)
    assert (booking.get("appointment") or booking["event"])["contactId"] == survivor


def test_bulk_notes_arrive(sandbox):
    contact_id = sandbox.new_contact()
    sandbox.admin("bulk-notes", {"contact_id": contact_id, "count": 1234})
    assert len(sandbox.get(f"/contacts/{contact_id}/notes")["notes"]) == 1234


def test_the_counters_tell_what_was_asked_and_can_be_reset(own_sandbox):
    contact_id = own_sandbox.new_contact()
    own_sandbox.call("GET", f"/contacts/{contact_id}")
    own_sandbox.call("POST", f"/contacts/{contact_id}/tags", json={"tags": ["a"]})
    own_sandbox.call("POST", f"/contacts/{contact_id}/tags", json={})
    counts = own_sandbox.counts()
    assert counts["by_operation"] == {"get_contact": 1, "add_tags": 2}
    assert counts["by_status"] == {"200": 1, "201": 1, "422": 1}
    assert counts["writes_by_record"] == {contact_id: 1}
    assert sum(counts["timeline"].values()) == counts["requests"] == 3
    own_sandbox.admin("reset-counts")
    assert own_sandbox.counts()["requests"] == 0


def test_the_log_tells_when_something_was_asked_about_which_record(own_sandbox):
    contact_id = own_sandbox.new_contact()
    before = time.time()
    own_sandbox.call("GET", f"/contacts/{contact_id}/tasks")
    own_sandbox.call("GET", f"/contacts/{contact_id}")

    [asked] = own_sandbox.requests("get_contact")

    assert (asked["operation"], asked["ids"]) == ("get_contact", {"contact_id": contact_id})
    assert before <= asked["at"] <= time.time()
    assert [row["operation"] for row in own_sandbox.requests()] == ["list_tasks", "get_contact"]
    own_sandbox.admin("reset-counts")
    assert own_sandbox.requests() == []


def test_the_journal_tells_which_writes_were_done_in_which_order(own_sandbox):
    contact_id = own_sandbox.new_contact()
    path = f"/contacts/{contact_id}"
    own_sandbox.call("PUT", path, json={"lastName": "Okoro", "city": "Derby"})
    own_sandbox.call("PUT", path, json={"gender": "female"})
    note = own_sandbox.call("POST", f"{path}/notes", json={"body": "x"}).json()["note"]["id"]
    own_sandbox.call("DELETE", path)

    told = [(row["operation"], row["touched"], row["keys"]) for row in own_sandbox.writes()]

    assert told == [
        ("update_contact", [contact_id], ["city", "lastName"]),
        ("create_note", [note], ["body"]),
        ("delete_contact", [contact_id], []),
    ]
    assert [row["operation"] for row in own_sandbox.writes("create_note")] == ["create_note"]


def test_firms_and_definitions_change_behind_the_clients_back(own_sandbox):
    firm = own_sandbox.admin("business", {"action": "create", "fields": {"name": "Whitlock"}})["id"]
    own_sandbox.admin("business", {"action": "update", "id": firm, "fields": {"city": "Derby"}})
    shown = own_sandbox.get(f"/businesses/{firm}")["business"]
    assert (shown["name"], shown["city"]) == ("Whitlock", "Derby")
    own_sandbox.admin("business", {"action": "delete", "id": firm})
    assert own_sandbox.call("GET", f"/businesses/{firm}").status_code == 400
    options = {"name": "Roof plan", "kind": "CHECKBOX", "options": ["yes", "no"]}
    made = own_sandbox.admin("custom-field", options)["id"]
    fields = own_sandbox.get(f"/locations/{own_sandbox.location_id}/customFields")["customFields"]
    assert [(row["dataType"], row["picklistOptions"]) for row in fields if row["id"] == made] == [
        ("CHECKBOX", ["yes", "no"])
    ]


def test_the_least_possible_work_follows_from_the_records(own_sandbox):
    rows = own_sandbox.state()
    least = own_sandbox.counts()["least"]
    for kind in ("contact", "task", "note", "appointment"):
        assert least[f"{kind}s"] == sum(row["kind"] == kind for row in rows)
    assert least["contact_pages"] == 1
    assert least["task_pages"] == least["tasks"] // 500 + 1
    assert least["notes_calls"] == 20
    assert least["calendar_calls"] == 5 * least["calendar_years"]


def test_an_unknown_word_is_a_sentence_and_no_crash(sandbox):
    for body in ({"kind": "deal", "action": "delete", "id": "x"}, {"kind": "task", "action": "delete", "id": "x"}):
        answer = sandbox.call("POST", "/_admin/mutate", json=body)
        assert answer.status_code == 400
        assert answer.json()["message"]
