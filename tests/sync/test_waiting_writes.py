"""What cannot be sent now waits and goes out by itself; what was accepted is looked for and not sent again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.activity.models import Appointment
from integrations.connections.models import Connection
from integrations.connections.ports import AuthLost, RateLimited, Transient
from integrations.sync import commands, jobs, lifecycle
from integrations.sync.models import Write
from integrations.sync.push import outbox, waiting
from tests.sync.conftest import DAY, a_contact, a_task, an_appointment

pytestmark = pytest.mark.django_db(transaction=True)
State = Write.State
RECONNECT = "Not sent yet. It will go out when an admin reconnects Cedar North."


@pytest.fixture
def write(task, alice, clock):
    return commands.write("task.complete", task, actor=alice, now=clock.now - timedelta(minutes=1))


def attempt(write, clock):
    """Deliver when it is due next, and return how long that was after the attempt before, in seconds."""
    before = clock.now
    clock.now = max(clock.now, write.not_before)
    state = outbox.deliver(write.pk, clock=clock)
    write.refresh_from_db()
    assert state == write.state
    return round((clock.now - before).total_seconds())


def reconnect(connection, now=None):
    connection.refresh_from_db()
    lifecycle.opened(connection, actor=None, now=now or timezone.now())


def test_a_tick_while_the_connection_is_lost_waits_and_goes_out_once_it_is_back(
    task, alice, remote, connection, rung, clock
):
    remote.usable = False
    task.refresh_from_db()

    write = commands.write("task.complete", task, actor=alice, now=clock.now)
    assert write.reason == RECONNECT
    attempt(write, clock)
    assert (write.state, write.reason, write.can_undo) == (State.QUEUED, RECONNECT, True)
    assert remote.calls.count(("reader", "")) == 1  # the sync before: nobody knocks at a door that is closed
    rung.clear()

    reconnect(connection, clock.now)

    assert rung == [write.pk]
    write.refresh_from_db()
    assert attempt(write, clock) == 0
    assert (write.state, remote.writes) == (State.CONFIRMED, [("t1", True)])


def test_a_connection_that_is_lost_while_a_tick_is_on_its_way_makes_it_wait(write, remote, connection, clock):
    remote.fail("one", "tasks", AuthLost("The sign-in is no longer accepted."))

    attempt(write, clock)

    assert (write.state, write.reason, write.attempts) == (State.QUEUED, RECONNECT, 0)
    assert write.detail == "The sign-in is no longer accepted."


def test_one_that_heals_by_itself_sends_what_waits_within_a_minute(write, remote, clock):
    remote.fail("one", "tasks", AuthLost("The sign-in is no longer accepted."))
    attempt(write, clock)

    assert attempt(write, clock) == 60
    assert write.state == State.CONFIRMED


def test_a_tick_that_waits_can_be_taken_back(task, alice, remote, write, clock):
    remote.usable = False
    attempt(write, clock)

    assert commands.undo(write=write, actor=alice)
    reconnect(Connection.objects.get())
    assert remote.writes == []


def test_an_account_that_was_disconnected_takes_no_tick(task, alice, carol, remote, connection):
    commands.revoke(connection=connection, actor=carol)
    task.refresh_from_db()

    with pytest.raises(commands.Refused, match="Revoked here by an admin"):
        commands.write("task.complete", task, actor=alice)


def test_after_a_reconnect_a_write_counts_as_never_tried(write, remote, connection):
    remote.usable = False
    Write.objects.update(reason=RECONNECT, attempts=Write.MOST_ATTEMPTS - 1)
    reconnect(connection)

    write.refresh_from_db()
    assert (write.attempts, write.reason) == (0, "")


def test_a_reconnect_cuts_no_undo_window_short(task, alice, remote, connection, rung):
    write = commands.write("task.complete", task, actor=alice)
    due = write.not_before

    reconnect(connection)

    write.refresh_from_db()
    assert write.not_before == due


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Transient("GoHighLevel has a problem."), "Not sent yet. It will go out when GoHighLevel works again."),
        (
            RateLimited("Slow down.", retry_after=30),
            "Not sent yet. It will go out when GoHighLevel accepts more requests.",
        ),
    ],
)
def test_an_outage_is_waited_out_in_words(write, remote, clock, error, words):
    remote.fail("one", "tasks", error)

    attempt(write, clock)

    assert (write.state, write.reason, write.detail) == (State.QUEUED, words, str(error))
    assert write.can_undo


def test_an_outage_of_hours_is_waited_out_a_minute_at_a_time_and_then_it_is_sent_once(write, remote, clock):
    remote.fail("one", "tasks", *[Transient("GoHighLevel has a problem.")] * 200)

    waits = [attempt(write, clock) for _ in range(200)]

    assert waits[1:8] == [2, 4, 8, 16, 32, 64, 64]
    assert sum(waits) > 3 * 3600
    attempt(write, clock)
    assert (write.state, remote.writes) == (State.CONFIRMED, [("t1", True)])


def test_after_more_than_a_day_it_is_a_failure_that_can_be_retried(write, remote, clock):
    Write.objects.update(attempts=Write.MOST_ATTEMPTS)
    remote.fail("one", "tasks", Transient("GoHighLevel has a problem."))

    attempt(write, clock)

    assert (write.state, write.reason) == (State.FAILED, "GoHighLevel did not accept this for a day.")
    assert write.can_retry


def test_what_may_have_arrived_says_so_and_cannot_be_taken_back(write, remote, clock):
    remote.on_write = lambda: (_ for _ in ()).throw(Transient("No answer came."))

    attempt(write, clock)

    assert write.reason == "Not confirmed yet. It will be checked when GoHighLevel works again."
    assert not write.can_undo


@pytest.mark.parametrize(
    ("error", "until"),
    [
        (RateLimited("Slow down.", retry_after=30), "GoHighLevel accepts more requests."),
        (AuthLost("The sign-in is no longer accepted."), "an admin reconnects Cedar North."),
    ],
)
def test_it_says_so_whatever_keeps_it_from_being_checked(write, remote, clock, error, until):
    remote.on_write = lambda: (_ for _ in ()).throw(Transient("No answer came."))
    attempt(write, clock)
    remote.fail("one", "tasks", error)
    attempt(write, clock)

    assert (write.state, write.reason) == (State.QUEUED, f"Not confirmed yet. It will be checked when {until}")
    assert not write.can_undo


@pytest.fixture
def lagging(remote, write, clock):
    """Their reads show the old state for some seconds after a write was done; they count from the last one."""

    def _lag(seconds):
        def done():
            remote.shown_at = clock.now + timedelta(seconds=seconds)
            remote.add(a_task(1))

        def read():
            remote.on_read = read
            if getattr(remote, "shown_at", None) and clock.now >= remote.shown_at:
                remote.add(a_task(1, is_completed=True))

        remote.on_write, remote.on_read = done, read

    return _lag


@pytest.mark.parametrize(("seconds", "looks"), [(0.5, [1]), (4, [1, 2, 4]), (12, [1, 2, 4, 8])])
def test_what_was_accepted_is_only_looked_for_while_their_reads_lag(write, remote, clock, lagging, seconds, looks):
    lagging(seconds)
    attempt(write, clock)
    assert (write.state, write.reason) == (State.QUEUED, waiting.OLD_STATE)

    assert [attempt(write, clock) for _ in looks] == looks
    assert (write.state, remote.writes) == (State.CONFIRMED, [("t1", True)])


def test_what_was_accepted_and_never_shows_is_sent_once_more_and_then_said(write, remote, clock, lagging):
    lagging(10**6)

    waits = [attempt(write, clock) for _ in range(9)]

    assert waits[1:] == [1, 2, 4, 8] * 2
    assert remote.writes == [("t1", True)] * 2
    assert (write.state, write.reason) == (
        State.FAILED,
        "GoHighLevel accepted this twice and still shows the old state.",
    )


def test_a_command_line_does_not_wait_for_the_end_of_an_outage(write, remote):
    remote.fail("one", "tasks", Transient("GHL had a fault of its own."))

    jobs.deliver_until_settled(write.pk, timeout=0)

    write.refresh_from_db()
    assert write.state == State.QUEUED


@pytest.mark.parametrize("then", [0, 30])  # minutes from the first time to the next one
@pytest.mark.parametrize(("first", "last"), [({}, {"ignores_slots": True}), ({"ignores_slots": True}, {})])
def test_a_meeting_moved_again_while_it_waits_is_sent_as_its_person_asked_last(
    full, remote, alice, clock, first, last, then
):
    remote.add(a_contact(1), an_appointment(1))
    full()
    how = {"actor": alice, "undo_seconds": 60}
    for later, options in ((0, first), (then, last)):
        at = DAY + timedelta(days=1, minutes=later)
        move = commands.write(
            "appointment.update", Appointment.objects.get(), {"start_at": at}, options=options, **how
        )

    assert Write.objects.get() == move
    move.refresh_from_db()
    assert (move.options, move.changes["start_at"]) == (last, at.isoformat())


def test_a_meeting_renamed_while_it_waits_is_still_moved_to_where_nothing_is_offered(full, remote, alice):
    remote.add(a_contact(1), an_appointment(1))
    full()
    how = {"actor": alice, "undo_seconds": 60}
    insisting = {"options": {"ignores_slots": True}}
    meeting, at = Appointment.objects.get(), DAY + timedelta(days=1)
    commands.write("appointment.update", meeting, {"start_at": at}, **insisting, **how)
    commands.write("appointment.update", meeting, {"title": "Site walk"}, **how)

    assert Write.objects.get().options == insisting["options"]
