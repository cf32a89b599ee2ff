"""After a long standstill old writes are held: a restored backup does not know what was sent since."""

from datetime import timedelta

import pytest

from integrations.sync import commands, jobs
from integrations.sync.models import Write

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
    assert "stood still" in write.reason
    assert remote.writes == []
    assert commands.retry(write=write, actor=alice).state == State.QUEUED


def test_one_that_may_have_been_sent_is_unknown(write, clock):
    Write.objects.update(sent_at=clock.now)

    jobs.due_work(clock.now + timedelta(hours=3))

    write.refresh_from_db()
    assert write.status == "unknown"


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
