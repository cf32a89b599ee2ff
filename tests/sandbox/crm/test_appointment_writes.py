"""Appointments: free slots, booking, moving, outcomes, deleting, and their notes."""

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.sandbox.process import CALENDARS, V3, Sandbox

DAY = 86_400_000
NEW_YORK = ZoneInfo("America/New_York")
PATH = "/calendars/events/appointments"


class Diary:
    """One calendar of a sandbox over the next two weeks."""

    def __init__(self, sandbox: Sandbox, number: int = 0) -> None:
        self.sandbox = sandbox
        path = f"/calendars/?locationId={sandbox.location_id}"
        self.calendar = sandbox.get(path, version=CALENDARS)["calendars"][number]
        self.id, self.minutes = self.calendar["id"], self.calendar["slotDuration"]
        self.low = int(time.time() * 1000)

    def days(self, **more):
        query = {"startDate": self.low, "endDate": self.low + 14 * DAY} | more
        path = f"/calendars/{self.id}/free-slots"
        days = self.sandbox.get(path, version=CALENDARS, params=query)
        assert days.pop("traceId")
        return days

    def slots(self, **more):
        return [slot for day in self.days(**more).values() for slot in day["slots"]]

    def book(self, start, contact_id="", version=CALENDARS, **more):
        body = {"calendarId": self.id, "locationId": self.sandbox.location_id, "startTime": start}
        body |= {"contactId": contact_id or self.sandbox.new_contact(lastName="Okoro")} | more
        return self.sandbox.call("POST", PATH, json=body, version=version)

    def change(self, event_id, version=CALENDARS, **body):
        return self.sandbox.call("PUT", f"{PATH}/{event_id}", json=body, version=version)

    def event(self, event_id):
        return self.sandbox.get(f"{PATH}/{event_id}", version=CALENDARS)["event"]


@pytest.fixture
def diary(sandbox):
    return Diary(sandbox)


def moments(slots):
    return [datetime.fromisoformat(slot) for slot in slots]


def test_free_slots_are_working_hours_ahead_by_the_day(diary):
    days = diary.days(startDate=diary.low - 7 * DAY)

    starts = moments([slot for told in days.values() for slot in told["slots"]])
    assert starts == sorted(starts)
    assert min(starts) > datetime.now(UTC)
    for day, told in days.items():
        assert {slot[:10] for slot in told["slots"]} == {day}
    for start in starts:
        local = start.astimezone(NEW_YORK)
        assert start.utcoffset() == local.utcoffset()
        assert local.weekday() < 5
        assert 9 * 60 <= local.hour * 60 + local.minute <= 17 * 60 - diary.minutes
        assert local.minute % 15 == 0


def test_free_slots_keep_clear_of_what_is_booked(diary):
    query = {"locationId": diary.sandbox.location_id, "calendarId": diary.id}
    query |= {"startTime": diary.low, "endTime": diary.low + 15 * DAY}
    events = diary.sandbox.get("/calendars/events", version=CALENDARS, params=query)["events"]
    booked = [
        tuple(moments([event["startTime"], event["endTime"]]))
        for event in events
        if event["appointmentStatus"] in ("new", "confirmed", "showed")
    ]
    length = timedelta(minutes=diary.minutes)
    clashes = [
        (free, start)
        for free in moments(diary.slots())
        for start, end in booked
        if start < free + length and free < end
    ]
    assert clashes == []


def test_free_slots_speak_the_zone_that_is_asked_for(diary):
    there = diary.days(timezone="Asia/Tokyo")

    slots = [slot for told in there.values() for slot in told["slots"]]
    assert {slot[-6:] for slot in slots} == {"+09:00"}
    assert all({slot[:10] for slot in told["slots"]} == {day} for day, told in there.items())
    assert moments(slots) == moments(diary.slots())


@pytest.mark.parametrize(
    ("query", "status"),
    [({"endDate": "4102444800000"}, 400), ({"timezone": "Moon/Crater"}, 400), ({"startDate": "soon"}, 422)],
)
def test_free_slots_refuse_what_cannot_be_answered(diary, query, status):
    asked = {"startDate": diary.low, "endDate": diary.low + DAY} | query
    path = f"/calendars/{diary.id}/free-slots"
    assert diary.sandbox.call("GET", path, version=CALENDARS, params=asked).status_code == status
    assert diary.sandbox.call("GET", "/calendars/x/free-slots", version=CALENDARS, params=asked).status_code == 400


