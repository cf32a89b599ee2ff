"""Tasks, notes, appointments, and what stands around them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.sandbox.process import CALENDARS, V3, Sandbox, running

WIDE = "startTime=0&endTime=4102444800000"


def test_the_task_search_pages_through_every_task_by_search_after_and_by_skip(sandbox):
    truth = {row["id"] for row in sandbox.state(kinds="task")}
    by_cursor, after = [], None
    while True:
        page = sandbox.search_tasks(limit=500, **({"searchAfter": after} if after else {}))
        by_cursor += page
        if len(page) < 500:
            break
        after = page[-1]["searchAfter"]
    by_skip = []
    while len(page := sandbox.search_tasks(limit=333, skip=len(by_skip))) == 333:
        by_skip += page
    assert [row["_id"] for row in by_skip + page] == [row["_id"] for row in by_cursor]
    assert len(by_cursor) == len(truth)
    assert {row["_id"] for row in by_cursor} == truth


def test_task_search_rows_have_their_own_shape(sandbox):
    rows = sandbox.search_tasks()
    assert len(rows) == 25
    assert all("_id" in row and "id" not in row for row in rows)
    assert {row["status"] for row in sandbox.search_tasks(limit=500)} == {"to_do", "completed"}
    assert rows[0]["contactDetails"] == {"firstName": None, "lastName": None}


def test_deleted_tasks_show_up_flagged_in_the_search_only(sandbox):
    contact_id = sandbox.new_contact()
    body = {"title": "Gone soon", "dueDate": "2026-12-01T10:00:00Z", "completed": False}
    task = sandbox.call("POST", f"/contacts/{contact_id}/tasks", json=body).json()["task"]
    sandbox.call("DELETE", f"/contacts/{contact_id}/tasks/{task['id']}")
    assert sandbox.get(f"/contacts/{contact_id}/tasks")["tasks"] == []
    (row,) = sandbox.search_tasks(contactId=[contact_id])
    assert (row["_id"], row["deleted"]) == (task["id"], True)


def test_the_task_search_filters(sandbox):
    open_tasks = sandbox.search_tasks(limit=500, completed=False)
    assert {row["completed"] for row in open_tasks} == {False}
    owner = next(row["assignedTo"] for row in open_tasks if row["assignedTo"])
    assert {row["assignedTo"] for row in sandbox.search_tasks(limit=500, assignedTo=[owner])} == {owner}
    assert all(
        "quote" in (row["title"] + row.get("body", "")).lower() for row in sandbox.search_tasks(query="quote")
    )


def test_completing_and_reopening_a_task_is_visible_everywhere(sandbox):
    contact_id = sandbox.new_contact()
    body = {"title": "Call back", "dueDate": "2026-12-01T10:00:00+02:00", "completed": False}
    made = sandbox.call("POST", f"/contacts/{contact_id}/tasks", json=body)
    assert made.status_code == 201
    path = f"/contacts/{contact_id}/tasks/{made.json()['task']['id']}"
    assert made.json()["task"]["dueDate"] == "2026-12-01T08:00:00.000Z"
    for completed in (True, False):
        answer = sandbox.call("PUT", f"{path}/completed", json={"completed": completed})
        assert answer.json()["task"]["completed"] is completed
        assert sandbox.get(path)["task"]["completed"] is completed
        assert sandbox.search_tasks(contactId=[contact_id])[0]["completed"] is completed
    assert sandbox.call("PUT", f"{path}/completed", json={}).status_code == 422
    assert sandbox.call("PUT", f"{path}/completed", json={"completed": "yes"}).status_code == 422


def test_a_task_needs_title_due_date_and_state(sandbox):
    answer = sandbox.call("POST", f"/contacts/{sandbox.new_contact()}/tasks", json={"body": "x", "when": "now"})
    assert answer.status_code == 422
    assert answer.json()["message"] == [
        "property when should not exist",
        "title should not be empty",
        "dueDate should not be empty",
        "completed should not be empty",
    ]


def test_a_note_lives_and_dies_without_a_time_of_change(sandbox):
    contact_id = sandbox.new_contact()
    path = f"/contacts/{contact_id}/notes"
    made = sandbox.call("POST", path, json={"body": "<p>Hi</p>", "title": "Access", "pinned": True})
    note = made.json()["note"]
    assert made.status_code == 201
    assert "dateUpdated" not in note
    changed = sandbox.call("PUT", f"{path}/{note['id']}", json={"color": "#FFAA00"}).json()["note"]
    assert changed == note | {"color": "#FFAA00"}
    assert sandbox.get(path)["notes"] == [changed]
    assert sandbox.call("DELETE", f"{path}/{note['id']}").ok
    assert sandbox.call("GET", f"{path}/{note['id']}").status_code == 400


def test_local_times_and_offsets_agree_across_the_clock_changes(sandbox):
    """The busy contact has appointments in both nights in which New York changes its clocks."""
    zone = ZoneInfo("America/New_York")
    truth = {row["id"]: row for row in sandbox.state(kinds="appointment") if not row["deleted"]}
    starts = {datetime.fromisoformat(row["startTime"]) for row in truth.values()}
    assert datetime(2025, 11, 2, 5, 20, tzinfo=UTC) in starts
    assert datetime(2026, 3, 8, 7, 10, tzinfo=UTC) in starts
    events = [
        event
        for calendar in sandbox.get(f"/calendars/?locationId={sandbox.location_id}", version=CALENDARS)[
            "calendars"
        ]
        for event in sandbox.get(
            f"/calendars/events?locationId={sandbox.location_id}&calendarId={calendar['id']}&{WIDE}",
            version=CALENDARS,
        )["events"]
    ]
    assert {event["id"] for event in events} == set(truth)
    assert {event["startTime"][-6:] for event in events} == {"-05:00", "-04:00"}
    for event in events:
        moment = datetime.fromisoformat(truth[event["id"]]["startTime"])
        assert datetime.fromisoformat(event["startTime"]) == moment
    contact_id = max((event["contactId"] for event in events), key=[e["contactId"] for e in events].count)
    for event in sandbox.get(f"/contacts/{contact_id}/appointments")["events"]:
        local = datetime.strptime(event["startTime"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=zone)
        assert local.astimezone(UTC) == datetime.fromisoformat(truth[event["id"]]["startTime"])


def test_calendar_events_keep_to_their_window_and_need_a_subject(sandbox):
    base = f"/calendars/events?locationId={sandbox.location_id}"
    assert sandbox.call("GET", f"{base}&{WIDE}", version=CALENDARS).status_code == 422
    group = sandbox.get(f"/calendars/groups?locationId={sandbox.location_id}", version=CALENDARS)["groups"][0][
        "id"
    ]
    everything = sandbox.get(f"{base}&groupId={group}&{WIDE}", version=CALENDARS)["events"]
    middle = datetime.fromisoformat(everything[len(everything) // 2]["startTime"])
    window = f"startTime={int(middle.timestamp() * 1000)}&endTime={int(middle.timestamp() * 1000)}"
    exact = sandbox.get(f"{base}&groupId={group}&{window}", version=CALENDARS)["events"]
    assert {datetime.fromisoformat(event["startTime"]) for event in exact} == {middle}
    user = everything[0]["assignedUserId"]
    mine = sandbox.get(f"{base}&userId={user}&{WIDE}", version=CALENDARS)["events"]
    assert {event["assignedUserId"] for event in mine} == {user}


def test_one_appointment_says_deleted_in_v3_only(sandbox):
    event_id = sandbox.state(kinds="appointment")[0]["id"]
    path = f"/calendars/events/appointments/{event_id}"
    assert "deleted" not in sandbox.get(path, version=CALENDARS)["event"]
    assert sandbox.get(path, version=V3)["event"]["deleted"] is False


def test_users_include_a_deleted_owner(sandbox):
    company = sandbox.info()["company_id"]
    users = sandbox.get(f"/users/search?companyId={company}&limit=100")["users"]
    (gone,) = [user["id"] for user in users if user["deleted"]]
    assert len(users) == 12
    assert any(row["assignedTo"] == gone for row in sandbox.search(pageLimit=500)["contacts"])
    few = sandbox.get(f"/users/search?companyId={company}&ids={gone}")["users"]
    assert [user["id"] for user in few] == [gone]
    assert sandbox.call("GET", "/users/search").status_code == 422


def test_the_second_sub_account_lives_in_london():
    with running("--contacts", "30") as sandbox:
        second = sandbox.info()["locations"][1]
        location = sandbox.get(f"/locations/{second['id']}", token=second["pit"])["location"]
        assert (location["timezone"], second["contacts"]) == ("Europe/London", 6)


def test_businesses_page_by_skip(sandbox):
    path = f"/businesses/?locationId={sandbox.location_id}"
    first, rest = sandbox.get(f"{path}&limit=30"), sandbox.get(f"{path}&limit=30&skip=30")
    names = {row["name"] for row in first["businesses"] + rest["businesses"]}
    assert len(names) == 40
    assert sandbox.call("GET", f"{path}&limit=101").status_code == 422


@pytest.mark.parametrize("path", ["/contacts/{}/tasks", "/contacts/{}/notes", "/contacts/{}/appointments"])
def test_the_children_of_a_contact_that_is_gone_are_a_400(sandbox: Sandbox, path):
    answer = sandbox.call("GET", path.format("tasks"))
    assert answer.status_code == 400
    assert answer.json()["message"] == "Contact with id tasks not found"
