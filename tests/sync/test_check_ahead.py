"""A task is looked at while its undo window still runs, so that what is sent after it is the wish itself."""

from datetime import datetime, timedelta

import pytest
from celery.signals import before_task_publish
from django.utils import timezone

from integrations.connections.ports import Absent, AuthLost, Transient
from integrations.sync import commands, queue
from integrations.sync.models import Write
from integrations.sync.push import outbox
from tests.sync.conftest import a_task

pytestmark = pytest.mark.django_db(transaction=True)
State = Write.State
LOOK, SEND = ("one", "tasks"), ("write", "tasks")


@pytest.fixture
def wish(task, alice):
    """One whose undo window is about to end."""
    return commands.write("task.complete", task, actor=alice, undo_seconds=1)


@pytest.fixture
def deliver(remote):
    """The state that a delivery after the window ends in, and what it asked for."""

    def carry_out(write):
        remote.calls.clear()
        state = outbox.deliver(write.pk, now=write.not_before + timedelta(seconds=1))
        return state, [call for call in remote.calls if call in (LOOK, SEND)]

    return carry_out


@pytest.fixture
def rung():
    """What the broker was handed: (task's name, seconds from now until it is to run)."""
    seen = []

    def note(sender, headers, **_):
        eta = datetime.fromisoformat(headers["eta"]) if headers["eta"] else timezone.now()
        seen.append((sender.rpartition(".")[2], round((eta - timezone.now()).total_seconds())))

    before_task_publish.connect(note)
    yield seen
    before_task_publish.disconnect(note)


def test_after_a_look_the_wish_is_sent_first(wish, deliver):
    outbox.check_ahead(wish.pk)

    assert deliver(wish) == (State.CONFIRMED, [SEND, LOOK])


def test_without_one_the_delivery_looks_itself(wish, deliver):
    assert deliver(wish) == (State.CONFIRMED, [LOOK, SEND, LOOK])


def test_a_look_takes_nothing_and_an_undo_stays_possible(wish, alice, remote, deliver):
    outbox.check_ahead(wish.pk)

    assert commands.undo(write=wish, actor=alice)
    assert deliver(wish) == ("", [])


def test_a_window_that_was_held_open_is_not_looked_at_too_early(wish, remote):
    commands.hold(write=wish, seconds=10)
    remote.calls.clear()
    outbox.check_ahead(wish.pk)

    assert remote.calls == []


def test_what_was_taken_back_is_not_looked_at(wish, alice, remote):
    commands.undo(write=wish, actor=alice)
    remote.calls.clear()
    outbox.check_ahead(wish.pk)

    assert remote.calls == []


def test_what_changed_meanwhile_is_left_to_the_delivery(wish, remote, deliver):
    remote.add(a_task(1, is_completed=True))
    outbox.check_ahead(wish.pk)

    assert deliver(wish) == (State.CONFIRMED, [LOOK])
    assert remote.writes == []


def test_a_look_is_good_for_a_moment_only(wish, deliver):
    outbox.check_ahead(wish.pk)
    Write.objects.update(checked_at=timezone.now() - outbox.CHECK_HOLDS)

    assert deliver(wish)[1] == [LOOK, SEND, LOOK]


def test_after_a_lost_answer_no_look_from_before_counts(wish, remote, deliver):
    outbox.check_ahead(wish.pk)

    def lose_the_answer():
        remote.on_write = None
        raise Transient("No answer came.")

    remote.on_write = lose_the_answer
    assert deliver(wish) == (State.QUEUED, [SEND])
    wish.refresh_from_db()

    assert deliver(wish) == (State.CONFIRMED, [LOOK])
    assert remote.writes == [("t1", True)]


@pytest.mark.parametrize("error", [Transient("A fault."), Absent("Gone."), AuthLost("Not accepted.")])
def test_a_look_that_fails_settles_nothing(wish, remote, deliver, error):
    remote.fail(*LOOK, error)
    outbox.check_ahead(wish.pk)

    assert deliver(wish) == (State.CONFIRMED, [LOOK, SEND, LOOK])


def test_a_look_is_rung_for_shortly_before_the_window_ends(task, alice, rung):
    commands.write("task.complete", task, actor=alice, undo_seconds=5)

    assert rung == [("check_write", 5 - queue.CHECK_AHEAD_SECONDS), ("deliver_write", 5)]


def test_a_wish_without_a_window_is_delivered_without_one(task, alice, rung):
    commands.write("task.complete", task, actor=alice, undo_seconds=0)

    assert rung == [("deliver_write", 0)]


def test_a_window_that_is_held_open_is_rung_for_again(wish, rung):
    commands.hold(write=wish, seconds=10)

    assert rung == [("check_write", 10 - queue.CHECK_AHEAD_SECONDS), ("deliver_write", 10)]
