"""Notes are read again for their age alone, a few with each run, so that all are read once a cycle."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.activity.models import Contact, Note
from integrations.connections.ports import NotPermitted
from integrations.sync import jobs, planner
from integrations.sync.models import ContactDue, StreamCursor, SyncRun, SyncSchedule
from tests.sync.conftest import DAY, a_contact, a_note, due_in

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)
CYCLE = 24 * HOUR


@pytest.fixture
def scheduled(connection, remote):
    """Carry out a run that the schedule starts."""

    def carry_out(kind):
        run, _ = jobs.start_run(connection, trigger=SyncRun.Trigger.SCHEDULE, kind=kind)
        while not jobs.advance_run(run.pk):
            pass
        run.refresh_from_db()
        return run

    return carry_out


def read_before(**ages):
    for remote_id, age in ages.items():
        ContactDue.objects.filter(contact__remote_id=remote_id).update(checked_at=timezone.now() - age)


def last_run_was(ago):
    SyncRun.objects.update(created_at=timezone.now() - ago)


@pytest.mark.parametrize(("contacts", "minutes"), [(5_000, 5), (37, 5), (1, 60), (20_000, 5), (2_000, 120)])
def test_the_shares_of_a_cycle_add_up_to_everybody(contacts, minutes):
    step = timedelta(minutes=minutes)
    starts = [DAY + number * step for number in range(CYCLE // step)]

    shares = [planner.ageing_share(contacts, cycle=CYCLE, last=at, now=at + step) for at in starts]

    assert sum(shares) == contacts
    assert max(shares) - min(shares) <= 1


@pytest.mark.parametrize(("contacts", "elapsed", "share"), [(0, HOUR, 0), (9, -HOUR, 0), (9, 9 * CYCLE, 9)])
def test_a_share_is_never_less_than_nothing_nor_more_than_everybody(contacts, elapsed, share):
    assert planner.ageing_share(contacts, cycle=CYCLE, last=DAY, now=DAY + elapsed) == share


def test_a_long_pause_does_not_make_one_run_read_everything():
    share = planner.ageing_share(100_000, cycle=CYCLE, last=DAY, now=DAY + CYCLE)

    assert share == planner.AGEING_AT_MOST


def test_a_run_reads_the_notes_that_were_read_longest_ago(full, filled):
    full()
    read_before(c4=10 * HOUR, c2=20 * HOUR)
    last_run_was(CYCLE / 5)
    filled.add(a_note(2, "c2", body="Edited where nobody tells us"))
    filled.calls.clear()

    full("incremental")

    assert filled.calls.count(("of_contact", "notes")) == 1
    assert Note.objects.get(remote_id="n2").body == "Edited where nobody tells us"
    assert ContactDue.objects.order_by("checked_at").first().contact.remote_id == "c4"


def test_a_run_right_after_another_reads_nothing_for_its_age(full, filled):
    full()
    filled.calls.clear()

    full("incremental")

    assert ("of_contact", "notes") not in filled.calls


def test_a_scheduled_full_run_leaves_alone_what_was_read_within_the_cycle(scheduled, filled):
    first = scheduled("full")
    assert filled.calls.count(("of_contact", "notes")) == 5
    read_before(c3=CYCLE + HOUR)
    filled.calls.clear()

    run = scheduled("full")

    assert filled.calls.count(("of_contact", "notes")) == 1
    assert run.forecast == first.forecast - 4


def test_a_full_run_that_somebody_asks_for_reads_everything(full, filled):
    full()
    filled.calls.clear()

    full()

    assert filled.calls.count(("of_contact", "notes")) == 5


def test_a_stream_without_its_listing_is_read_in_part_between_full_runs(full, filled):
    filled.fail("page", "tasks", *[NotPermitted("It does not allow this.")] * 2)
    full()
    filled.add(a_contact(5, email="dana@example.com", updated_at=timezone.now()))
    filled.calls.clear()

    full("incremental")

    assert 1 <= filled.calls.count(("of_contact", "tasks")) <= 2


def test_without_notes_what_a_fallback_has_read_is_due_no_more(full, filled, connection):
    filled.fail("page", "tasks", *[NotPermitted("It does not allow this.")] * 2)
    full()
    StreamCursor.objects.filter(stream="notes").update(state="refused")
    filled.calls.clear()
    last_run_was(CYCLE / 5)

    full("incremental")

    assert filled.calls.count(("of_contact", "tasks")) == 1
    assert not due_in("tasks")


def test_a_record_dated_ahead_of_its_time_hides_no_later_change(full, filled):
    filled.add(a_contact(1, updated_at=timezone.now() + timedelta(days=900)))
    full()
    filled.add(a_contact(2, email="dana@example.com", updated_at=timezone.now()))

    full("incremental")

    assert Contact.objects.get(remote_id="c2").email == "dana@example.com"


def test_a_change_that_the_index_shows_late_is_found_within_the_overlap(full, filled):
    """The newest change comes first, an older one is shown only a run later."""
    full()
    filled.add(a_contact(1, email="one@example.com", updated_at=DAY + timedelta(days=1)))
    full("incremental")
    filled.add(a_contact(2, email="two@example.com", updated_at=DAY + timedelta(days=1, minutes=-4)))

    full("incremental")

    assert Contact.objects.get(remote_id="c2").email == "two@example.com"
    assert SyncSchedule.objects.exists()
