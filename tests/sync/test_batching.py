"""What concerns many rows is done a slice at a time, and comes to the same as if it were done at once."""

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from integrations.activity.models import ActivityEntry, Contact, Note, Task
from integrations.connections.models import Connection
from integrations.sync import batching, commands
from integrations.sync.models import SeenRecord, SyncRun, SyncSchedule
from tests.sync.conftest import a_contact, due_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(batching, "ROWS", 2)


@pytest.fixture
def people(full, remote):
    """Five contacts."""
    remote.add(*(a_contact(number) for number in range(1, 6)))
    full()
    return Contact.objects.order_by("pk")


def test_every_row_comes_once_in_order(people, small):
    pks = list(people.values_list("pk", flat=True))

    for found in (Contact.objects.all(), Contact.objects.order_by("-pk")):
        taken = [[contact.pk for contact in some.order_by("pk")] for some in batching.batches(found)]

        assert taken == [pks[:2], pks[2:4], pks[4:]]


def test_rows_are_deleted_a_slice_at_a_time_and_no_others(people, small):
    for number in range(5):
        SeenRecord.objects.create(run=SyncRun.objects.get(), stream="gone", remote_id=f"g{number}")
    kept = SeenRecord.objects.create(run=SyncRun.objects.get(), stream="kept", remote_id="g0")

    with CaptureQueriesContext(database) as done:
        batching.delete(SeenRecord.objects.filter(stream="gone"))

    assert sum(one["sql"].startswith("DELETE") for one in done) == 3
    assert list(SeenRecord.objects.exclude(stream="contacts")) == [kept]


def test_a_change_that_takes_rows_out_of_the_question_leaves_none_behind(people, small):
    for some in batching.batches(Contact.objects.filter(is_dnd=False)):
        some.update(is_dnd=True)

    assert not Contact.objects.filter(is_dnd=False).exists()


def test_a_cache_that_is_purged_in_slices_leaves_nothing(full, filled, connection, carol, small):
    full()
    first, *_, last = Contact.objects.order_by("pk")
    Contact.objects.filter(pk=last.pk).update(merged_into=first)

    commands.revoke(connection=connection, actor=carol, purge=True)

    assert not any(model.objects.exists() for model in (Contact, Task, Note, ActivityEntry))


def test_a_purge_that_was_stopped_goes_on_when_it_is_done_again(full, filled, connection, carol, small):
    full()
    ActivityEntry.objects.order_by("pk")[:1].get().delete()
    Note.objects.all().delete()

    commands.purge_cache(connection)

    assert not any(model.objects.exists() for model in (Contact, Task, Note, ActivityEntry))


def test_notes_that_are_switched_on_again_are_due_for_everybody(people, connection, carol, small):
    commands.switch_stream(connection=connection, stream="notes", on=False, actor=carol)
    commands.switch_stream(connection=connection, stream="notes", on=True, actor=carol)

    assert len(due_in("notes")) == 5
    assert SyncSchedule.objects.get().last_full_at is None


def test_a_run_that_is_stopped_forgets_what_it_saw(people, connection, carol, small):
    run = SyncRun.objects.create(connection=connection, kind="full", trigger="manual")
    SeenRecord.objects.bulk_create(
        SeenRecord(run=run, stream="contacts", remote_id=f"c{number}") for number in range(5)
    )

    assert commands.stop_run(run=run, actor=carol)
    assert not SeenRecord.objects.exists()


def test_a_purge_takes_what_a_second_connection_told_of_anothers_contacts_and_no_more(
    full, filled, connection, small
):
    full()
    second = Connection.objects.create(
        workspace=connection.workspace, provider="fake", external_id="second", is_home=False
    )
    theirs, *ours = ActivityEntry.objects.order_by("pk")
    ActivityEntry.objects.filter(pk=theirs.pk).update(connection=second)

    commands.purge_cache(second)

    assert ours
    assert list(ActivityEntry.objects.order_by("pk")) == ours
