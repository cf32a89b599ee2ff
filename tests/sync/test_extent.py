"""How much a run reads of a listing that shows no removal: all of it at first, once a week, and when asked."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.activity.models import Message
from integrations.ghl.streams import STREAMS
from integrations.sync import jobs, planner
from integrations.sync.models import RunStream, StreamCursor, SyncRun
from integrations.sync.pull import extent, forecast
from tests.sync.conftest import DAY, a_contact, a_message

pytestmark = pytest.mark.django_db(transaction=True)
MESSAGES = next(stream for stream in STREAMS if stream.key == "messages")
PAGES = 4  # of three, of ten messages


@pytest.fixture
def run(connection):
    """Carry out a run of the schedule, made on a day on which messages have their turn or not."""

    def carry_out(kind="full", *, in_turn=False):
        made, _ = jobs.start_run(connection, trigger=SyncRun.Trigger.SCHEDULE, kind=kind)
        day = timezone.now()
        while ((day.toordinal() + connection.pk) % planner.WHOLE_EVERY == 0) != in_turn:
            day += timedelta(days=1)
        SyncRun.objects.filter(pk=made.pk).update(created_at=day)
        while not jobs.advance_run(made.pk):
            pass
        made.refresh_from_db()
        return made

    return carry_out


@pytest.fixture
def read(remote, run):
    """Ten messages, one an hour, read once."""
    remote.add(a_contact(1), *(a_message(n, updated_at=DAY + timedelta(hours=n)) for n in range(10)))
    run()
    remote.calls.clear()


def pages(remote):
    return remote.calls.count(("page", "messages"))


def test_a_scheduled_full_run_reads_what_changed_of_a_listing_that_shows_no_removal(read, remote, run):
    remote.add(a_message(10, updated_at=DAY + timedelta(hours=10)))

    assert run().state == SyncRun.State.DONE
    assert (pages(remote), Message.objects.count()) == (1, 11)


def test_once_a_week_it_reads_all_of_it(read, remote, run):
    run(in_turn=True)
    assert pages(remote) == PAGES


def test_a_full_run_that_somebody_asks_for_reads_all_of_it(read, remote, full):
    full()
    assert pages(remote) == PAGES


@pytest.mark.parametrize("trigger", [one for one in SyncRun.Trigger if one != SyncRun.Trigger.SCHEDULE])
def test_only_the_schedule_spares_it(trigger):
    assert planner.reads_whole(MESSAGES, "full", trigger, day=1, is_proved=True)
    assert not planner.reads_whole(MESSAGES, "full", SyncRun.Trigger.SCHEDULE, day=1, is_proved=True)


def test_what_is_removed_shows_in_a_whole_listing_only():
    run = {"kind": "full", "trigger": "schedule", "day": 1, "is_proved": True}
    assert {stream.key for stream in STREAMS if not planner.reads_whole(stream, **run)} == {"messages"}


def test_accounts_take_turns(connection, remote):
    read = SyncRun.objects.create(connection=connection, kind="full", state="done", ended_at=DAY)
    RunStream.objects.create(run=read, stream="messages", position=0, state=RunStream.State.DONE)
    StreamCursor.objects.create(connection=connection, stream="messages", state=StreamCursor.State.ALLOWED)
    days = [DAY + timedelta(days=day) for day in range(14)]

    whole = [day for day in days if "messages" not in extent.by_change(connection, "full", "schedule", day)]

    assert (len(whole), whole[1] - whole[0]) == (2, timedelta(days=7))
    assert {(day.toordinal() + connection.pk) % planner.WHOLE_EVERY for day in whole} == {0}


def test_after_a_reconnect_it_reads_all_of_it(read, remote, run):
    StreamCursor.objects.update(state=StreamCursor.State.UNKNOWN)
    run()
    assert pages(remote) == PAGES


def test_one_that_was_not_proved_to_be_at_its_end_is_read_whole_by_the_next_full_run_only(remote, run):
    remote.add(a_contact(1), *(a_message(n, updated_at=DAY + timedelta(hours=n)) for n in range(10)))
    remote.doubts["messages"] = "GoHighLevel counts 12 and showed 10."
    assert run().state == SyncRun.State.PARTIAL
    remote.calls.clear()

    run("incremental")
    assert pages(remote) == 1
    run()
    assert pages(remote) == 1 + PAGES


def test_the_forecast_knows_it(read, remote, connection):
    day = timezone.now()
    while (day.toordinal() + connection.pk) % planner.WHOLE_EVERY == 0:
        day += timedelta(days=1)
    mine = {"connection": connection, "workspace": connection.workspace, "fetched_at": day}
    Message.objects.bulk_create(Message(remote_id=f"x{number}", **mine) for number in range(1000))

    asked = forecast.forecast(connection, kind="full", trigger="manual", now=day)
    scheduled = forecast.forecast(connection, kind="full", trigger="schedule", now=day)
    # Ten pages of messages, and the notes that were read lately.
    assert asked - scheduled == 10 + 1
