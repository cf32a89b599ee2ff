"""A stricter GHL than usual: every listing is read to its proved end, and one answer decides nothing for a day."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.activity.models import Appointment, Contact, Task
from integrations.connections.models import Connection
from integrations.ghl import listings
from integrations.sync import commands, jobs, planner
from integrations.sync.models import RunStream, StreamCursor, SyncRun, SyncSchedule

pytestmark = pytest.mark.django_db(transaction=True)
ODD_403, ODD_401 = ["403"], ["401"]


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch):
    """So that fourteen contacts are several pages."""
    monkeypatch.setattr(listings, "LIMIT", 6)
    monkeypatch.setattr(listings, "SMALL_LIMIT", 20)


def stream(run, key):
    return RunStream.objects.get(run=run, stream=key)


def states(run):
    return dict(run.streams.exclude(state="done").values_list("stream", "state"))


@pytest.mark.parametrize(
    "strict",
    [
        {"no_cursors": True},
        {"most_rows": 4},
        {"most_rows": 4, "most_total": 12},
        {"most_total": 12},
        {"most_rows": 5, "no_cursors": True},
    ],
)
def test_every_listing_is_read_to_its_end(account, strict):
    account.sandbox.admin("strict", strict)
    account.live()
    run = account.sync()

    assert (run.state, states(run)) == (SyncRun.State.DONE, {})
    assert account.differences() == []


def test_cursors_that_lead_in_circles_are_left_within_a_few_requests(account):
    account.sandbox.admin("strict", {"circle": True})
    account.live()
    account.sandbox.admin("reset-counts")
    run = account.sync()

    assert (run.state, account.differences()) == (SyncRun.State.DONE, [])
    asked = account.sandbox.counts()["by_operation"]
    assert asked["search_tasks"] + asked["search_contacts"] < 20


def test_a_listing_whose_ways_all_fail_is_partly_read_and_takes_nothing_away(account, monkeypatch):
    account.sandbox.admin("strict", {"circle": True, "no_cursors": True, "most_rows": 6})
    first = listings._first
    only = {key: listings.Position(limit=6, ways=(listings.BEHIND,)) for key in ("contacts", "tasks")}
    monkeypatch.setattr(listings, "_first", lambda key: only.get(key) or first(key))
    held = Task.objects.present().count()
    run = account.sync()

    assert run.state == SyncRun.State.PARTIAL
    assert states(run) == {"contacts": "partial", "tasks": "partial"}
    assert "did not say how to read the rest of this list" in stream(run, "contacts").reason
    assert Task.objects.present().count() == held


def test_pages_that_come_too_late_are_asked_for_in_halves(account, monkeypatch):
    monkeypatch.setattr(listings, "LIMIT", 500)
    account.sandbox.admin("strict", {"slow_above": 150})
    account.live()
    run = account.sync()

    assert (run.state, account.differences()) == (SyncRun.State.DONE, [])


@pytest.mark.parametrize("operation", ["search_contacts", "search_tasks", "search_users", "list_businesses"])
@pytest.mark.parametrize("answers", [ODD_403, ODD_401])
def test_one_refusal_that_nobody_knows_costs_nothing(account, operation, answers):
    account.sandbox.admin("next", {"operation": operation, "answers": answers})
    account.live()
    run = account.sync()

    assert (run.state, states(run)) == (SyncRun.State.DONE, {})
    assert account.connection.state == Connection.State.CONNECTED
    assert account.differences() == []


def test_a_required_stream_that_is_refused_is_tried_by_every_run_and_none_is_done(account):
    cursor = StreamCursor.objects.filter(stream="contacts")
    account.sandbox.admin("next", {"operation": "search_contacts", "answers": ["403"], "times": 12})
    runs = [account.sync(full=False) for _ in range(3)]

    assert {run.state for run in runs} == {SyncRun.State.FAILED}
    assert cursor.get().state == StreamCursor.State.REFUSED
    assert account.sync(full=False).state == SyncRun.State.FAILED

    healed = account.sync(full=False)

    assert healed.state == SyncRun.State.DONE
    assert (cursor.get().state, cursor.get().refusals) == (StreamCursor.State.ALLOWED, 0)


def test_a_stream_that_may_be_left_out_is_refused_only_after_several_runs(account):
    account.sandbox.admin("next", {"operation": "search_users", "answers": ["403"], "times": 9})
    found = []
    for _ in range(3):
        account.sync()
        found.append(StreamCursor.objects.get(stream="users").state)

    assert found == [StreamCursor.State.ALLOWED, StreamCursor.State.ALLOWED, StreamCursor.State.REFUSED]


@pytest.mark.parametrize("status", [400, 404, 422])
def test_one_calendar_that_is_refused_is_named_and_its_appointments_come_by_contact(account, status):
    calendar = account.sandbox.state(kinds="calendar")[0]
    account.sandbox.admin("strict", {"refused": [calendar["id"]], "status": status})
    account.change(
        "appointment",
        "create",
        contact_id=account.truth("contact")[0]["id"],
        fields={
            "calendarId": calendar["id"],
            "startTime": "2026-11-10T10:00:00Z",
            "endTime": "2026-11-10T10:30:00Z",
        },
    )
    run = account.sync()

    assert run.state == SyncRun.State.DONE
    assert calendar["name"] in stream(run, "appointments").reason
    assert account.differences() == []
    cursor = StreamCursor.objects.get(stream="appointments")
    assert (cursor.state, calendar["name"] in cursor.reason) == (StreamCursor.State.FALLBACK, True)
    schedule = SyncSchedule.objects.get()
    in_two_hours = timezone.now() + timedelta(hours=2)
    assert planner.next_kind(last_full_at=schedule.last_full_at, now=in_two_hours) == "incremental"


def test_appointments_of_a_calendar_that_is_not_listed_come_by_their_contact(account):
    contact_id = account.truth("contact")[0]["id"]

    def book(day):
        times = {"startTime": f"2026-11-{day}T10:00:00Z", "endTime": f"2026-11-{day}T10:30:00Z"}
        fields = {"calendarId": "neverListed", **times}
        account.change("appointment", "create", contact_id=contact_id, fields=fields)

    book(10)
    assert account.sync().state == SyncRun.State.DONE
    assert account.differences()  # nothing tells of the first one until somebody opens its contact
    commands.refresh_contact(contact=Contact.objects.get(remote_id=contact_id), at_once=True)
    jobs.work_until_idle(timeout=60)
    book(11)
    account.sandbox.admin("reset-counts")

    run = account.sync()

    assert (run.state, account.differences()) == (SyncRun.State.DONE, [])
    assert account.sandbox.counts()["by_operation"]["list_appointments"] == 1


@pytest.mark.parametrize("starts", ["1999-05-04T10:00:00Z", "2009-05-04T10:00:00Z", "2031-01-01T10:00:00Z"])
def test_an_appointment_of_any_year_is_read(account, starts):
    made = account.change(
        "appointment",
        "create",
        contact_id=account.truth("contact")[0]["id"],
        fields={"startTime": starts, "endTime": starts},
    )
    account.sync()

    assert Appointment.objects.filter(remote_id=made["id"]).exists()
