"""A tick is sent once, read back, and never shown as more than it is."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.db import connection as database
from django.utils import timezone

from integrations.activity.models import ActivityEntry, Task
from integrations.connections.ports import Absent, NotPermitted, Permanent, Transient
from integrations.sync import commands, queue
from integrations.sync.health import latest_writes
from integrations.sync.models import Write
from integrations.sync.pull import persist
from integrations.sync.push import outbox
from integrations.sync.push.outcome import settle
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
    assert (write.reason, write.detail) == ("", "")
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


def test_clicks_of_one_moment_make_one_write(task, alice):
    def click(_):
        try:
            return commands.write("task.complete", task, actor=alice).pk
        finally:
            database.close()

    with ThreadPoolExecutor(8) as people:
        made = set(people.map(click, range(24)))

    assert list(Write.objects.values_list("pk", flat=True)) == list(made)


def test_a_write_knows_how_its_task_stands(task, alice):
    Task.objects.filter(pk=task.pk).update(title="Renamed meanwhile")

    assert commands.write("task.complete", task, actor=alice).target.title == "Renamed meanwhile"


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
    refused = Transient("A fault.", maybe_delivered=False)
    remote.fail("write", "tasks", refused, refused)

    assert deliver(write) == State.CONFIRMED
    assert write.attempts == 3


def test_a_lasting_refusal_is_held_with_its_reason_and_can_be_retried(task, alice, remote):
    write = commands.write("task.complete", task, actor=alice)
    remote.fail("write", "tasks", NotPermitted("The scope is missing."))

    assert deliver(write) == State.FAILED
    assert write.reason == "The connection may not write. The scope is missing."
    assert latest_writes("task", [task.pk])[task.pk] == write
    again = commands.retry(write=write, actor=alice)
    assert (again.retries, deliver(again)) == (1, State.CONFIRMED)


def test_a_refusal_says_what_an_admin_may_do_about_it(task, alice, remote):
    write = commands.write("task.complete", task, actor=alice)
    remote.fail("write", "tasks", NotPermitted("GHL does not allow this.", remedy="An admin can help."))

    assert deliver(write) == State.FAILED
    assert write.is_not_permitted
    assert write.reason == ("The connection may not write. GHL does not allow this. An admin can help.")


def test_a_refusal_of_another_sort_is_none_for_want_of_a_right(task, alice, remote):
    write = commands.write("task.complete", task, actor=alice)
    remote.fail("write", "tasks", Permanent("Never."))

    assert deliver(write) == State.FAILED
    assert (write.is_not_permitted, write.detail) == (False, "Never.")


def test_a_failure_that_was_put_away_or_is_tried_already_is_not_tried_again(task, alice, remote):
    write = commands.write("task.complete", task, actor=alice)
    remote.fail("write", "tasks", Permanent("Never."), Permanent("Never."))
    deliver(write)

    again = commands.retry(write=write, actor=alice)
    assert commands.retry(write=write, actor=alice) is None
    deliver(again)
    assert commands.dismiss(write=again, actor=None)

    assert commands.retry(write=again, actor=alice) is None
    assert not Write.objects.open().exists()


def test_a_retry_is_of_that_failure_alone(task, alice, remote):
    ticked = commands.write("task.complete", task, actor=alice)
    renamed = commands.write("task.update", task, {"title": "Call back"}, actor=alice)
    remote.fail("write", "tasks", Permanent("Never."), Permanent("Never."))
    assert [deliver(one) for one in (ticked, renamed)] == [State.FAILED] * 2

    assert commands.retry(write=ticked, actor=alice).operation == "task.complete"
    renamed.refresh_from_db()
    assert renamed.state == State.FAILED


def test_a_retry_that_is_refused_leaves_the_failure_where_it_was(task, alice, remote):
    write = commands.write("task.complete", task, actor=alice)
    remote.fail("write", "tasks", Permanent("Never."))
    deliver(write)
    remote.may_write = False

    with pytest.raises(commands.Refused, match="connected for reading"):
        commands.retry(write=write, actor=alice)
    write.refresh_from_db()
    assert write.state == State.FAILED


def test_what_was_to_be_changed_and_is_not_even_kept_any_more_cannot_be_tried_again(task, alice, remote):
    write = commands.write("task.complete", task, actor=alice)
    remote.fail("write", "tasks", Permanent("Never."))
    deliver(write)
    Task.objects.all().delete()

    with pytest.raises(commands.Refused, match="deleted in the meantime"):
        commands.retry(write=write, actor=alice)


def test_a_refusal_is_not_retried(task, alice, remote):
    write = commands.write("task.complete", task, actor=alice)
    remote.fail("write", "tasks", NotPermitted("The scope is missing."))

    assert deliver(write) == State.FAILED
    assert "may not write" in write.reason
    assert remote.calls.count(("write", "tasks")) == 1


def test_a_task_that_is_gone_fails_and_leaves_the_timeline(task, alice, remote):
    write = commands.write("task.complete", task, actor=alice)
    remote.fail("one", "tasks", Absent("Not found."))

    assert deliver(write) == State.FAILED
    assert write.reason == "This task was deleted in GoHighLevel. Create it again there if it is still needed."
    assert not write.can_retry
    task.refresh_from_db()
    assert task.deleted_at is not None


def test_a_task_that_is_there_after_all_comes_back_with_its_tick(task, alice, remote):
    write = commands.write("task.complete", task, actor=alice)
    Task.objects.update(deleted_at=timezone.now() - timedelta(minutes=1))

    assert deliver(write) == State.CONFIRMED
    task.refresh_from_db()
    assert (task.deleted_at, task.is_completed) == (None, True)


def test_a_task_that_was_deleted_meanwhile_cannot_be_ticked(task, alice, remote):
    type(task).objects.update(deleted_at=timezone.now())

    with pytest.raises(commands.Refused, match="deleted in the meantime"):
        commands.write("task.complete", task, actor=alice)
    assert not Write.objects.exists()


def test_what_can_never_be_sent_says_why_and_what_to_do_instead(task, alice, remote):
    write = commands.write("task.complete", task, actor=alice)
    remote.fail("write", "tasks", Permanent("GoHighLevel rejected the request.", detail="422 title is too long"))

    assert deliver(write) == State.FAILED
    rejected = "GoHighLevel rejected the change. Change the task in GoHighLevel instead."
    assert write.reason == f"Not completed. {rejected}"
    assert write.detail == "GoHighLevel rejected the request. 422 title is too long"
    assert not write.can_retry


def test_a_write_that_stops_every_worker_is_given_up_but_not_one_that_was_put_off_in_between(task, alice, remote):
    write = commands.write("task.complete", task, actor=alice)
    over = {"state": State.SENDING, "attempts": outbox.MOST_STOPPED, "lease_until": timezone.now() - timedelta(1)}

    Write.objects.update(**over, reason="Not sent yet.")
    outbox.requeue_abandoned(timezone.now())
    write.refresh_from_db()
    assert write.state == State.QUEUED
    Write.objects.update(**over, reason="")
    outbox.requeue_abandoned(timezone.now())
    write.refresh_from_db()
    assert write.state == State.FAILED


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

    assert commands.hold(write=write, actor=alice, seconds=60)
    write.refresh_from_db()
    assert write.not_before == write.created_at + timedelta(seconds=30)
    assert not commands.hold(write=write, actor=alice, seconds=60)


def test_each_wish_leaves_a_trace_in_the_audit(task, alice, remote):
    commands.write("task.complete", task, actor=alice)

    entry = AuditEntry.objects.get(act="task.complete")
    assert (entry.actor, entry.target, entry.result) == (alice, "t1", "queued")
    assert entry.detail == {"before": {"is_completed": False}, "after": {"is_completed": True}}


@pytest.mark.parametrize("outcome", [State.CONFIRMED, State.FAILED, State.UNDONE])
def test_the_audit_of_a_write_ends_with_its_outcome(task, alice, remote, outcome):
    write = commands.write("task.complete", task, actor=alice)
    if outcome == State.FAILED:
        remote.fail("write", "tasks", Permanent("Never."))
    if outcome == State.UNDONE:
        commands.undo(write=write, actor=alice)

    assert deliver(write) == outcome
    assert AuditEntry.objects.get(act="task.complete").result == outcome


def test_an_undo_changes_what_the_audit_says_of_that_write_alone(task, alice, remote):
    write = commands.write("task.complete", task, actor=alice)
    AuditEntry.record(act="sync.start", actor=alice, workspace=task.workspace, result="done")
    commands.undo(write=write, actor=alice)

    results = AuditEntry.objects.order_by("pk").values_list("act", "result")
    assert list(results) == [("task.complete", State.UNDONE), ("sync.start", "done"), ("task.undo", "done")]


def test_so_does_that_of_a_write_whose_account_is_disconnected(task, alice, carol, remote, connection):
    commands.write("task.complete", task, actor=alice)

    commands.revoke(connection=connection, actor=carol)

    assert AuditEntry.objects.get(act="task.complete").result == State.FAILED


def test_a_new_wish_puts_an_older_failure_away(task, alice, remote):
    write = commands.write("task.complete", task, actor=alice)
    remote.fail("write", "tasks", Permanent("Never."))
    deliver(write)

    commands.write("task.complete", task, actor=alice)

    write.refresh_from_db()
    assert write.state == State.DISMISSED


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


def test_an_attempt_that_has_lost_its_write_settles_nothing(task, alice, remote):
    write = commands.write("task.complete", task, actor=alice)
    Write.objects.update(state=State.SENDING, lease_owner="another worker")

    assert settle(write, State.CONFIRMED, "") == ""
    write.refresh_from_db()
    assert write.state == State.SENDING


def test_a_revoked_connection_sends_nothing_that_was_waiting(task, alice, carol, remote, connection):
    write = commands.write("task.complete", task, actor=alice)
    remote.on_read = lambda: commands.revoke(connection=connection, actor=carol)

    assert outbox.deliver(write.pk, now=after_undo(write)) == ""
    write.refresh_from_db()
    assert (write.state, remote.writes) == (State.FAILED, [])
    assert "before this was sent" in write.reason


@pytest.mark.parametrize(("looks", "is_unknown"), [([], False), ([None], True)])
def test_a_fault_of_our_own_parks_the_wish_and_says_whether_it_may_have_arrived(
    task, alice, remote, looks, is_unknown
):
    write = commands.write("task.complete", task, actor=alice)
    remote.fail("one", "tasks", *looks, ZeroDivisionError())

    assert deliver(write) == State.FAILED
    assert "internal error" in write.reason
    assert write.is_unknown is is_unknown


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
