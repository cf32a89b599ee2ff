"""Messages through the engine: stored once, changed in place, hinted at by webhooks, refused without harm."""

from datetime import timedelta

import pytest

from integrations.activity.models import ActivityEntry, Contact, Message
from integrations.connections.ports import NotPermitted
from integrations.sync.models import DriftDay, StreamCursor, SyncRun
from integrations.sync.pull import on_demand, requests
from integrations.sync.pull.requests import Hint
from tests.sync.conftest import DAY, a_contact, a_message

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def read(remote, full):
    """A contact with a message, read once."""
    remote.add(a_contact(1))
    remote.add(a_message(1))
    full()


def the_types():
    return list(ActivityEntry.objects.filter(kind="message").order_by("id").values_list("type", flat=True))


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({}, "message.inbound"),
        ({"is_inbound": False}, "message.outbound"),
        ({"channel": "call", "status": "no-answer"}, "message.missed"),
        ({"channel": "call", "status": "no-answer", "is_inbound": False}, "message.outbound"),
        ({"channel": "call", "status": "completed"}, "message.inbound"),
        ({"channel": "comment", "is_inbound": False}, "message.internal"),
    ],
)
def test_a_message_stands_on_the_line_when_it_was_said(remote, full, fields, name):
    remote.add(a_contact(1))
    remote.add(a_message(1, **fields))
    full()

    entry = ActivityEntry.objects.get()
    assert (entry.type, entry.occurred_at) == (name, DAY)


def test_a_changed_status_changes_the_row_and_makes_no_other(read, remote, full):
    remote.add(a_message(1, status="read", updated_at=DAY + timedelta(hours=1)))
    full("incremental")

    assert Message.objects.get().status == "read"
    assert the_types() == ["message.inbound"]


def test_what_somebody_opened_of_an_email_outlives_a_sync(read, remote, full):
    Message.objects.update(emails={"e1": {"body": "Dear Dana"}})
    remote.add(a_message(1, status="opened", updated_at=DAY + timedelta(hours=1)))
    full("incremental")

    kept = Message.objects.get()
    assert (kept.status, kept.emails) == ("opened", {"e1": {"body": "Dear Dana"}})


def test_a_hint_brings_one_message_and_two_hints_bring_it_once(read, remote, connection, now):
    remote.add(a_message(2, body="News"))
    for _ in range(2):
        requests.ask_all([Hint(connection.pk, "messages", "m2", "c1")], now)
        on_demand.fetch_due(connection.pk)

    assert the_types() == ["message.inbound"] * 2
    assert Contact.objects.get().last_activity_at == DAY


def test_an_opened_contact_is_asked_for_its_latest_and_nothing_else_counts_as_gone(read, remote, connection, now):
    remote.remove(a_message(1))
    remote.add(a_message(2))
    requests.ask(connection_id=connection.pk, stream="contacts", remote_id="c1", now=now, with_children=True)
    on_demand.fetch_due(connection.pk)

    assert set(Message.objects.filter(deleted_at=None).values_list("remote_id", flat=True)) == {"m1", "m2"}
    assert ("one", "messages") not in remote.calls


def test_that_one_was_delivered_is_announced_by_nobody_and_so_no_drift(read, remote, full):
    remote.add(a_message(1, status="delivered", updated_at=DAY + timedelta(hours=1)))
    full("incremental")
    assert not DriftDay.objects.exists()

    remote.add(a_message(2, updated_at=DAY + timedelta(hours=2)))
    full("incremental")
    assert DriftDay.objects.get().unannounced == 1


def test_an_account_without_the_scope_goes_on_and_says_so(remote, full, connection):
    remote.add(a_contact(1))
    remote.fail("page", "messages", NotPermitted("GHL does not allow this.", is_certain=True))
    run = full()

    assert (run.state, Contact.objects.count()) == (SyncRun.State.PARTIAL, 1)
    cursor = StreamCursor.objects.get(connection=connection, stream="messages")
    assert (cursor.state, cursor.reason) == ("refused", "GHL does not allow this.")
    assert full("incremental").state == SyncRun.State.DONE
