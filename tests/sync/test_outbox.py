"""A tick is sent once, read back, and never shown as more than it is."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.db import connection as database
from django.utils import timezone

from integrations.activity.models import ActivityEntry, Task
from integrations.connections.ports import Absent, AuthLost, NotPermitted, Transient
from integrations.sync import commands, queue
from integrations.sync.health import latest_writes
from integrations.sync.models import Write
from integrations.sync.pull import persist
from integrations.sync.push import outbox
from integrations.sync.reconcile import Batch, apply, prepare
from integrations.workspace.models import AuditEntry
from tests.sync.conftest import a_task

pytestmark = pytest.mark.django_db(transaction=True)
State = Write.State


def after_undo(write):
    return write.not_before + timedelta(seconds=1)


def deliver(write):
    """Deliver through every retry, as ticks at the right times would."""
    for _ in range(10):
        write.refresh_from_db()
        if write.state not in Write.OPEN:
            break
        outbox.deliver(write.pk, now=after_undo(write))
    write.refresh_from_db()
    return write.state


def test_a_tick_is_sent_and_confirmed_by_reading_it_back(task, alice, remote):
    write = commands.write("task.complete", task, actor=alice)

    assert deliver(write) == State.CONFIRMED
    assert remote.writes == [("t1", True)]
    task.refresh_from_db()
    assert task.is_completed
    entry = ActivityEntry.objects.get(kind="task", source_id=task.pk)
    assert not entry.is_open
    assert timezone.now() - entry.occurred_at < timedelta(minutes=1)


def test_nothing_is_sent_within_the_undo_window(task, alice, remote):
    write = commands.write("task.complete", task, actor=alice)

    assert outbox.deliver(write.pk, now=timezone.now()) == ""
    assert remote.writes == []


def test_undo_in_time_means_no_net_change(task, alice, remote):
    write = commands.write("task.complete", task, actor=alice)

    assert commands.undo(write=write, actor=alice)
    assert deliver(write) == State.UNDONE
    assert remote.writes == []


def test_undo_comes_too_late_once_it_is_sent(task, alice, remote):
    write = commands.write("task.complete", task, actor=alice)
    deliver(write)

    assert not commands.undo(write=write, actor=alice)


def test_repeat_click_changes_nothing(task, alice, remote):
    first = commands.write("task.complete", task, actor=alice)
    second = commands.write("task.complete", task, actor=alice)

    assert first == second
    assert Write.objects.count() == 1


def test_the_opposite_click_within_the_window_takes_the_wish_back(task, alice, remote):
    write = commands.write("task.complete", task, actor=alice)
    commands.write("task.reopen", task, actor=alice)

    assert deliver(write) == State.UNDONE
    assert Write.objects.count() == 1


def test_what_is_done_already_is_confirmed_without_a_write(task, alice, remote):
    write = commands.write("task.complete", task, actor=alice)
    remote.add(a_task(1, is_completed=True))

    assert deliver(write) == State.CONFIRMED
    assert remote.writes == []


def test_a_lost_answer_is_settled_by_reading_not_by_sending_again(task, alice, remote):
    write = commands.write("task.complete", task, actor=alice)

    def lose_the_answer():
        remote.on_write = None
        raise Transient("No answer came.")

    remote.on_write = lose_the_answer

    assert deliver(write) == State.CONFIRMED
    assert remote.writes == [("t1", True)]


def test_a_passing_fault_is_retried_until_it_works(task, alice, remote):
    write = commands.write("task.complete", task, actor=alice)
    remote.fail("write", "tasks", Transient("A fault."), Transient("A fault."))

    assert deliver(write) == State.CONFIRMED
    assert write.attempts == 3


def test_a_lasting_fault_is_parked_with_its_reason_and_can_be_retried(task, alice, remote):
    write = commands.write("task.complete", task, actor=alice)
    remote.fail("write", "tasks", *[Transient("It had a fault of its own.")] * Write.MOST_ATTEMPTS)

    assert deliver(write) == State.FAILED
    assert write.reason == "It had a fault of its own."
    assert latest_writes("task", [task.pk], timezone.now())[task.pk] == write
    again = commands.retry(write=write, actor=alice)
    assert deliver(again) == State.CONFIRMED


def test_what_was_accepted_is_looked_for_again_and_not_sent_twice_while_their_reads_lag(task, alice, remote):
    write = commands.write("task.complete", task, actor=alice)
    remote.on_write = lambda: remote.add(a_task(1))  # what is read stays as it was

    for _ in range(3):
        assert outbox.deliver(write.pk, now=write.not_before + timedelta(minutes=1)) == State.QUEUED
        write.refresh_from_db()
    assert write.reason == outbox.OLD_STATE
    remote.add(a_task(1, is_completed=True))

    assert deliver(write) == State.CONFIRMED
    assert remote.writes == [("t1", True)]


def test_what_was_accepted_and_never_shows_is_sent_again_after_a_while(task, alice, remote):
    write = commands.write("task.complete", task, actor=alice)
    remote.on_write = lambda: remote.add(a_task(1))
    outbox.deliver(write.pk, now=after_undo(write))
    Write.objects.update(accepted_at=timezone.now() - outbox.ECHO_WITHIN)
    remote.on_write = None
    write.refresh_from_db()

    assert deliver(write) == State.CONFIRMED
    assert remote.writes == [("t1", True)] * 2


def test_a_refusal_is_not_retried(task, alice, remote):
    write = commands.write("task.complete", task, actor=alice)
    remote.fail("write", "tasks", NotPermitted("The scope is missing."))

    assert deliver(write) == State.FAILED
    assert "may not write" in write.reason
    assert remote.calls.count(("write", "tasks")) == 1


def test_a_lost_sign_in_says_what_to_do(task, alice, remote):
    write = commands.write("task.complete", task, actor=alice)
    remote.fail("one", "tasks", AuthLost("The sign-in is no longer accepted."))

    assert deliver(write) == State.FAILED
    assert "renewed" in write.reason


def test_a_task_that_is_gone_fails_and_leaves_the_timeline(task, alice, remote):
    write = commands.write("task.complete", task, actor=alice)
    remote.fail("one", "tasks", Absent("Not found."))

    assert deliver(write) == State.FAILED
    task.refresh_from_db()
    assert task.deleted_at is not None


def test_a_killed_sender_is_followed_by_another_that_reads_first(task, alice, remote):
    write = commands.write("task.complete", task, actor=alice)
    Write.objects.update(state=State.SENDING, attempts=1, lease_until=timezone.now() - timedelta(seconds=1))
    remote.add(a_task(1, is_completed=True))  # the killed one got that far

    assert outbox.requeue_abandoned(timezone.now()) == 1
    assert deliver(write) == State.CONFIRMED
    assert remote.writes == []


def test_two_workers_never_send_the_same_write(task, alice, remote):
    write = commands.write("task.complete", task, actor=alice)
    due = after_undo(write)
    remote.on_write = lambda: outbox.deliver(write.pk, now=due)

    outbox.deliver(write.pk, now=due)

    assert remote.writes == [("t1", True)]


def test_reopening_takes_the_same_path(task, alice, remote):
    deliver(commands.write("task.complete", task, actor=alice))
    task.refresh_from_db()

    assert deliver(commands.write("task.reopen", task, actor=alice)) == State.CONFIRMED
    assert remote.writes == [("t1", True), ("t1", False)]


def test_a_read_only_connection_refuses_with_a_reason(task, alice, remote):
    remote.may_write = False

    with pytest.raises(commands.Refused, match="connected for reading"):
        commands.write("task.complete", task, actor=alice)
    assert not Write.objects.exists()


def test_holding_undo_keeps_the_window_open_for_thirty_seconds_at_most(task, alice, remote):
    write = commands.write("task.complete", task, actor=alice)

    assert commands.hold(write=write, seconds=60)
    write.refresh_from_db()
    assert write.not_before == write.created_at + timedelta(seconds=30)
    assert not commands.hold(write=write, seconds=60)


def test_each_wish_leaves_a_trace_in_the_audit(task, alice, remote):
    commands.write("task.complete", task, actor=alice)

    entry = AuditEntry.objects.get(act="task.complete")
    assert (entry.actor, entry.target) == (alice, "t1")


def test_a_wish_taken_back_while_it_is_prepared_is_not_sent(task, alice, remote):
    write = commands.write("task.complete", task, actor=alice)

    def lose_the_lease_and_undo():
        Write.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        outbox.requeue_abandoned(timezone.now())
        assert commands.undo(write=write, actor=alice)

    remote.on_read = lose_the_lease_and_undo

    assert outbox.deliver(write.pk, now=after_undo(write)) == ""
    write.refresh_from_db()
    assert (write.state, remote.writes) == (State.UNDONE, [])


def test_a_revoked_connection_sends_nothing_that_was_waiting(task, alice, carol, remote, connection):
    write = commands.write("task.complete", task, actor=alice)
    remote.on_read = lambda: commands.revoke(connection=connection, actor=carol)

    assert outbox.deliver(write.pk, now=after_undo(write)) == ""
    write.refresh_from_db()
    assert (write.state, remote.writes) == (State.FAILED, [])
    assert "before this was sent" in write.reason


def test_a_sign_in_lost_before_delivery_is_a_failure_with_a_reason(task, alice, remote):
    write = commands.write("task.complete", task, actor=alice)
    remote.fail("reader", "", AuthLost("The sign-in is no longer accepted."))

    assert deliver(write) == State.FAILED


def test_a_fault_of_our_own_parks_the_wish(task, alice, remote):
    write = commands.write("task.complete", task, actor=alice)
    remote.fail("one", "tasks", ZeroDivisionError())

    assert deliver(write) == State.FAILED
    assert "internal error" in write.reason


def test_a_page_read_before_a_completion_does_not_undo_it(task, alice, remote, connection):
    asked_at = timezone.now()
    deliver(commands.write("task.complete", task, actor=alice))

    apply(Batch(connection, "tasks", None, timezone.now(), asked_at=asked_at), prepare([a_task(1)]))

    task.refresh_from_db()
    assert task.is_completed


def test_a_database_that_fails_after_the_send_is_followed_by_an_attempt_that_reads_first(
    task, alice, remote, monkeypatch
):
    write = commands.write("task.complete", task, actor=alice)

    def full(*_):
        raise OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(persist, "apply", full)
        assert outbox.deliver(write.pk, now=after_undo(write)) == ""
    write.refresh_from_db()
    assert (write.state, write.reason) == (State.SENDING, "")
    outbox.requeue_abandoned(write.lease_until + timedelta(seconds=1))

    assert deliver(write) == State.CONFIRMED
    assert remote.writes == [("t1", True)]


def test_a_purge_while_it_is_sent_leaves_no_task_behind(task, alice, carol, remote, connection):
    write = commands.write("task.complete", task, actor=alice)
    remote.on_write = lambda: commands.revoke(connection=connection, actor=carol, purge=True)

    assert outbox.deliver(write.pk, now=after_undo(write)) == ""
    assert not Task.objects.exists()


@pytest.mark.skipif(database.vendor != "postgresql", reason="an embedded database has one machine and one clock")
def test_a_machine_whose_clock_is_ahead_takes_nothing_away(monkeypatch):
    true = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: true + timedelta(minutes=2))

    assert abs(queue.clock()() - true) < timedelta(minutes=1)
