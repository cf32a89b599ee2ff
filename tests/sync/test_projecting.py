"""What is stored is told by one row of a timeline, which belongs to its record and to the right contact."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from integrations.activity.kinds import BY_MODEL
from integrations.activity.models import ActivityEntry, Contact, Note, Task
from integrations.sync.models import SyncRun
from integrations.sync.reconcile import Batch, apply, prepare, project, remove
from tests.sync.conftest import DAY, a_contact, a_note, a_task, an_appointment

pytestmark = pytest.mark.django_db
AHEAD = datetime(2090, 3, 2, 15, tzinfo=UTC)


@pytest.fixture
def take_in(now):
    def _take_in(connection, stream, *records, at=now):
        apply(Batch(connection, stream, None, at), prepare(records))

    return _take_in


def told(kind):
    """(contact's account, contact, item) of each row of a kind."""
    rows = ActivityEntry.objects.filter(kind=kind).order_by("connection", "remote_id")
    return list(rows.values_list("contact__connection", "contact__remote_id", "remote_id"))


def test_a_row_keeps_its_number_when_its_record_changes(connection, take_in):
    take_in(connection, "contacts", a_contact(1))
    take_in(connection, "tasks", a_task(1, title="Call"))
    number = ActivityEntry.objects.get(kind="task").pk

    take_in(connection, "tasks", a_task(1, title="Call again"))

    row = ActivityEntry.objects.get(kind="task")
    assert (row.pk, row.title) == (number, "Call again")


def test_what_is_removed_takes_the_row_of_its_own_kind_alone(connection, take_in):
    take_in(connection, "contacts", a_contact(1))
    take_in(connection, "notes", a_note(1))

    project.drop_entries(BY_MODEL[Task], [Note.objects.get().pk])

    assert ActivityEntry.objects.filter(kind="note").exists()


def test_a_removed_contact_leaves_nothing_but_what_changed_about_it(connection, take_in, now):
    take_in(connection, "contacts", a_contact(1))
    take_in(connection, "tasks", a_task(1))
    take_in(connection, "contacts", a_contact(1, first_name="Dan"))

    remove(Contact, [Contact.objects.get().pk], now)

    assert list(ActivityEntry.objects.values_list("type", flat=True)) == ["change.fields"]


def test_what_came_before_its_contact_joins_that_one_and_no_other(connection, other_connection, take_in):
    here, there = other_connection, connection
    take_in(there, "contacts", a_contact(1))
    take_in(here, "contacts", a_contact(0))
    take_in(here, "tasks", a_task(1, "c1"), a_task(2, "c2"))

    take_in(here, "contacts", a_contact(1))

    joined = Task.objects.get(remote_id="t1").contact
    assert (joined.remote_id, joined.connection) == ("c1", here)
    assert Task.objects.get(remote_id="t2").contact is None
    assert told("task") == [(here.pk, "c1", "t1")]


def test_what_waits_for_a_contact_of_that_id_in_another_account_waits_on(connection, other_connection, take_in):
    for account in (connection, other_connection):
        take_in(account, "tasks", a_task(1, "c1"))

    take_in(connection, "contacts", a_contact(1))

    assert Task.objects.get(connection=other_connection).contact is None
    assert told("task") == [(connection.pk, "c1", "t1")]


def test_what_came_before_its_contact_and_is_gone_by_then_stays_off_its_timeline(connection, take_in):
    take_in(connection, "tasks", a_task(1, "c1"), a_task(2, "c1"))
    Task.objects.filter(remote_id="t1").update(deleted_at=DAY)

    take_in(connection, "contacts", a_contact(1))

    assert [item for *_, item in told("task")] == ["t2"]
    assert not Task.objects.filter(contact=None).exists()


def test_a_meeting_that_has_taken_place_is_news_of_its_contact_alone(connection, other_connection, take_in, now):
    before = now - timedelta(hours=2)
    met = [an_appointment(number, f"c{number}", start_at=now - timedelta(hours=1)) for number in (1, 2)]
    ahead = an_appointment(3, "c3", start_at=now + timedelta(hours=1))
    later = an_appointment(4, "c2", start_at=now + timedelta(hours=1))
    late = [a_task(2, "c2", due_at=now - timedelta(seconds=9)), a_task(4, "c4", due_at=now - timedelta(hours=1))]
    for account in (connection, other_connection):
        take_in(account, "contacts", *(a_contact(number) for number in (1, 2, 3, 4)))
        take_in(account, "appointments", *met, ahead, later, at=before)
        take_in(account, "tasks", *late)
        take_in(account, "notes", a_note(2, "c2", added_at=now - timedelta(minutes=1)))
    Contact.objects.update(changed_at=before)
    Contact.objects.exclude(remote_id="c2").update(last_activity_at=None)

    project.refresh_passed(connection.pk, before, now)

    news = Contact.objects.filter(changed_at__gt=before)
    assert list(news.values_list("connection", "remote_id", "last_activity_at")) == [
        (connection.pk, "c1", now - timedelta(hours=1))
    ]


def test_what_has_come_to_pass_is_looked_for_among_what_was_ahead(connection, take_in, now):
    """However much is read in between: years of notes are not looked at for a meeting."""
    with CaptureQueriesContext(database) as asked:
        project.refresh_passed(connection.pk, now - timedelta(hours=1), now)

    with database.cursor() as cursor:
        if database.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # of a table with nothing in it
        explain = "EXPLAIN" if database.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
        cursor.execute(f"{explain} {asked[0]['sql']}")
        assert "entry_ahead" in str(cursor.fetchall())


def test_what_is_open_or_ahead_is_nobodys_last_activity(connection, take_in, now):
    spoke = now - timedelta(days=3)
    take_in(connection, "contacts", a_contact(1))
    take_in(connection, "notes", a_note(1, added_at=spoke))
    take_in(connection, "tasks", a_task(1, due_at=now - timedelta(days=1)))
    take_in(connection, "appointments", an_appointment(1, start_at=now + timedelta(days=1)))

    assert Contact.objects.get().last_activity_at == spoke


def test_what_is_said_to_belong_to_a_contact_nobody_knows_leaves_the_timeline(connection, take_in):
    take_in(connection, "contacts", a_contact(1))
    take_in(connection, "tasks", a_task(1, "c1"), a_task(2, "c1"))

    take_in(connection, "tasks", a_task(1, "c9"))

    assert [item for *_, item in told("task")] == ["t2"]
    assert Contact.objects.get().entries_by_type == {"task.open": 1}


def test_a_contact_counts_what_came_before_it(connection, take_in, now):
    spoke = now - timedelta(days=3)
    take_in(connection, "notes", a_note(1, "c1", added_at=spoke))

    take_in(connection, "contacts", a_contact(1))

    contact = Contact.objects.get()
    assert (contact.last_activity_at, contact.entries_by_type) == (spoke, {"note.added": 1})


def test_a_row_says_when_and_by_which_run_it_was_read(connection, now):
    run = SyncRun.objects.create(connection=connection, kind="full")
    for stream, record in (("contacts", a_contact(1)), ("notes", a_note(1))):
        apply(Batch(connection, stream, run.pk, now), prepare([record]))

    assert list(ActivityEntry.objects.values_list("fetched_at", "run_id")) == [(now, run.pk)]


@pytest.mark.parametrize(
    ("record", "is_told_ahead"),
    [(an_appointment(1, start_at=AHEAD), True), (a_note(1, added_at=AHEAD), False)],
)
def test_only_what_may_lie_ahead_stands_there(connection, take_in, now, record, is_told_ahead):
    take_in(connection, "contacts", a_contact(1))
    take_in(connection, "appointments" if is_told_ahead else "notes", record)

    assert ActivityEntry.objects.get().occurred_at == (AHEAD if is_told_ahead else now)


def test_a_meeting_that_begins_with_the_very_moment_of_the_look_is_not_missed(connection, take_in, now):
    take_in(connection, "contacts", a_contact(1))
    take_in(connection, "appointments", an_appointment(1, start_at=now), at=now - timedelta(seconds=1))

    project.refresh_passed(connection.pk, now - timedelta(hours=1), now)

    assert Contact.objects.get().last_activity_at == now


def test_a_changed_field_gives_nobody_a_new_look(connection, take_in, now):
    take_in(connection, "contacts", a_contact(1))
    take_in(connection, "notes", a_note(1, added_at=now - timedelta(days=3)))
    take_in(connection, "contacts", a_contact(1, tags=("fair",)))
    Contact.objects.update(changed_at=DAY)

    project.refresh_passed(connection.pk, now - timedelta(hours=1), now)

    assert Contact.objects.get().changed_at == DAY


def test_what_is_looked_for_is_found_without_case_and_accents(connection, take_in):
    take_in(connection, "contacts", a_contact(1))
    take_in(connection, "notes", a_note(1, body="LUCÍA called"))

    assert "lucia called" in ActivityEntry.objects.get().text
