"""What a worker holds stays its own as long as it lives, and not much longer: one rule for writes and readings."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.sync import commands, queue
from integrations.sync.models import FetchRequest, Write
from integrations.sync.pull import on_demand, requests
from integrations.sync.push import outbox, outcome
from tests.sync.conftest import a_contact

pytestmark = pytest.mark.django_db(transaction=True)
State = Write.State


@pytest.fixture
def asked(connection, remote):
    """One contact to be read again."""
    remote.add(a_contact(1))
    requests.ask(connection_id=connection.pk, stream="contacts", remote_id="c1", now=timezone.now())


def after_the_lease(settings):
    """Halfway between one lease and two, so that whoever still lives has renewed it meanwhile."""
    time.sleep(1.5 * settings.SYNC_LEASE_SECONDS)


def test_a_slow_delivery_keeps_its_wish(task, alice, remote, settings):
    settings.SYNC_LEASE_SECONDS = 1
    write = commands.write("task.complete", task, actor=alice, undo_seconds=0)
    remote.on_read = lambda: after_the_lease(settings) or taken.append(outbox.requeue_abandoned(timezone.now()))
    taken = []

    assert outbox.deliver(write.pk) == State.CONFIRMED
    assert taken == [0]
    assert remote.writes == [("t1", True)]


def test_a_slow_reading_is_not_done_twice(asked, connection, remote, settings):
    settings.SYNC_LEASE_SECONDS = 1
    remote.on_read = lambda: after_the_lease(settings) or taken.append(on_demand.fetch_due(connection.pk))
    taken = []

    assert on_demand.fetch_due(connection.pk) == 1
    assert taken == [0]


def test_a_wish_of_a_killed_worker_is_taken_over_after_the_lease(task, alice, remote):
    write = commands.write("task.complete", task, actor=alice, undo_seconds=0)
    outbox._claim(write.pk, timezone.now())

    assert outbox.requeue_abandoned(timezone.now()) == 0
    assert outbox.requeue_abandoned(timezone.now() + queue.length() + timedelta(seconds=1)) == 1


def test_a_wish_that_was_just_sent_waits_twice_as_long(task, alice, remote):
    """It may still be on its way, and who takes over reads first."""
    write = commands.write("task.complete", task, actor=alice, undo_seconds=0)
    held = outbox._claim(write.pk, timezone.now())
    outbox._hold_before_sending(held, timezone.now())
    outcome.ours(held).keep(timezone.now())

    assert outbox.requeue_abandoned(timezone.now() + 1.5 * queue.length()) == 0
    assert outbox.requeue_abandoned(timezone.now() + 2 * queue.length() + timedelta(seconds=1)) == 1
    with pytest.raises(queue.LeaseLost):
        outcome.ours(held).keep(timezone.now())


def test_a_reading_of_a_killed_worker_is_taken_over_after_the_lease(asked, connection, remote):
    requests.claim(connection.pk, timezone.now())

    assert on_demand.fetch_due(connection.pk) == 0
    assert on_demand.fetch_due(connection.pk, clock=lambda: timezone.now() + queue.length()) == 1
    assert not FetchRequest.objects.exists()
