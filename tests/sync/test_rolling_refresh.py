"""Notes are read again for their age alone, a few with each run: of active contacts often, of all once a cycle."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.activity.models import Contact, Note
from integrations.connections.ports import Lane, NotPermitted
from integrations.sync import jobs
from integrations.sync.models import ContactDue, StreamCursor, SyncRun, SyncSchedule
from integrations.sync.pull import on_demand, requests
from integrations.sync.refresh_plan import AIM
from tests.sync.conftest import DAY, a_contact, a_note, a_task, due_in, make_due

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)
CYCLE = 7 * 24 * HOUR
# In which one of five contacts is due for its age, whatever the hour is at which that is asked.
A_FIFTH = CYCLE * AIM.numerator / AIM.denominator / 5


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


def test_a_run_reads_the_notes_that_were_read_longest_ago(full, filled):
    full()
    read_before(c4=10 * HOUR, c2=20 * HOUR)
    last_run_was(A_FIFTH)
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


def active():
    due = ContactDue.objects.filter(stream="notes", active_at__gte=timezone.now() - HOUR)
    return set(due.values_list("contact__remote_id", flat=True))


def active_since(**ages):
    for remote_id, age in ages.items():
        ContactDue.objects.filter(contact__remote_id=remote_id).update(active_at=timezone.now() - age)


def test_active_contacts_are_read_again_long_before_quiet_ones(full, filled, settings):
    settings.SYNC_NOTES_CYCLE_HOURS = 87_600
    full()
    read_before(c1=6 * HOUR, c2=5 * HOUR, c3=4 * HOUR)
    active_since(c2=10 * 24 * HOUR, c3=29 * 24 * HOUR, c1=31 * 24 * HOUR)
    last_run_was(HOUR)

    full("incremental")

    assert ContactDue.objects.get(contact__remote_id="c2").checked_at > timezone.now() - HOUR
    assert ContactDue.objects.get(contact__remote_id="c1").checked_at < timezone.now() - HOUR


def test_a_first_reading_of_old_records_makes_nobody_active(full, filled):
    full()

    assert active() == set()


def test_a_changed_contact_and_a_new_or_changed_item_are_signs_of_activity(full, filled):
    full()
    filled.add(a_contact(1, email="dana@example.com", updated_at=timezone.now()))
    filled.add(a_task(2, "c2", title="Call again"))
    filled.add(a_task(30, "c3", added_at=timezone.now()))
    filled.add(a_task(40, "c4", added_at=DAY))

    full("incremental")

    assert active() == {"c1", "c2", "c3"}


def test_what_is_opened_or_hinted_at_counts_as_active(full, filled, connection):
    full()
    known = {"connection_id": connection.pk, "now": timezone.now()}
    requests.ask(stream="contacts", remote_id="c1", with_children=True, lane=Lane.PERSON, **known)
    requests.ask(stream="notes", remote_id="n2", contact_remote_id="c2", **known)

    while on_demand.fetch_due(connection.pk):
        pass

    assert active() == {"c1", "c2"}


def test_scheduled_runs_read_no_more_notes_again_than_their_share_of_the_day(full, filled, scheduled):
    """Two of eight requests, and the whole day lies between this run and the one before."""
    full()
    read_before(c5=3 * HOUR, c4=2 * HOUR)
    last_run_was(3 * 24 * HOUR)
    make_due("c1", "c2", "c3", "c4", "c5")
    filled.daily_limit = 8
    filled.calls.clear()

    run = scheduled("incremental")
    again = scheduled("incremental")

    assert filled.calls.count(("of_contact", "notes")) <= 2
    assert due_in() >= {"c1", "c2", "c3"}
    assert (run.state, again.state) == ("done", "done")


def test_the_share_of_the_day_is_no_bound_for_what_somebody_asks_for(full, filled):
    full()
    make_due("c1", "c2", "c3", "c4", "c5")
    filled.daily_limit = 4
    filled.calls.clear()

    full("incremental")

    assert filled.calls.count(("of_contact", "notes")) == 5


def test_a_contact_that_nobody_has_read_yet_is_read_whatever_the_share(full, filled, scheduled):
    full()
    make_due("c1")
    filled.daily_limit = 1
    filled.add(a_contact(6, updated_at=timezone.now()), a_note(6, "c6"))

    scheduled("incremental")

    assert Note.objects.filter(remote_id="n6").exists()
    assert due_in() == {"c1"}


def test_nothing_of_a_contact_that_is_gone_waits_to_be_read(full, filled):
    full()
    filled.remove(filled.holds["contacts"]["c1"])

    full()

    assert not ContactDue.objects.filter(contact__remote_id="c1").exists()


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
    last_run_was(A_FIFTH)

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
