"""What may have been sent is not said to have failed: after a long standstill, and where workers were stopped."""

from datetime import timedelta

import pytest

from integrations.sync import commands, jobs
from integrations.sync.models import Write
from integrations.sync.push import outbox

pytestmark = pytest.mark.django_db(transaction=True)
State = Write.State


@pytest.fixture
def write(task, alice, clock):
    jobs.due_work(clock.now)
    made = commands.write("task.complete", task, actor=alice)
    clock.now += timedelta(seconds=30)
    jobs.due_work(clock.now)
    return made


def test_what_was_wanted_before_a_restored_backup_is_held_and_can_be_retried(write, alice, remote, clock):
    jobs.due_work(clock.now + timedelta(hours=3))

    write.refresh_from_db()
    assert write.state == State.FAILED
    assert "did not run from" in write.reason
    assert remote.writes == []
    assert commands.retry(write=write, actor=alice).state == State.QUEUED


def test_one_that_may_have_been_sent_is_unknown(write, clock):
    Write.objects.update(sent_at=clock.now)

    jobs.due_work(clock.now + timedelta(hours=3))

    write.refresh_from_db()
    assert write.status == "unknown"


def test_one_that_never_left_is_no_more_than_failed(write, clock):
    jobs.due_work(clock.now + timedelta(hours=3))

    write.refresh_from_db()
    assert (write.status, write.is_unknown) == ("failed", False)


@pytest.mark.parametrize("state", [State.CONFIRMED, State.UNDONE, State.DISMISSED])
def test_what_had_ended_before_stays_as_it_was(write, clock, state):
    Write.objects.update(state=state, sent_at=clock.now)

    jobs.due_work(clock.now + timedelta(hours=3))

    write.refresh_from_db()
    assert (write.state, write.reason) == (state, "")


def test_a_short_stop_such_as_an_update_holds_nothing(write, clock):
    jobs.due_work(clock.now + timedelta(minutes=20))

    write.refresh_from_db()
    assert write.state == State.QUEUED


def test_what_is_wanted_after_the_standstill_is_sent(task, alice, clock):
    jobs.due_work(clock.now - timedelta(hours=3))
    write = commands.write("task.complete", task, actor=alice)

    jobs.due_work(clock.now)

    write.refresh_from_db()
    assert write.state == State.QUEUED


@pytest.mark.parametrize(("sent", "status"), [(False, "failed"), (True, "unknown")])
def test_what_stopped_every_worker_is_unknown_once_it_was_sent(write, clock, sent, status):
    over = {
        "state": State.SENDING,
        "attempts": outbox.MOST_STOPPED,
        "lease_until": clock.now - timedelta(seconds=1),
    }
    Write.objects.update(**over, sent_at=clock.now if sent else None)

    outbox.requeue_abandoned(clock.now)

    write.refresh_from_db()
    assert (write.status, write.reason) == (
        (status, "Every worker that tried to send this was stopped. Retry it.")
    )
