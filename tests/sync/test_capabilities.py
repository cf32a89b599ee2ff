"""What a connection may and wants to read: refused, found again, switched off, switched on."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.activity.models import Note, Task
from integrations.connections.ports import NotPermitted
from integrations.ghl.streams import STREAMS
from integrations.sync import commands, health, jobs, planner
from integrations.sync.models import FetchRequest, RecordFailure, StreamCursor, SyncRun, SyncSchedule
from integrations.sync.pull import on_demand, requests
from integrations.workspace.models import AuditEntry
from tests.sync.conftest import a_note, a_task, due_in

pytestmark = pytest.mark.django_db(transaction=True)


def switch(connection, stream, on, actor=None):
    return commands.switch_stream(connection=connection, stream=stream, on=on, actor=actor)


def state_of(connection, stream):
    return next(one for one in health.capabilities([connection])[connection.pk] if one.key == stream).state


def test_a_stream_that_is_off_is_neither_read_nor_emptied(full, filled, connection, carol):
    full()
    assert switch(connection, "tasks", False, carol)
    filled.holds["tasks"].clear()
    filled.add(a_task(9))
    filled.calls.clear()

    run = full()

    assert ("page", "tasks") not in filled.calls
    assert Task.objects.present().count() == 5
    assert run.state == SyncRun.State.DONE
    assert not run.streams.filter(stream="tasks").exists()
    assert state_of(connection, "tasks") == "off"


def test_a_forecast_counts_what_is_read_and_not_what_is_off(full, filled, connection):
    before = full()
    switch(connection, "notes", False)

    after = full()

    assert after.forecast == before.forecast - 5
    assert after.requests == before.requests - 5


@pytest.mark.parametrize("off", ["businesses", "tasks", "notes"])
def test_each_stream_left_out_costs_less(off):
    sizes = {"contacts": 600, "tasks": 1200, "calendars": 4, "due": {"notes": 30}}
    now = timezone.now()

    for kind in ("full", "incremental"):
        whole = planner.forecast(planner.Sizes(**sizes), STREAMS, kind=kind, now=now)
        part = planner.forecast(planner.Sizes(**sizes, left_out=frozenset({off})), STREAMS, kind=kind, now=now)
        notes = 600 if kind == "full" else 30
        assert whole - part == {"businesses": 1, "tasks": 3, "notes": notes}[off]


def test_switching_is_audited_once_and_by_whom(connection, remote, carol):
    assert switch(connection, "notes", False, carol)
    assert not switch(connection, "notes", False, carol)
    assert switch(connection, "notes", True, carol)

    found = AuditEntry.objects.order_by("pk").values_list("act", "actor", "target")
    assert list(found) == [("stream.off", carol.pk, "Notes"), ("stream.on", carol.pk, "Notes")]


def test_contacts_cannot_be_switched_off(connection, remote):
    for stream in ("contacts", "users", "nonsense"):
        with pytest.raises(commands.Refused):
            switch(connection, stream, False)


def test_switched_on_again_it_is_read_whole_by_the_next_run(full, filled, connection):
    full()
    switch(connection, "notes", False)
    switch(connection, "tasks", False)
    filled.add(a_note(30, "c3", body="Written meanwhile"))
    filled.add(a_task(30, "c3"))
    full("incremental")
    assert Note.objects.count() == 10

    switch(connection, "notes", True)
    switch(connection, "tasks", True)

    assert SyncSchedule.objects.get().next_at <= timezone.now()
    [run_id] = jobs.start_due_runs(timezone.now())
    jobs.advance_run(run_id)
    assert (Note.objects.count(), Task.objects.count()) == (11, 6)
    assert state_of(connection, "notes") == "allowed"


def test_a_run_under_way_goes_on_without_what_was_switched_off(connection, filled):
    run, _ = jobs.start_run(connection, trigger=SyncRun.Trigger.MANUAL, kind="full")
    jobs.advance_run(run.pk, seconds=0)

    switch(connection, "notes", False)
    while not jobs.advance_run(run.pk):
        pass

    run.refresh_from_db()
    assert run.state == SyncRun.State.DONE
    assert Note.objects.count() == 0


def test_hints_and_openings_leave_alone_what_is_off(full, filled, connection, now):
    full()
    switch(connection, "notes", False)
    filled.add(a_note(1, "c1", body="Edited"))
    filled.calls.clear()

    requests.ask(connection_id=connection.pk, stream="notes", remote_id="n1", contact_remote_id="c1", now=now)
    on_demand.fetch_due(connection.pk)
    requests.ask(connection_id=connection.pk, stream="contacts", remote_id="c1", with_children=True, now=now)
    on_demand.fetch_due(connection.pk)

    assert not {call for call in filled.calls if "notes" in call}
    assert not FetchRequest.objects.exists()
    assert Note.objects.get(remote_id="n1").body == "Spoke"


def test_a_scope_that_comes_back_is_found_by_the_next_full_run(full, filled, connection):
    filled.fail("of_contact", "notes", *[NotPermitted("It does not allow this.")] * 5)
    full()
    assert state_of(connection, "notes") == "refused"
    filled.calls.clear()

    full("incremental")
    assert ("of_contact", "notes") not in filled.calls
    full()

    assert state_of(connection, "notes") == "allowed"
    assert Note.objects.count() == 10


def test_one_object_that_is_not_permitted_stays_and_says_so(full, filled, connection, now):
    """Asked for by a hint, and when a listing lacks it: neither removes it, nor turns the stream off."""
    full()
    filled.holds["tasks"].pop("t1")
    filled.fail("one", "tasks", *[NotPermitted("Not this one.")] * 2)

    run = full()
    requests.ask(connection_id=connection.pk, stream="tasks", remote_id="t1", contact_remote_id="c1", now=now)
    on_demand.fetch_due(connection.pk)

    assert run.state == SyncRun.State.DONE
    assert Task.objects.get(remote_id="t1").deleted_at is None
    assert state_of(connection, "tasks") == "allowed"
    failure = RecordFailure.objects.get(remote_id="t1")
    assert failure.reason == "This request is not permitted. Not this one."
    assert FetchRequest.objects.get().reason == "Not this one."


def test_a_pause_of_notes_marks_nothing_due(full, filled, connection):
    full()
    switch(connection, "notes", False)
    SyncRun.objects.update(created_at=timezone.now() - timedelta(hours=20))

    full("incremental")

    assert not due_in("notes")
    assert StreamCursor.objects.off().get().stream == "notes"