def test_a_booked_slot_is_gone_and_refused_to_the_next(diary):
    slot = diary.slots()[0]
    contact_id = diary.sandbox.new_contact(firstName="Nia", lastName="Okoro")

    made = diary.book(slot, contact_id)

    event = made.json()
    assert (made.status_code, event["title"], event["appointmentStatus"]) == (200, "Nia Okoro", "confirmed")
    assert moments([event["startTime"]]) == moments([slot])
    assert moments([event["endTime"]])[0] - moments([slot])[0] == timedelta(minutes=diary.minutes)
    assert slot not in diary.slots()
    refused = diary.book(slot)
    assert (refused.status_code, refused.json()["message"]) == (
        400,
        "The slot you have selected is no longer available.",
    )
    assert diary.book(slot, ignoreFreeSlotValidation=True).status_code == 200
    listed = diary.sandbox.get(f"/contacts/{contact_id}/appointments")["events"]
    assert [row["id"] for row in listed] == [event["id"]]


@pytest.mark.parametrize("start", ["2026-01-03T14:00:00Z", "2030-01-05T15:00:00Z", "2030-01-07T03:00:00-05:00"])
def test_the_past_weekends_and_nights_are_no_slots(diary, start):
    assert diary.book(start).status_code == 400
    assert diary.book(start, ignoreFreeSlotValidation=True).status_code == 200


def test_a_move_keeps_the_length_and_gives_the_old_slot_back(diary):
    first, *_, last = diary.slots()
    event_id = diary.book(first).json()["id"]

    moved = diary.change(event_id, startTime=last)

    assert moved.status_code == 200
    assert moments([diary.event(event_id)["startTime"]]) == moments([last])
    ends = moments([moved.json()["startTime"], moved.json()["endTime"]])
    assert ends[1] - ends[0] == timedelta(minutes=diary.minutes)
    assert first in diary.slots()
    assert last not in diary.slots()


def test_a_refused_move_changes_nothing(diary):
    first, *_, last = diary.slots()
    mine = diary.book(first).json()["id"]
    diary.book(last)
    before = diary.event(mine)

    assert diary.change(mine, startTime=last, title="Moved").status_code == 400
    assert diary.event(mine) == before


def test_an_outcome_needs_no_slot_and_a_cancelled_one_gives_it_back(diary):
    slot = diary.slots()[0]
    event_id = diary.book(slot).json()["id"]
    for status, free in (("showed", False), ("noshow", True), ("confirmed", False), ("cancelled", True)):
        assert diary.change(event_id, appointmentStatus=status).json()["appointmentStatus"] == status
        assert (slot in diary.slots()) is free
    # Also one that no slot would be found for any more.
    long_ago = diary.book("2026-01-03T14:00:00Z", ignoreFreeSlotValidation=True).json()["id"]
    assert diary.change(long_ago, appointmentStatus="showed").ok


def test_two_outcomes_can_be_asked_for_in_v3_only(diary):
    event_id = diary.book(diary.slots()[0]).json()["id"]
    assert diary.change(event_id, appointmentStatus="completed").status_code == 422
    assert diary.change(event_id, version=V3, appointmentStatus="completed").ok
    assert diary.event(event_id)["appointmentStatus"] == "completed"


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"contactId": "c1"}, 422, "property contactId should not exist"),
        ({"locationId": "l1"}, 422, "property locationId should not exist"),
        ({"appointmentStatus": "late"}, 422, "appointmentStatus must be one of"),
        ({"startTime": "tomorrow"}, 422, "startTime must be a valid ISO 8601 date string"),
        ({"endTime": "2020-01-01T00:00:00Z"}, 400, "endTime must be after startTime"),
        ({"assignedUserId": "nobody"}, 400, "The user id not part of calendar team."),
        ({"calendarId": "nowhere"}, 400, "Calendar with id nowhere not found"),
        ({"title": None}, 422, "title must be a string"),
    ],
)
def test_an_update_says_what_it_does_not_take(diary, body, status, says):
    event_id = diary.book(diary.slots()[0]).json()["id"]
    refused = diary.change(event_id, **body)
    assert refused.status_code == status
    assert says in str(refused.json()["message"])


