"""What happens while a run is under way is not forgotten by its end, and one refusal costs nothing else."""

import pytest
from django.utils import timezone

from integrations.activity.models import Note, Task
from integrations.connections.ports import NotPermitted, Permanent
from integrations.sync import commands, jobs, lifecycle, planner
from integrations.sync.models import RunStream, StreamCursor, SyncRun, SyncSchedule
from integrations.sync.pull import on_demand, per_contact, requests
from tests.sync.conftest import a_contact, a_note, an_appointment, due_in, make_due
from tests.sync.fake import FakeReader

pytestmark = pytest.mark.django_db(transaction=True)


def to_the_end(run):
    while not jobs.advance_run(run.pk):
        pass


def next_kind(connection):
    schedule = SyncSchedule.objects.get(connection=connection)
    assert schedule.next_at <= timezone.now()
    return planner.next_kind(last_full_at=schedule.last_full_at, now=timezone.now())


def test_a_reconnect_during_a_full_run_is_followed_by_another(filled, connection):
    filled.fail("page", "businesses", NotPermitted("The scope is missing."))
    run, _ = jobs.start_run(connection, trigger="command", kind="full")
    refused = RunStream.objects.filter(run=run, stream="businesses", state=RunStream.State.REFUSED)
    while not refused.exists():
        jobs.advance_run(run.pk, seconds=0)
    lifecycle.opened(connection, actor=None, now=timezone.now())
    to_the_end(run)

    assert next_kind(connection) == SyncRun.Kind.FULL


def test_a_stream_switched_on_during_a_full_run_is_read_whole_by_the_next(full, filled, connection, carol):
    full()
    commands.switch_stream(connection=connection, stream="appointments", on=False, actor=carol)
    filled.add(an_appointment(99, "c1"))
    run, _ = jobs.start_run(connection, trigger="command", kind="full")
    jobs.advance_run(run.pk, seconds=0)
    commands.switch_stream(connection=connection, stream="appointments", on=True, actor=carol)
    to_the_end(run)

    assert next_kind(connection) == SyncRun.Kind.FULL


def test_a_stream_switched_off_in_the_first_second_does_not_keep_the_worker(filled, connection, carol):
    run, _ = jobs.start_run(connection, trigger="command", kind="full")
    steps = []

    def after_step():
        steps.append(1)
        if len(steps) == 1:
            commands.switch_stream(connection=connection, stream="tasks", on=False, actor=carol)

    assert not jobs.advance_run(run.pk, seconds=0, after_step=after_step)
    to_the_end(run)

    assert not Task.objects.exists()
    assert StreamCursor.objects.get(connection=connection, stream="tasks").state == "unknown"


def test_a_contact_that_changes_while_its_notes_are_on_their_way_stays_due(full, filled, connection, monkeypatch):
    full()
    take_in = per_contact._take_in

    def changes_first(work, stream, asked, settled):
        monkeypatch.undo()
        filled.add(a_contact(1, email="x@example.com", updated_at=timezone.now()), a_note(88, "c1"))
        requests.ask(connection_id=connection.pk, stream="contacts", remote_id="c1", now=timezone.now())
        on_demand.fetch_due(connection.pk)
        take_in(work, stream, asked, settled)

    monkeypatch.setattr(per_contact, "_take_in", changes_first)
    full()
    assert "c1" in due_in("notes")
    full("incremental")

    assert Note.objects.filter(remote_id="n88").exists()


def test_one_contact_that_is_not_permitted_does_not_close_the_stream(full, filled, connection):
    full()
    make_due("c1")
    filled.fail("of_contact", "notes", NotPermitted("No access to this one."))
    run = full("incremental")

    assert StreamCursor.objects.get(connection=connection, stream="notes").state == "allowed"
    assert [failure.contact_remote_id for failure in run.failures.all()] == ["c1"]


def test_a_note_that_can_neither_be_listed_nor_asked_for_holds_up_no_other(full, filled):
    full()
    filled.remove(filled.holds["notes"]["n1"])
    filled.add(a_note(77, "c1", body="new"))
    filled.fail("one", "notes", Permanent("GoHighLevel rejected the request."))
    run = full()

    assert Note.objects.filter(remote_id="n77").exists()
    assert Note.objects.present().filter(remote_id="n1").exists()
    [failure] = run.failures.all()
    assert (failure.remote_id, failure.reason) == (
        "n1",
        "It is not clear whether this record still exists. GoHighLevel rejected the request.",
    )


def test_what_is_missing_and_cannot_be_asked_for_is_said(full, filled):
    full()
    filled.remove(filled.holds["tasks"]["t2"])
    filled.fail("one", "tasks", Permanent("GoHighLevel rejected the request."))
    run = full()

    assert Task.objects.present().filter(remote_id="t2").exists()
    assert [failure.remote_id for failure in run.failures.all()] == ["t2"]


def test_listings_come_before_what_is_read_contact_by_contact(full, filled, monkeypatch):
    filled.fail("page", "tasks", NotPermitted("The scope is missing."))
    order, of_contact, page = [], FakeReader.of_contact, FakeReader.page
    monkeypatch.setattr(
        FakeReader, "of_contact", lambda self, *a: order.append(f"{a[0]} of one") or of_contact(self, *a)
    )
    monkeypatch.setattr(FakeReader, "page", lambda self, s, **rest: order.append(s) or page(self, s, **rest))
    full()

    assert order.count("tasks of one") == order.count("notes of one") == 5
    assert order.index("tasks of one") > len(order) - 1 - order[::-1].index("appointments")
