"""A task is looked at while its undo window still runs, so that what is sent after it is the wish itself."""

from datetime import UTC, datetime, timedelta

import pytest
from celery import current_app
from celery.signals import before_task_publish
from django.utils import timezone

from integrations.activity.models import Task
from integrations.connections.ports import Absent, AuthLost, Transient
from integrations.sync import commands, queue, tasks
from integrations.sync.models import Write
from integrations.sync.push import outbox
from tests.sync.conftest import a_contact, a_note, a_task

pytestmark = pytest.mark.django_db(transaction=True)
State = Write.State
LATER = datetime(2100, 1, 1, tzinfo=UTC)
LOOK, SEND = ("one", "tasks"), ("write", "tasks")


@pytest.fixture
def moment():
    """When somebody ticks; the clock stands still there, however long the machine takes."""
    return timezone.now()


@pytest.fixture
def wish(task, alice, moment):
    """One whose undo window is about to end."""
    return commands.write("task.complete", task, actor=alice, undo_seconds=1, now=moment)


@pytest.fixture
def look(moment):
    """Look ahead while the clock stands still."""
    return lambda write: outbox.check_ahead(write.pk, clock=lambda: moment)


@pytest.fixture
def deliver(remote):
    """The state that a delivery after the window ends in, and what it asked for."""

    def carry_out(write):
        remote.calls.clear()
        due = write.not_before + timedelta(seconds=1)
        state = outbox.deliver(write.pk, now=due, clock=lambda: due)
        return state, [call for call in remote.calls if call in (LOOK, SEND)]

    return carry_out


@pytest.fixture
def rung(moment, monkeypatch):
    """What the broker was handed: (task's name, seconds until it is to run)."""
    seen = []
    # Celery adds the seconds to its clock, which stands still as well.
    monkeypatch.setattr(current_app, "now", lambda: moment)

    def note(sender, headers, **_):
        eta = datetime.fromisoformat(headers["eta"]) if headers["eta"] else moment
        seen.append((sender.rpartition(".")[2], round((eta - moment).total_seconds())))

    before_task_publish.connect(note)
    yield seen
    before_task_publish.disconnect(note)


def test_after_a_look_the_wish_is_sent_first(wish, deliver, look):
    look(wish)

    assert deliver(wish) == (State.CONFIRMED, [SEND, LOOK])


def test_without_one_the_delivery_looks_itself(wish, deliver):
    assert deliver(wish) == (State.CONFIRMED, [LOOK, SEND, LOOK])


def test_a_look_takes_nothing_and_an_undo_stays_possible(wish, alice, remote, deliver, look):
    look(wish)

    assert commands.undo(write=wish, actor=alice)
    assert deliver(wish) == ("", [])


def test_a_window_that_was_held_open_is_not_looked_at_too_early(wish, remote, look):
    commands.hold(write=wish, actor=None, seconds=10)
    remote.calls.clear()
    look(wish)

    assert remote.calls == []


def test_what_was_taken_back_is_not_looked_at(wish, alice, remote, look):
    commands.undo(write=wish, actor=alice)
    remote.calls.clear()
    look(wish)

    assert remote.calls == []


def test_what_changed_meanwhile_is_left_to_the_delivery(wish, remote, deliver, look):
    remote.add(a_task(1, is_completed=True))
    look(wish)

    assert deliver(wish) == (State.CONFIRMED, [LOOK])
    assert remote.writes == []


def test_a_form_with_a_field_that_changed_over_there_is_looked_at_again(
    task, alice, moment, remote, deliver, look
):
    fields = {"title": "By Alice", "body": "Roof"}
    form = commands.write("task.update", task, fields, actor=alice, undo_seconds=1, now=moment)
    remote.add(a_task(1, title="Write instead"))
    look(form)

    assert deliver(form)[0] == State.CONFLICT
    assert (remote.holds["tasks"]["t1"].title, remote.holds["tasks"]["t1"].body) == ("Write instead", "Roof")


def test_a_look_is_good_for_a_moment_only(wish, deliver, look, moment):
    look(wish)
    Write.objects.update(checked_at=moment - outbox.CHECK_HOLDS)

    assert deliver(wish)[1] == [LOOK, SEND, LOOK]


def test_after_a_lost_answer_no_look_from_before_counts(wish, remote, deliver, look):
    look(wish)

    def lose_the_answer():
        remote.on_write = None
        raise Transient("No answer came.")

    remote.on_write = lose_the_answer
    assert deliver(wish) == (State.QUEUED, [SEND])
    wish.refresh_from_db()
    Write.objects.update(checked_at=wish.not_before)

    assert deliver(wish) == (State.CONFIRMED, [LOOK])
    assert remote.writes == [("t1", True)]