def test_a_booking_needs_its_four_keys_and_a_contact_of_the_sub_account(diary):
    here = {"locationId": diary.sandbox.location_id}
    refused = diary.sandbox.call("POST", PATH, json=here, version=CALENDARS)
    assert (refused.status_code, len(refused.json()["message"])) == (422, 3)
    assert diary.book(diary.slots()[0], "nobody").status_code == 400


def test_times_of_its_own_come_with_v3_only(diary):
    dates = {"dateAdded", "dateUpdated"}
    old, new = (
        diary.book(slot, version=v).json() for slot, v in zip(diary.slots()[::8], (CALENDARS, V3), strict=False)
    )
    assert not dates & old.keys()
    assert dates <= new.keys()


def test_a_deleted_appointment_is_gone_everywhere_and_its_slot_is_free(diary):
    slot, contact_id = diary.slots()[0], diary.sandbox.new_contact()
    event_id = diary.book(slot, contact_id).json()["id"]
    path = f"/calendars/events/{event_id}"

    gone = diary.sandbox.call("DELETE", path, json={}, version=CALENDARS)

    assert (gone.status_code, gone.json()["succeeded"]) == (201, True)
    assert slot in diary.slots()
    assert diary.sandbox.get(f"/contacts/{contact_id}/appointments")["events"] == []
    assert diary.sandbox.call("DELETE", path, json={}, version=CALENDARS).status_code == 400
    (row,) = diary.sandbox.state(kinds="appointment", contact_id=contact_id)
    assert row["deleted"] is True


def test_writes_need_the_calendar_scope(diary):
    token = diary.sandbox.admin("pit", {"scopes": ["calendars.readonly", "calendars/events.readonly"]})["pit"]
    body = {"locationId": diary.sandbox.location_id}
    assert diary.sandbox.call("POST", PATH, json=body, version=CALENDARS, token=token).status_code == 401
    query = {"startDate": diary.low, "endDate": diary.low + DAY}
    assert diary.sandbox.get(f"/calendars/{diary.id}/free-slots", version=CALENDARS, token=token, params=query)


def test_a_users_slots_leave_out_what_the_user_has_on_other_calendars(sandbox):
    first, second = Diary(sandbox, 2), Diary(sandbox, 3)
    user = second.calendar["teamMembers"][1]["userId"]
    slot = next(slot for slot in second.slots(userId=user) if slot in first.slots())

    assert second.book(slot, assignedUserId=user).ok

    assert slot in first.slots()
    assert slot not in first.slots(userId=user)
    assert first.book(slot, assignedUserId=user).status_code == 400


def test_an_appointment_has_notes_of_its_own(diary):
    contact_id, author = diary.sandbox.new_contact(), diary.calendar["teamMembers"][0]["userId"]
    event_id = diary.book(diary.slots()[0], contact_id).json()["id"]
    path = f"/calendars/appointments/{event_id}/notes"

    def send(method, path, **body):
        return diary.sandbox.call(method, path, json=body, version=CALENDARS)

    made = [send("POST", path, body=f"<p>{word}</p>", userId=author).json()["note"] for word in ("one", "two")]
    assert send("PUT", f"{path}/{made[0]['id']}", body="<p>1</p>").json()["note"]["userId"] == author
    pages = [diary.sandbox.get(f"{path}?limit=1&offset={offset}", version=CALENDARS) for offset in (0, 1)]
    assert [(page["notes"][0]["body"], page["hasMore"]) for page in pages] == [
        ("<p>two</p>", True),
        ("<p>1</p>", False),
    ]
    assert send("DELETE", f"{path}/{made[1]['id']}").json()["success"] is True
    assert len(diary.sandbox.get(f"{path}?limit=20&offset=0", version=CALENDARS)["notes"]) == 1
    assert diary.sandbox.get(f"/contacts/{contact_id}/notes")["notes"] == []
    assert diary.sandbox.call("GET", path, version=CALENDARS).status_code == 422
    assert send("POST", path, body="x" * 5001).status_code == 422
