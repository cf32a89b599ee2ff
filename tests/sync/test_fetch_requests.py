"""Reading things again out of turn: what was opened, and what a webhook hints at."""

from dataclasses import replace
from datetime import timedelta

import pytest

from integrations.activity.models import ActivityEntry, Contact, Note, Task
from integrations.connections.ports import Lane, NotPermitted, Permanent, Transient
from integrations.sync import commands, health, jobs
from integrations.sync.models import FetchRequest
from integrations.sync.pull import on_demand, requests
from tests.sync.conftest import a_contact, a_note, a_task

pytestmark = pytest.mark.django_db(transaction=True)


def ask(connection, now, stream="contacts", remote_id="c1", **options):
    requests.ask(connection_id=connection.pk, stream=stream, remote_id=remote_id, now=now, **options)


@pytest.fixture
def read(remote, connection):
    """A contact with a task and a note, read once by a full run."""
    remote.add(a_contact(1, name="Dana"))
    remote.add(a_task(1))
    remote.add(a_note(1))
    run, _ = jobs.start_run(connection, trigger="command", kind="full")
    jobs.advance_run(run.pk)
    remote.calls.clear()
    return Contact.objects.get()


def test_a_contact_is_read_with_everything_that_belongs_to_it(remote, connection, read, now):
    remote.add(a_contact(1, name="Dana Whitlock"))
    remote.add(a_note(2))

    ask(connection, now, with_children=True, lane=Lane.PERSON)
    on_demand.fetch_due(connection.pk)

    assert Contact.objects.get().name == "Dana Whitlock"
    assert Note.objects.count() == 2
    assert not FetchRequest.objects.exists()
    assert Contact.objects.get().refreshed_at is not None


def test_what_a_contact_no_longer_has_is_removed_only_after_a_direct_question(remote, connection, read, now):
    remote.remove(remote.holds["notes"]["n1"])

    ask(connection, now, with_children=True)
    on_demand.fetch_due(connection.pk)

    assert ("one", "notes") in remote.calls
    assert Note.objects.present().count() == 0


def test_asking_twice_is_one_wish_that_keeps_the_person_and_the_children(remote, connection, read, now):
    ask(connection, now, with_children=True, lane=Lane.PERSON)
    ask(connection, now)

    row = FetchRequest.objects.get()
    assert (row.with_children, row.lane) == (True, Lane.PERSON)


def test_a_wish_that_arrives_while_it_is_read_makes_it_read_once_more(remote, connection, read, now):
    remote.on_read = lambda: ask(connection, now + timedelta(seconds=1))

    ask(connection, now)
    on_demand.fetch_due(connection.pk)

    row = FetchRequest.objects.get()
    assert (row.lease_until, row.attempts) == (None, 0)
    on_demand.fetch_due(connection.pk, clock=lambda: now + timedelta(seconds=2))
    assert not FetchRequest.objects.exists()


def test_two_workers_never_read_the_same_thing(remote, connection, read, now):
    remote.on_read = lambda: on_demand.fetch_due(connection.pk)

    ask(connection, now)
    on_demand.fetch_due(connection.pk)

    assert remote.calls.count(("one", "contacts")) == 1


def test_a_contact_that_is_gone_takes_its_timeline_along_and_is_not_revived_by_a_late_hint(
    remote, connection, read, now
):
    remote.remove(remote.holds["contacts"]["c1"])
    ask(connection, now)
    on_demand.fetch_due(connection.pk)
    assert not Contact.objects.present().exists()
    assert not ActivityEntry.objects.exists()

    ask(connection, now + timedelta(seconds=1))
    on_demand.fetch_due(connection.pk, clock=lambda: now + timedelta(seconds=2))

    assert not Contact.objects.present().exists()


def test_what_may_pass_is_tried_again_later_and_what_may_not_stays_with_its_reason(remote, connection, read, now):
    remote.fail("one", "contacts", Transient("Not now."), Permanent("Never."))
    ask(connection, now)

    on_demand.fetch_due(connection.pk, clock=lambda: now)
    row = FetchRequest.objects.get()
    assert row.not_before > now
    assert row.failed_at is None

    later = row.not_before + timedelta(seconds=1)
    on_demand.fetch_due(connection.pk, clock=lambda: later)
    assert FetchRequest.objects.get().failed_at == later
    assert FetchRequest.objects.get().reason == "Never."
    assert on_demand.fetch_due(connection.pk, clock=lambda: later) == 0


def test_a_stream_that_is_refused_when_a_contact_is_opened_is_said_and_the_rest_is_current(
    remote, connection, read, now
):
    remote.add(a_contact(1, name="Dana Whitlock"), a_note(2))
    remote.fail("of_contact", "notes", NotPermitted("It does not allow this.", is_certain=False))
    ask(connection, now, with_children=True, lane=Lane.PERSON)
    Contact.objects.update(refresh_asked_at=now)
    on_demand.fetch_due(connection.pk)

    contact = Contact.objects.get()
    reading = health.reading_of(contact)
    assert (contact.name, contact.refreshed_at, Note.objects.count()) == ("Dana Whitlock", None, 1)
    assert (reading.failed_at is not None, reading.refused) == (True, ["notes"])
    assert reading.reason == "Notes of this contact could not be read. It does not allow this."
    assert [(row.label, row.state) for row in health.unread_of(connection, reading)] == [("Notes", "refused")]

    ask(connection, now, with_children=True, lane=Lane.PERSON)
    on_demand.fetch_due(connection.pk)

    assert health.reading_of(Contact.objects.get()) is None
    assert Note.objects.count() == 2


def test_a_task_without_a_known_contact_is_found_by_search(remote, connection, read, now):
    remote.add(a_task(2, title="Send the quote"))

    ask(connection, now, stream="tasks", remote_id="t2", words="send the quote")
    on_demand.fetch_due(connection.pk)

    assert Task.objects.get(remote_id="t2").contact == read


def test_a_worker_that_was_killed_is_followed_by_another(remote, connection, read, now):
    ask(connection, now)
    FetchRequest.objects.update(lease_owner="dead", lease_until=now - timedelta(seconds=1), attempts=1)

    assert jobs.due_work(now).fetches == [connection.pk]
    on_demand.fetch_due(connection.pk)

    assert not FetchRequest.objects.exists()


def test_opening_an_aged_contact_asks_once_a_minute(remote, connection, read, now, settings):
    aged = now - timedelta(minutes=10)
    Contact.objects.update(checked_at=aged)

    assert commands.refresh_contact(contact=read)
    assert commands.refresh_contact(contact=read)

    assert FetchRequest.objects.count() == 1
    on_demand.fetch_due(connection.pk)
    assert not commands.refresh_contact(contact=read)
    assert not FetchRequest.objects.exists()


def test_a_contact_that_a_sync_has_just_read_is_not_read_again(remote, connection, read):
    assert not commands.refresh_contact(contact=read)
    assert commands.refresh_contact(contact=read, at_once=True)


def test_the_same_answer_changes_no_row(remote, connection, read, now):
    before = Contact.objects.values("fetched_at", "fingerprint").get()
    changed = replace(remote.holds["contacts"]["c1"])
    remote.add(changed)

    ask(connection, now)
    on_demand.fetch_due(connection.pk)

    assert Contact.objects.values("fetched_at", "fingerprint").get() == before
