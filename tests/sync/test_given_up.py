"""What could not be read when a webhook said so: kept, tried again, and never in anybody's way."""

from datetime import timedelta
from itertools import count

import pytest
from django.utils import timezone

from integrations.activity.models import ActivityEntry, Contact, Note, Task
from integrations.connections.ports import AuthLost, Lane, Permanent, Transient
from integrations.sync import commands, jobs
from integrations.sync.inbox.ingest import Ingested, ingest
from integrations.sync.models import FetchRequest, InboundEvent
from integrations.sync.pull import on_demand, persist, requests
from tests.sync.conftest import a_contact, a_note, a_task
from tests.sync.fake import FakeProvider, FakeReader
from tests.sync.test_drift import changed, counted, hint
from tests.sync.test_inbox import an_arrival

pytestmark = pytest.mark.django_db(transaction=True)


def arrives(connection, number, stream, remote_id, contact="", **rest):
    about = {"stream": stream, "remote_id": remote_id, "contact_remote_id": contact}
    return ingest(an_arrival(connection, number, **about, **rest), timezone.now())


def read_until_given_up(connection):
    hours = count()
    while on_demand.fetch_due(connection.pk, clock=lambda: timezone.now() + timedelta(hours=next(hours))):
        pass


@pytest.fixture
def lost(full, filled, connection):
    """A new note whose webhook came, and whose reading failed for good."""
    full()
    filled.add(a_note(99, "c1", body="new"))
    filled.fail("one", "notes", *[Transient("GHL answered 502.")] * FetchRequest.MOST_ATTEMPTS)
    arrives(connection, 50, "notes", "n99", "c1")
    read_until_given_up(connection)
    assert InboundEvent.objects.get().state == "failed"


def test_the_next_sync_reads_the_notes_of_a_contact_whose_webhook_came_to_nothing(lost, full):
    full("incremental")

    assert Note.objects.filter(remote_id="n99").exists()


def test_a_reconnect_tries_again_what_was_given_up(full, filled, connection):
    full()
    filled.add(a_task(60, "c1"))
    filled.fail("one", "tasks", AuthLost("The sign-in is no longer accepted."))
    arrives(connection, 51, "tasks", "t60", "c1")
    on_demand.fetch_due(connection.pk)
    assert InboundEvent.objects.get().state == "failed"

    assert requests.revive(connection.pk, timezone.now()) == 1
    assert InboundEvent.objects.get().state == "received"
    on_demand.fetch_due(connection.pk)

    assert InboundEvent.objects.get().state == "done"
    assert Task.objects.filter(remote_id="t60").exists()


def test_a_hint_that_could_not_be_followed_announces_one_change_and_none_after_it(full, filled, connection):
    full()
    hint(connection, "contacts", "c1")
    filled.fail("one", "contacts", Permanent("It cannot be read."))
    on_demand.fetch_due(connection.pk)
    for number in range(3):
        changed(filled, 1, email=f"{number}@example.com")
        full("incremental")

    assert counted() == (1, 2)


def test_a_workspace_with_much_to_read_leaves_the_door_open_for_the_others(
    connection, other_connection, now, settings
):
    settings.SYNC_EVENTS_WAITING = 3
    for number in range(3):
        assert ingest(an_arrival(connection, number), now) == Ingested.STORED

    assert ingest(an_arrival(connection, 8), now) == Ingested.TOO_MANY
    assert ingest(an_arrival(other_connection, 9), now) == Ingested.STORED


def test_a_purge_while_a_contact_is_read_leaves_nothing(full, filled, connection, now, carol):
    full()
    filled.on_read = lambda: commands.revoke(connection=connection, actor=carol, purge=True)
    asked = {"connection_id": connection.pk, "stream": "contacts", "remote_id": "c1", "now": now}
    requests.ask(**asked, with_children=True, lane=Lane.PERSON)
    on_demand.fetch_due(connection.pk)

    assert [kind.objects.count() for kind in (Contact, Note, Task, ActivityEntry, FetchRequest)] == [0] * 5


def test_what_a_person_waits_for_is_read_alone_and_hints_stay_in_their_lane(
    full, filled, connection, now, monkeypatch
):
    full()
    lanes, reader = [], FakeProvider.reader
    monkeypatch.setattr(
        FakeProvider, "reader", lambda self, pk, lane: lanes.append(lane) or reader(self, pk, lane)
    )
    arrives(connection, 1, "contacts", "c1")
    asked = {"connection_id": connection.pk, "stream": "contacts", "remote_id": "c3", "now": now}
    requests.ask(**asked, with_children=True, lane=Lane.PERSON)

    assert [on_demand.fetch_due(connection.pk), on_demand.fetch_due(connection.pk)] == [1, 1]
    assert lanes == [Lane.PERSON, Lane.WEBHOOK]


def test_a_contact_with_many_notes_is_stored_in_many_transactions(full, filled, connection, now, monkeypatch):
    full()
    filled.add(*[a_note(number, "c1") for number in range(1000, 1500)])
    stored, apply = [], persist.apply
    monkeypatch.setattr(persist, "apply", lambda batch, items: stored.append(len(items)) or apply(batch, items))
    asked = {"connection_id": connection.pk, "stream": "contacts", "remote_id": "c1", "now": now}
    requests.ask(**asked, with_children=True, lane=Lane.PERSON)
    on_demand.fetch_due(connection.pk)

    assert max(stored) <= persist.MOST_AT_ONCE
    assert Note.objects.filter(contact__remote_id="c1").count() == 502


def test_a_task_that_no_search_shows_is_not_called_read(full, filled, connection):
    full()
    filled.add(a_task(60, "c1", title="Renamed at once"))
    arrives(connection, 60, "tasks", "t60", words="First title")
    read_until_given_up(connection)
    event = InboundEvent.objects.get()
    assert (event.state, event.reason) == (
        "failed",
        "The search did not show this record. The next sync reads it if it exists.",
    )

    full("incremental")

    assert Task.objects.filter(remote_id="t60").exists()
    assert counted() == (1, 0)


def test_a_search_that_lags_brings_no_deleted_task(full, filled, connection, monkeypatch):
    full()
    arrives(connection, 61, "tasks", "t61", "c1")  # its deletion overtakes its creation
    on_demand.fetch_due(connection.pk)
    monkeypatch.setattr(FakeReader, "find", lambda *_: a_task(61, "c1", title="Ghost"))
    arrives(connection, 62, "tasks", "t61", words="Ghost")
    on_demand.fetch_due(connection.pk)

    assert not Task.objects.filter(remote_id="t61").exists()


def test_a_restored_contact_whose_direct_question_fails_is_asked_for_again(full, filled, connection):
    full()
    there = filled.holds["contacts"]["c2"]
    filled.remove(there)
    full()
    assert not Contact.objects.present().filter(remote_id="c2").exists()
    filled.add(a_contact(2, updated_at=timezone.now()))
    hint(connection, "contacts", "c2")
    filled.fail("one", "contacts", None, Transient("GHL answered 500."))
    on_demand.fetch_due(connection.pk)
    assert FetchRequest.objects.get().reason == "GHL answered 500."
    FetchRequest.objects.update(not_before=timezone.now())
    on_demand.fetch_due(connection.pk)

    assert Contact.objects.present().filter(remote_id="c2").exists()
    assert FetchRequest.objects.get().with_children  # all that is its own comes with it
    on_demand.fetch_due(connection.pk)
    assert not jobs.due_work(timezone.now()).fetches
