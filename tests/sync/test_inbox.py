"""The inbox: kept once, settled when read, replayed without doubling anything, pruned by age."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from integrations.activity.models import ActivityEntry, Contact
from integrations.connections.ports import Permanent
from integrations.connections.receiving import Arrival
from integrations.sync import commands, jobs, tally, tasks
from integrations.sync.inbox import process
from integrations.sync.inbox.ingest import Ingested, ingest
from integrations.sync.models import FetchRequest, InboundCount, InboundEvent
from integrations.sync.pull import on_demand, requests
from integrations.workspace.models import AuditEntry
from tests.sync.conftest import a_contact, a_note

pytestmark = pytest.mark.django_db(transaction=True)


def an_arrival(connection, number=1, **fields):
    shared = {"provider": "fake", "webhook_id": f"w{number}", "type": "Changed", "signature": "x", "body": b"{}"}
    about = {"connection_id": connection.pk, "stream": "contacts", "remote_id": f"c{number}"}
    return Arrival(**{**shared, **about, **fields})


@pytest.fixture
def read(remote, connection, now):
    """Two contacts, each announced by an event that has led to its reading."""
    for number in (1, 2):
        remote.add(a_contact(number), a_note(number, f"c{number}"))
        ingest(an_arrival(connection, number), now)
    ingest(an_arrival(connection, 3, stream="notes", remote_id="n1", contact_remote_id="c1"), now)
    ingest(an_arrival(connection, 4, stream="", remote_id="", reason="Nothing of ours."), now)
    on_demand.fetch_due(connection.pk)
    remote.calls.clear()
    return remote


def states():
    return list(InboundEvent.objects.order_by("pk").values_list("state", flat=True))


def cached():
    return list(ActivityEntry.objects.order_by("pk").values()), list(Contact.objects.order_by("pk").values())


def test_what_was_read_is_done_and_what_hints_at_nothing_was_ignored(read):
    assert states() == ["done", "done", "done", "ignored"]


def test_a_known_event_is_a_duplicate_and_asks_for_nothing(read, connection, now):
    assert ingest(an_arrival(connection, 1), now) == Ingested.DUPLICATE
    assert ingest(an_arrival(connection, 1, provider="other"), now) == Ingested.STORED

    assert FetchRequest.objects.count() == 1


def test_what_cannot_be_read_fails_with_the_reason_and_a_replay_asks_again(read, connection, now):
    read.fail("one", "contacts", Permanent("Never."))
    ingest(an_arrival(connection, 9, remote_id="c1"), now)
    on_demand.fetch_due(connection.pk)
    failed = InboundEvent.objects.get(webhook_id="w9")
    assert (failed.state, failed.reason) == ("failed", "Never.")

    commands.replay_events(actor=None, event_id=failed.pk)
    on_demand.fetch_due(connection.pk)

    failed.refresh_from_db()
    assert (failed.state, failed.reason) == ("done", "")


def test_a_replay_twice_doubles_nothing(read, connection, now):
    before = cached()

    for _ in range(2):
        done = commands.replay_events(actor=None, since=now - timedelta(hours=1), until=now + timedelta(hours=1))
        assert (done.events, done.skipped, done.connections) == (3, 1, {connection.pk})
        assert FetchRequest.objects.count() == 3
        assert states() == ["received", "received", "received", "ignored"]
    on_demand.fetch_due(connection.pk)

    assert cached() == before
    assert InboundEvent.objects.count() == 4
    assert states() == ["done", "done", "done", "ignored"]
    assert len(read.calls) == 4  # the reader and each thing once


def test_a_replay_is_bounded_by_time_and_account_and_written_down(read, connection, other_connection, now, carol):
    late = {"since": now + timedelta(seconds=1), "until": now + timedelta(hours=1)}

    assert commands.replay_events(actor=carol, **late).events == 0
    assert commands.replay_events(actor=carol, connection=other_connection, since=now).events == 0

    first, _ = AuditEntry.objects.filter(act="inbox.replay").order_by("pk")
    assert (first.actor, first.detail["events"]) == (carol, 0)


def test_a_replay_of_many_takes_few_statements(connection, now, django_assert_max_num_queries):
    events = (an_arrival(connection, number % 30, webhook_id=f"x{number}") for number in range(60))
    for event in events:
        ingest(event, now)

    # their ids, a slice of events; begin, their state, the wishes, commit
    with django_assert_max_num_queries(6):
        process.replay(InboundEvent.objects.all(), now)
    assert FetchRequest.objects.count() == 30


def test_of_two_hints_at_one_thing_the_one_that_knows_its_contact_stays(connection, now):
    task = {"stream": "tasks", "remote_id": "t1"}
    ingest(an_arrival(connection, 1, **task, contact_remote_id="c1"), now)
    ingest(an_arrival(connection, 2, **task, words="Call"), now)
    assert FetchRequest.objects.get().contact_remote_id == "c1"
    FetchRequest.objects.all().delete()

    process.replay(InboundEvent.objects.all(), now)

    assert FetchRequest.objects.get().contact_remote_id == "c1"


def replay(*arguments):
    out = StringIO()
    call_command("replay", *arguments, "--json", stdout=out, stderr=StringIO())
    return json.loads(out.getvalue())


def test_the_command_replays_one_or_a_span(read, now):
    event = InboundEvent.objects.first()

    assert replay("--event", str(event.pk)) == {"events": 1, "skipped": 0}
    span = ("--since", f"{now - timedelta(hours=1):%Y-%m-%dT%H:%M}", "--until", "2999-01-01")
    assert replay(*span) == {"events": 3, "skipped": 1}


@pytest.mark.parametrize(
    "arguments",
    [(), ("--since", "2026-01-01"), ("--event", "1", "--since", "2026-01-01", "--until", "2026-02-01")],
)
def test_the_command_says_what_it_needs(db, arguments):
    with pytest.raises(CommandError, match="--event, or both"):
        replay(*arguments)


def test_an_event_that_is_gone_is_said_to_be(db):
    with pytest.raises(CommandError, match="Event 77 does not exist"):
        replay("--event", "77")


def test_old_events_and_counters_go_a_slice_at_a_time(read, connection, now, settings, monkeypatch):
    settings.SYNC_KEEP_EVENTS_DAYS = 10
    monkeypatch.setattr(process, "AT_ONCE", 3)
    tally.count("fake", "duplicate", now)
    assert process.prune(now + timedelta(days=9)) == 0
    ingest(an_arrival(connection, 8), now + timedelta(days=5))

    assert [process.prune(now + timedelta(days=11)) for _ in range(3)] == [3, 1, 0]

    assert InboundEvent.objects.get().webhook_id == "w8"
    assert not InboundCount.objects.exists()


def test_counters_are_per_day_and_kind(db, now):
    for kind in ("duplicate", "duplicate", "unsigned"):
        tally.count("fake", kind, now)
    tally.count("fake", "duplicate", now + timedelta(days=1))

    rows = InboundCount.objects.order_by("day", "kind").values_list("kind", "count")
    assert list(rows) == [("duplicate", 2), ("unsigned", 1), ("duplicate", 1)]


def test_what_a_dead_worker_held_is_settled_by_the_next(remote, connection, now):
    remote.add(a_contact(1))
    ingest(an_arrival(connection, 1), now)
    FetchRequest.objects.update(lease_owner="dead", lease_until=now - timedelta(seconds=1), attempts=1)

    assert jobs.due_work(now).fetches == [connection.pk]
    on_demand.fetch_due(connection.pk)

    assert states() == ["done"]


def test_what_is_announced_again_while_it_is_read_is_due_at_once(remote, connection, now):
    remote.add(a_contact(1))
    ingest(an_arrival(connection, 1), now)
    remote.on_read = lambda: ingest(an_arrival(connection, 9, remote_id="c1"), timezone.now())

    tasks.fetch(connection.pk)
    assert requests.due_count(connection.pk, timezone.now(), at_most=9) == 1
    tasks.fetch(connection.pk)

    assert requests.due_count(connection.pk, timezone.now(), at_most=9) == 0
    assert states() == ["done", "done"]


def test_a_burst_rings_once_and_again_once_its_first_handful_is_taken(remote, connection, now):
    rung = []
    for number in range(3):
        ingest(an_arrival(connection, number), now, tell=rung.append)
    ingest(an_arrival(connection, 0), now, tell=rung.append)  # known
    assert rung == [connection.pk]

    remote.on_read = lambda: ingest(an_arrival(connection, 4), now, tell=rung.append)
    on_demand.fetch_due(connection.pk)

    assert rung == [connection.pk] * 2
