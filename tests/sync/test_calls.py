"""Every call is written down with its run, whichever way the work ends, and forgotten when it is old."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations.activity.models import Task
from integrations.connections.ports import Lane, NotPermitted, Outcome, RateLimited, Transient
from integrations.sync import calls, commands, jobs, pruning, queue, runs
from integrations.sync.models import ApiCall, Pulse, RecordFailure, RunStream, SyncRun, Write
from integrations.sync.pull.context import at_work
from integrations.sync.push import outbox
from tests.sync.conftest import a_contact, a_task
from tests.sync.fake import a_call

WHOLE = ["one_tasks", "write_tasks", "one_tasks"]


def operations():
    return list(ApiCall.objects.order_by("pk").values_list("operation", flat=True))


def test_every_request_of_a_run_is_a_call_of_that_run(filled, full):
    run = full()
    assert run.calls.count() == run.requests > 5
    assert set(run.calls.values_list("connection", "lane", "outcome")) == {(run.connection_id, Lane.BULK, "ok")}


def test_calls_are_written_with_the_batch_and_never_one_by_one(filled, full):
    for number in range(6, 46):
        filled.add(a_contact(number))
    with CaptureQueriesContext(connection) as seen:
        run = full()
    inserts = [query for query in seen.captured_queries if 'INSERT INTO "sync_apicall"' in query["sql"]]
    assert run.calls.count() > 45
    assert len(inserts) < 30  # pages of three, and all notes in one batch


def test_the_calls_of_a_batch_that_failed_are_kept_and_counted(connection, filled):
    filled.fail("page", "contacts", *[Transient("502")] * 3)
    run, _ = jobs.start_run(connection, trigger=SyncRun.Trigger.MANUAL, kind="full")
    while not jobs.advance_run(run.pk):
        pass
    run.refresh_from_db()
    assert run.state == SyncRun.State.FAILED
    failed = run.calls.filter(outcome=Outcome.TRANSIENT.value)
    assert failed.count() == 3
    assert run.calls.count() == run.requests


def test_the_calls_before_a_pause_are_kept(connection, filled):
    filled.fail("of_contact", "notes", RateLimited("Slow down.", retry_after=60))
    run, _ = jobs.start_run(connection, trigger=SyncRun.Trigger.MANUAL, kind="full")
    while not jobs.advance_run(run.pk):
        pass
    run.refresh_from_db()
    assert run.not_before is not None
    assert run.calls.filter(operation="of_contact_notes").exists()
    assert run.calls.count() == run.requests


def test_a_batch_that_another_worker_took_over_still_tells_its_calls(connection, filled):
    run, _ = jobs.start_run(connection, trigger=SyncRun.Trigger.MANUAL, kind="full")
    held = runs.claim(run.pk, "me", timezone.now())
    reader = filled.reader(connection.pk, Lane.BULK)
    with at_work(held, owner="me", reader=reader, clock=timezone.now) as work:
        reader.page("contacts", partition={}, cursor=None, changed_since=None)
        SyncRun.objects.update(lease_owner="another")
        with pytest.raises(queue.LeaseLost), work.commit(run.streams.first()):
            pass
    run.refresh_from_db()
    assert (run.requests, list(run.calls.values_list("operation", flat=True))) == (1, ["page_contacts"])


def test_a_delivery_keeps_what_it_read_sent_and_read_back_without_a_run(connection, remote, full):
    remote.add(a_contact(1), a_task(1, "c1"))
    full()
    ApiCall.objects.all().delete()
    write = commands.write("task.complete", workspace_task(connection), actor=None, undo_seconds=0)
    assert outbox.deliver(write.pk) == Write.State.CONFIRMED
    assert operations() == WHOLE
    assert not ApiCall.objects.exclude(run=None).exists()


def test_a_delivery_that_fails_keeps_its_calls_too(connection, remote, full):
    remote.add(a_contact(1), a_task(1, "c1"))
    full()
    ApiCall.objects.all().delete()
    remote.fail("write", "tasks", NotPermitted("Not allowed."))
    write = commands.write("task.complete", workspace_task(connection), actor=None, undo_seconds=0)
    assert outbox.deliver(write.pk) == Write.State.FAILED
    assert operations() == WHOLE[:2]
    assert ApiCall.objects.get(operation="write_tasks").outcome != Outcome.OK.value


def workspace_task(connection):
    return Task.objects.select_related("connection").get(connection=connection)


def test_a_call_that_the_database_refuses_costs_the_delivery_nothing(connection):
    class Told:
        def take_calls(self):
            return [replace(a_call("page_contacts"), at=None)]

    calls.keep_of([Told()], connection.pk)
    assert operations() == []


def test_a_figure_that_no_column_holds_is_cut_to_one_that_it_does(connection):
    calls.keep([a_call("page_contacts", ms=2**40, day_left=10**14, trace="x" * 99)], connection.pk)
    kept = ApiCall.objects.get()
    assert (kept.ms, kept.day_left, len(kept.trace)) == (calls.MOST, calls.MOST, 64)


# Pruning ----------------------------------------------------------------------------------------------------


def old_calls(connection, number, days, run=None):
    calls.keep([a_call("page_contacts") for _ in range(number)], connection.pk, run and run.pk)
    newest = ApiCall.objects.order_by("-pk").values("pk")[:number]
    ApiCall.objects.filter(pk__in=list(newest.values_list("pk", flat=True))).update(
        at=timezone.now() - timedelta(days=days)
    )


def ended_run(connection, days):
    at = timezone.now() - timedelta(days=days)
    run = SyncRun.objects.create(
        connection=connection, kind="full", trigger="manual", state="done", created_at=at, ended_at=at
    )
    RunStream.objects.create(run=run, stream="contacts", position=0)
    RecordFailure.objects.create(
        run=run, connection=run.connection, stream="contacts", remote_id="c1", reason="No name."
    )
    return run


def test_calls_older_than_the_setting_go_and_the_others_stay(connection, settings):
    settings.SYNC_KEEP_CALLS_DAYS = 3
    old_calls(connection, 1200, days=4)
    old_calls(connection, 5, days=2)
    assert pruning.prune(timezone.now()) == 1200
    assert ApiCall.objects.count() == 5


def test_an_old_run_goes_with_all_that_hangs_on_it_and_a_young_or_active_one_stays(connection, settings):
    settings.SYNC_KEEP_RUNS_DAYS = 30
    settings.SYNC_KEEP_CALLS_DAYS = 365
    old, young = ended_run(connection, 31), ended_run(connection, 29)
    active = SyncRun.objects.create(
        connection=connection, kind="full", trigger="manual", created_at=timezone.now() - timedelta(days=99)
    )
    old_calls(connection, 3, days=31, run=old)
    pruning.prune(timezone.now())
    assert set(SyncRun.objects.all()) == {young, active}
    assert [model.objects.filter(run=old.pk).count() for model in (ApiCall, RunStream, RecordFailure)] == [0, 0, 0]
    assert RecordFailure.objects.count() == 1


def test_no_statement_removes_more_than_its_share(connection, django_assert_num_queries):
    old_calls(connection, 2 * pruning.ROWS, days=99)
    with django_assert_num_queries(2):
        pruning._prune_calls(timezone.now())
    assert ApiCall.objects.count() == pruning.ROWS


def test_what_an_hour_cannot_hold_waits_for_the_next(connection, monkeypatch):
    monkeypatch.setattr(pruning, "STATEMENTS", 1)
    old_calls(connection, 2 * pruning.ROWS, days=99)
    now = timezone.now()
    assert pruning.prune_hourly(now) == pruning.ROWS
    assert pruning.prune_hourly(now + timedelta(minutes=59)) == 0
    assert pruning.prune_hourly(now + timedelta(minutes=61)) == pruning.ROWS


@pytest.mark.usefixtures("remote")
def test_the_tick_prunes(connection):
    old_calls(connection, 2, days=99)
    jobs.due_work(timezone.now())
    assert operations() == []
    assert Pulse.objects.filter(name="prune").exists()
