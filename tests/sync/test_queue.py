"""Rows that workers take turns at: one holder at a time, kept while it lives, put off when it fails."""

from datetime import timedelta

import pytest

from integrations.connections.ports import Permanent, RateLimited, Transient
from integrations.sync import queue
from integrations.sync.models import FetchRequest

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(connection, now):
    asked = {"asked_at": now, "not_before": now}
    return FetchRequest.objects.create(connection=connection, stream="contacts", remote_id="c1", **asked)


def requests():
    return FetchRequest.objects.all()


def test_of_two_workers_one_gets_a_row(row, now):
    assert [requests().claim(owner, now) for owner in ("one", "two")] == [1, 0]
    row.refresh_from_db()
    assert (row.lease_owner, row.attempts) == ("one", 1)


def test_a_row_waits_for_its_time(row, now):
    assert requests().claim("early", now - timedelta(seconds=1)) == 0


def test_what_a_dead_worker_held_is_due_once_its_lease_is_over(row, now):
    requests().claim("dead", now)

    assert not requests().due(now + queue.length()).exists()
    assert requests().due(now + queue.length() + timedelta(seconds=1)).exists()


def test_a_lease_is_kept_but_never_shortened(row, now):
    requests().claim("mine", now)
    requests().held_by("mine").keep(now - timedelta(minutes=1))

    row.refresh_from_db()
    assert row.lease_until == now + queue.length()


def test_whoever_was_overtaken_learns_it_when_it_keeps_its_lease(row, now):
    requests().claim("slow", now)
    requests().claim("next", now + queue.length() + timedelta(seconds=1))

    with pytest.raises(queue.LeaseLost):
        requests().held_by("slow").keep(now)


def test_what_was_given_back_is_due_at_once(row, now):
    requests().claim("mine", now)
    requests().held_by("mine").release()

    assert requests().claim("another", now) == 1


def test_what_can_pass_is_put_off_longer_each_time(row, now):
    assert [queue.wait_after(Transient("A fault."), tried).total_seconds() for tried in (1, 2, 3)] == [2, 4, 8]
    assert requests().put_off(Transient("A fault."), 2, now)
    row.refresh_from_db()
    assert (row.not_before, row.reason) == (now + timedelta(seconds=4), "A fault.")


def test_a_spent_budget_says_itself_how_long_to_wait(row, now):
    requests().put_off(RateLimited("Slow down.", retry_after=90), 1, now)
    row.refresh_from_db()
    assert row.not_before == now + timedelta(seconds=90)


@pytest.mark.parametrize(
    ("error", "attempts"), [(Permanent("Never."), 1), (Transient("A fault."), FetchRequest.MOST_ATTEMPTS)]
)
def test_what_cannot_pass_or_was_tried_enough_is_not_put_off(row, now, error, attempts):
    assert not requests().put_off(error, attempts, now)
    row.refresh_from_db()
    assert row.not_before == now
