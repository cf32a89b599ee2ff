"""A run brings the cache level with the provider, and says truthfully how far it came."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations.activity.models import ActivityEntry, Appointment, Contact, Note, Task
from integrations.activity.records import BadRecord
from integrations.connections.ports import Absent, AuthLost, NotPermitted, Permanent, RateLimited, Transient
from integrations.sync import batching, commands, jobs, planner, queue, runs
from integrations.sync.models import RecordFailure, SeenRecord, StreamCursor, SyncRun, SyncSchedule
from tests.sync.conftest import a_contact, a_note, a_task, an_appointment, due_in
from tests.sync.fake import FakeProvider

pytestmark = pytest.mark.django_db(transaction=True)


def stream(run, key):
    return run.streams.get(stream=key)


def test_a_full_run_stores_everything_once(full, filled):
    run = full()

    assert run.state == SyncRun.State.DONE
    assert [model.objects.count() for model in (Contact, Task, Note, Appointment)] == [5, 5, 10, 5]
    assert ActivityEntry.objects.count() == 20
    assert stream(run, "notes").read == 5


@pytest.mark.skipif(connection.vendor != "sqlite", reason="of the embedded database")
def test_what_undoes_a_statement_of_a_run_goes_to_no_file_and_other_work_is_as_before(filled, full):
    def place():
        with connection.cursor() as cursor:
            return cursor.execute("PRAGMA temp_store").fetchone()[0]

    in_memory, before, during = 2, place(), []
    full(after_step=lambda: during.append(place()))

    assert set(during) == {in_memory}
    assert place() == before != in_memory


def test_a_second_run_writes_nothing(full, filled):
    full()
    before = dict(Contact.objects.values_list("pk", "fetched_at"))

    run = full()

    assert {row.stream: (row.added, row.changed, row.removed) for row in run.streams.all()}["contacts"] == (
        0,
        0,
        0,
    )
    assert dict(Contact.objects.values_list("pk", "fetched_at")) == before


def test_a_run_keeps_the_sums_of_what_its_streams_brought_and_lost(full, filled):
    filled.bad["contacts"].append(BadRecord(remote_id="odd", reason="It has no name."))
    run = full()
    filled.bad.clear()
    filled.add(a_contact(1, phone="+15550100", updated_at=timezone.now()))
    again = full()

    for one in (run, again):
        one.refresh_from_db()
        streams = list(one.streams.all())
        assert one.changes == sum(row.added + row.changed + row.removed for row in streams)
        assert one.failed == sum(row.failed for row in streams)
    assert (run.changes, run.failed, again.changes, again.failed) == (25, 1, 1, 0)


def test_a_changed_contact_shows_what_changed(full, filled):
    full()
    filled.add(a_contact(1, phone="+15550100", updated_at=timezone.now()))

    run = full()

    entry = ActivityEntry.objects.get(kind="change")
    assert entry.facts["changes"] == [{"field": "Phone", "old": "", "new": "+15550100"}]
    assert (stream(run, "contacts").changed, stream(run, "contacts").same) == (1, 4)


def test_what_a_complete_listing_lacks_is_removed_only_after_asking_for_it(full, filled):
    full()
    filled.remove(a_task(1))
    filled.calls.clear()

    run = full()

    assert filled.calls.count(("one", "tasks")) == 1
    assert stream(run, "tasks").removed == 1
    assert Task.objects.get(remote_id="t1").deleted_at is not None
    assert not ActivityEntry.objects.filter(kind="task", remote_id="t1").exists()


def test_a_record_missing_from_a_listing_but_alive_stays(full, filled):
    full()
    task = filled.holds["tasks"].pop("t1")
    reader_one = filled.holds["tasks"]

    class Hidden(dict):
        """The listing does not show it, a direct question does."""

        def values(self):
            return [row for row in super().values() if row is not task]

    filled.holds["tasks"] = Hidden({**reader_one, "t1": task})

    run = full()

    assert stream(run, "tasks").removed == 0
    assert Task.objects.get(remote_id="t1").deleted_at is None


@pytest.mark.parametrize(
    ("key", "remote_id", "model"),
    [("contacts", "c1", Contact), ("tasks", "t1", Task), ("appointments", "a1", Appointment)],
)
def test_a_lagging_listing_does_not_resurrect_what_is_gone(full, filled, key, remote_id, model):
    full()
    gone = filled.holds[key][remote_id]
    filled.remove(gone)
    full()
    removed_at = model.objects.get(remote_id=remote_id).deleted_at
    filled.lagging[key] = [gone]

    run = full()

    # Not even for a moment: the tombstone is the one of before, and nobody was told of a change.
    assert model.objects.get(remote_id=remote_id).deleted_at == removed_at is not None
    assert (stream(run, key).changed, stream(run, key).removed) == (0, 0)
    assert ("one", key) in filled.calls


def test_a_removed_contact_takes_its_children_along(full, filled):
    full()
    filled.remove(a_contact(2))
    filled.fail("of_contact", "notes", *[None] * 100)

    full()

    assert Note.objects.filter(contact__remote_id="c2", deleted_at=None).count() == 0


def test_a_removed_note_is_noticed_when_its_contact_is_read(full, filled):
    full()
    filled.remove(a_note(1))

    run = full()

    assert stream(run, "notes").removed == 1
    assert Note.objects.get(remote_id="n1").deleted_at is not None


def test_one_bad_record_is_kept_as_a_failure_and_stops_nothing(full, filled):
    filled.bad["appointments"] = [
        BadRecord(remote_id="a9", reason="GHL sent no start time.", contact_remote_id="c1")
    ]

    run = full()

    failure = RecordFailure.objects.get(remote_id="a9")
    assert (failure.run, failure.reason) == (run, "GHL sent no start time.")
    assert run.state == SyncRun.State.DONE
    assert stream(run, "appointments").failed == 2  # shown by both halves, stored once


def test_a_value_that_the_database_refuses_fails_alone(full, filled):
    filled.add(a_task(7, "c" * 4000))

    run = full()

    assert Task.objects.filter(remote_id__in=["t1", "t2", "t3", "t4", "t5"]).count() == 5
    assert run.state == SyncRun.State.DONE


def test_a_reason_that_two_streams_share_is_said_once(full, filled):
    for name in ("tasks", "businesses"):
        filled.fail("page", name, *[Transient("It did not answer.")] * 3)

    assert full().reason == "It did not answer."


def test_a_stream_that_fails_leaves_the_others_alone(full, filled, later):
    filled.fail("page", "tasks", *[Transient("It did not answer.")] * 3)

    run = full()

    assert run.state == SyncRun.State.PARTIAL
    assert (stream(run, "tasks").state, stream(run, "tasks").reason) == ("failed", "It did not answer.")
    assert Note.objects.count() == 10
    # The next full run is due in an hour, neither at once nor in a day.
    schedule = SyncSchedule.objects.get()
    assert planner.next_kind(last_full_at=schedule.last_full_at, now=later(minutes=30)) == "incremental"
    assert planner.next_kind(last_full_at=schedule.last_full_at, now=later(minutes=61)) == "full"


def test_without_contacts_the_run_has_failed(full, filled):
    filled.fail("page", "contacts", Permanent("It refuses the request."))

    assert full().state == SyncRun.State.FAILED


def test_a_refused_listing_is_read_contact_by_contact(full, filled):
    filled.fail("page", "tasks", NotPermitted("It does not allow this."))

    run = full()

    assert run.state == SyncRun.State.DONE
    assert Task.objects.count() == 5
    assert StreamCursor.objects.get(stream="tasks").state == StreamCursor.State.FALLBACK


def test_a_refusal_without_a_way_round_turns_the_stream_off_with_a_reason(full, filled):
    filled.fail("of_contact", "notes", *[NotPermitted("It does not allow this.")] * 5)

    run = full()

    cursor = StreamCursor.objects.get(stream="notes")
    assert (run.state, cursor.state, cursor.reason) == ("partial", "refused", "It does not allow this.")


def test_a_refusal_of_one_contact_is_about_that_contact(full, filled):
    filled.fail("of_contact", "notes", NotPermitted("Not this one."))

    run = full()

    assert stream(run, "notes").state == "done"
    assert stream(run, "notes").failed == 1
    assert len(due_in("notes")) == 1


def test_a_contact_that_is_gone_when_its_notes_are_read_is_removed(full, filled):
    full()
    filled.fail("of_contact", "notes", Absent("Not found."))
    filled.fail("one", "contacts", Absent("Not found."))

    full()

    assert Contact.objects.exclude(deleted_at=None).count() == 1


def test_a_lost_sign_in_ends_the_run_at_once(full, filled):
    filled.fail("page", "contacts", AuthLost("It no longer accepts the sign-in."))

    run = full()

    assert (run.state, run.reason) == ("failed", "It no longer accepts the sign-in.")
    assert ("of_contact", "notes") not in filled.calls


def test_a_spent_budget_pauses_the_run_and_keeps_what_it_brought(connection, filled, now):
    filled.fail("page", "tasks", RateLimited("The day's budget is spent.", retry_after=3600, daily=True))
    run, _ = jobs.start_run(connection, trigger=SyncRun.Trigger.MANUAL, kind="full")

    assert jobs.advance_run(run.pk, clock=lambda: now)

    run.refresh_from_db()
    assert run.is_active
    assert run.not_before == now + timedelta(hours=1)
    assert Contact.objects.exists()
    assert not SyncRun.objects.due(now).exists()


def test_a_run_goes_on_where_a_killed_worker_stopped(connection, filled, now):
    run, _ = jobs.start_run(connection, trigger=SyncRun.Trigger.MANUAL, kind="full")
    jobs.advance_run(run.pk, seconds=0, clock=lambda: now)
    runs.claim(run.pk, "a worker that is killed", now)
    assert runs.claim(run.pk, "too early", now + queue.length()) is None

    taken = runs.claim(run.pk, "the next one", now + queue.length() + timedelta(seconds=1))

    assert taken.resumed == 1


def test_a_worker_that_lost_its_lease_commits_nothing(connection, filled, now):
    run, _ = jobs.start_run(connection, trigger=SyncRun.Trigger.MANUAL, kind="full")
    runs.claim(run.pk, "slow", now)
    runs.claim(run.pk, "next", now + queue.length() + timedelta(seconds=1))

    with pytest.raises(queue.LeaseLost):
        runs.renew(run.pk, "slow", now)


def test_a_second_start_joins_the_run_under_way(connection, remote):
    first, is_new = jobs.start_run(connection, trigger=SyncRun.Trigger.MANUAL)
    second, is_new_too = jobs.start_run(connection, trigger=SyncRun.Trigger.SCHEDULE)

    assert (first, is_new, is_new_too) == (second, True, False)


def test_an_incremental_run_reads_only_what_changed(full, filled):
    full()
    filled.add(a_contact(3, email="dana@example.com", updated_at=timezone.now()))
    filled.calls.clear()

    run = full("incremental")

    # The changed one, and the newest known one, which lies within the overlap.
    assert (stream(run, "contacts").read, stream(run, "contacts").changed) == (2, 1)
    assert filled.calls.count(("of_contact", "notes")) == 1
    assert ("page", "users") not in filled.calls


def test_ids_seen_are_forgotten_with_the_run_a_slice_at_a_time(full, filled, monkeypatch):
    monkeypatch.setattr(batching, "ROWS", 2)
    full()
    with CaptureQueriesContext(connection) as statements:
        full()

    assert len([one for one in statements if one["sql"].startswith('DELETE FROM "sync_seenrecord"')]) > 5
    assert not SeenRecord.objects.exists()


def test_a_task_that_arrives_before_its_contact_joins_it_later(full, remote):
    remote.add(a_task(1, "c1"))
    full()
    assert Task.objects.get().contact is None
    remote.add(a_contact(1))

    full()

    assert Task.objects.get().contact.remote_id == "c1"
    assert ActivityEntry.objects.filter(kind="task").count() == 1


def test_a_run_that_a_person_stops_stays_stopped(connection, filled, carol):
    run, _ = jobs.start_run(connection, trigger=SyncRun.Trigger.MANUAL, kind="full")
    jobs.advance_run(run.pk, seconds=0)

    assert commands.stop_run(run=run, actor=carol)

    assert jobs.start_due_runs(timezone.now()) == []
    assert not commands.stop_run(run=run, actor=carol)


def test_a_connection_that_needs_a_person_is_not_tried_again_and_again(connection, remote):
    SyncSchedule.objects.create(connection=connection, next_at=timezone.now())
    remote.usable = False

    assert jobs.start_due_runs(timezone.now()) == []

    remote.usable = True
    assert len(jobs.start_due_runs(timezone.now())) == 1


def test_a_sign_in_lost_before_the_run_begins_ends_it_with_the_reason(connection, remote):
    run, _ = jobs.start_run(connection, trigger=SyncRun.Trigger.MANUAL)
    remote.fail("reader", "", AuthLost("The sign-in is no longer accepted."))

    assert jobs.advance_run(run.pk)

    run.refresh_from_db()
    assert (run.state, run.reason) == ("failed", "The sign-in is no longer accepted.")


def test_a_fault_of_our_own_fails_the_stream_and_not_for_ever(full, filled):
    filled.fail("page", "tasks", ZeroDivisionError())
    filled.fail("partitions", "businesses", ZeroDivisionError())

    run = full()

    assert run.state == SyncRun.State.PARTIAL
    assert "internal error" in stream(run, "tasks").reason
    assert "internal error" in stream(run, "businesses").reason
    assert Note.objects.count() == 10


def test_a_meeting_that_has_taken_place_is_the_last_activity(full, remote):
    remote.add(a_contact(1))
    soon = timezone.now() + timedelta(hours=1)
    remote.add(an_appointment(1, start_at=soon, end_at=soon))
    full()
    assert Contact.objects.get().last_activity_at is None

    full("incremental", clock=lambda: soon + timedelta(seconds=1))

    assert Contact.objects.get().last_activity_at == soon


def test_a_contact_that_comes_back_brings_no_ghosts(full, filled):
    full()
    contact = filled.holds["contacts"].pop("c1")
    tasks = {key: filled.holds[key].copy() for key in ("tasks", "notes", "appointments")}
    for key, rows in tasks.items():
        filled.holds[key] = {name: row for name, row in rows.items() if row.contact_remote_id != "c1"}
    full()
    filled.add(contact)

    full()

    assert Contact.objects.get(remote_id="c1").deleted_at is None
    assert not ActivityEntry.objects.filter(contact__remote_id="c1").exclude(kind="change").exists()


def test_purging_leaves_nothing_of_the_workspace(full, filled, connection, carol):
    filled.bad["tasks"] = [BadRecord(remote_id="t9", reason="Bad.")]
    full()

    commands.revoke(connection=connection, actor=carol, purge=True)

    left = [model.objects.count() for model in (Contact, Task, Note, Appointment, ActivityEntry, RecordFailure)]
    assert left == [0] * 6


def test_two_streams_that_are_read_contact_by_contact_both_arrive(full, filled):
    filled.streams = [
        replace(row, by_contact=True, detects_removal=False) if row.key == "tasks" else row
        for row in FakeProvider.streams
    ]

    run = full()

    assert {stream(run, key).state for key in ("tasks", "notes")} == {"done"}
    assert (stream(run, "tasks").read, stream(run, "notes").read) == (5, 5)
    assert (Task.objects.count(), Note.objects.count()) == (5, 10)
    assert not due_in("tasks") | due_in("notes")


def test_a_contact_that_changed_is_due_in_every_stream_that_asks_for_it(full, filled):
    filled.streams = [
        replace(row, by_contact=True, detects_removal=False) if row.key == "tasks" else row
        for row in FakeProvider.streams
    ]
    full()
    filled.add(
        a_contact(2, email="new@example.com", updated_at=timezone.now()), a_task(20, "c2"), a_note(20, "c2")
    )
    filled.calls.clear()

    full("incremental")

    assert Task.objects.filter(remote_id="t20").exists()
    assert Note.objects.filter(remote_id="n20").exists()
    assert filled.calls.count(("of_contact", "tasks")) == filled.calls.count(("of_contact", "notes")) == 1