@pytest.mark.parametrize("error", [Transient("A fault."), Absent("Gone."), AuthLost("Not accepted.")])
def test_a_look_that_fails_settles_nothing(wish, remote, deliver, error, look):
    remote.fail(*LOOK, error)
    look(wish)

    assert deliver(wish) == (State.CONFIRMED, [LOOK, SEND, LOOK])


def test_a_look_is_rung_for_shortly_before_the_window_ends(task, alice, rung):
    commands.write("task.complete", task, actor=alice, undo_seconds=5)

    assert rung == [("check_write", 5 - queue.CHECK_AHEAD_SECONDS)]


def test_whoever_looks_has_the_write_delivered_when_its_window_ends(wish, moment, rung, monkeypatch):
    monkeypatch.setattr(queue, "clock", lambda: lambda: moment)

    tasks.check_write(wish.pk)

    assert rung == [("deliver_write", 1)]
    wish.refresh_from_db()
    assert wish.checked_at == moment


def test_each_has_a_window_of_its_own(wish, full, remote, alice, moment):
    remote.add(a_task(2))
    full()
    other = Task.objects.get(remote_id="t2")
    later = commands.write("task.complete", other, actor=alice, undo_seconds=2, now=moment)

    left = [outbox.seconds_left(one.pk, clock=lambda: moment) for one in (wish, later)]
    assert left == [1, 2]


@pytest.mark.parametrize("fields", [{"state": State.UNDONE}, {"not_before": LATER}])
def test_nothing_is_rung_for_what_was_taken_back_or_is_held_open(wish, moment, rung, monkeypatch, fields, remote):
    Write.objects.filter(pk=wish.pk).update(**fields)
    remote.calls.clear()
    monkeypatch.setattr(queue, "clock", lambda: lambda: moment)

    tasks.check_write(wish.pk)

    assert rung == []
    assert remote.calls == []


def test_a_look_that_comes_late_has_it_delivered_at_once(wish, moment, rung, monkeypatch):
    monkeypatch.setattr(queue, "clock", lambda: lambda: moment + timedelta(seconds=9))

    tasks.check_write(wish.pk)

    assert rung == [("deliver_write", 0)]


def test_a_wish_without_a_window_is_delivered_without_one(task, alice, rung):
    commands.write("task.complete", task, actor=alice, undo_seconds=0)

    assert rung == [("deliver_write", 0)]


def test_a_window_that_is_held_open_is_rung_for_again(wish, rung):
    commands.hold(write=wish, actor=None, seconds=10)

    assert rung == [("check_write", 10 - queue.CHECK_AHEAD_SECONDS)]


def test_messages_that_nobody_took_up_in_time_are_left_to_the_tick(task, alice, moment, monkeypatch):
    monkeypatch.setattr(current_app, "now", lambda: moment)
    last = []

    def note(headers, **_):
        last.append((datetime.fromisoformat(headers["expires"]) - moment).total_seconds())

    before_task_publish.connect(note)
    commands.write("task.complete", task, actor=alice, undo_seconds=5)
    before_task_publish.disconnect(note)

    assert last == [5 + queue.EXPIRES_SECONDS]


def looked_at(write):
    write.refresh_from_db()
    return write.checked_at


def test_a_deletion_is_looked_at_as_well_unless_it_is_gone(task, alice, moment, look, remote):
    write = commands.write("task.delete", task, actor=alice, undo_seconds=1, now=moment)
    look(write)
    assert looked_at(write) == moment

    Write.objects.update(checked_at=None)
    remote.holds["tasks"].clear()
    look(write)
    assert looked_at(write) is None


@pytest.mark.parametrize(("there", "holds"), [((), True), (("vip",), False)])
def test_tags_are_sent_at_once_only_where_none_of_them_is_there(task, alice, moment, look, remote, there, holds):
    tags = {"tag_names": ["vip", "roof"]}
    write = commands.write("contact.add_tags", task.contact, tags, actor=alice, undo_seconds=1, now=moment)
    remote.add(a_contact(1, tags=there))
    look(write)

    assert looked_at(write) == (moment if holds else None)


def test_before_a_new_record_it_is_noted_once_what_was_there(task, alice, moment, look, remote):
    remote.add(a_contact(1), a_note(1))
    how = {"contact": task.contact, "actor": alice, "undo_seconds": 1, "now": moment}
    write = commands.create("note.create", task.connection, {"body": "x"}, **how)
    look(write)
    assert (looked_at(write), write.known_ids) == (moment, ["n1"])

    Write.objects.update(checked_at=None)
    look(write)
    assert looked_at(write) is None
