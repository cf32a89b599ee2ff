"""The budget that all processes share: lanes, who is at work, the day, and what pages may know of it."""

import threading
import time

import pytest
from django.utils import timezone

from integrations.connections.ports import Lane
from integrations.ghl import budget
from integrations.ghl.budget import Clocks, SharedBucket, limits, usage
from integrations.ghl.client.sansio import RateReading
from integrations.ghl.health_check import check
from integrations.ghl.models import RateWindow
from integrations.ghl.provider import GhlProvider
from integrations.workspace.models import User
from tests.conftest import home_of, of_ghl
from tests.ghl.client.scripted import ScriptedTransport, answer


@pytest.fixture
def connection(workspace):
    return of_ghl(home_of(workspace), "loc-1")


class Clock:
    """Time that passes only when told. It is ahead of the machine's, by which pages ask how much was used."""

    def __init__(self):
        self.now, self.up = time.time() + 3_600, 1_000.0

    def sleep(self, seconds):
        self.now += seconds
        self.up += seconds

    @property
    def clocks(self):
        return Clocks(now=lambda _: self.now, monotonic=lambda: self.up)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def process(db, clock):
    """The budget as another process has it."""
    return lambda: SharedBucket(clock.clocks)


@pytest.fixture
def bucket(process):
    return process()


@pytest.fixture
def at_work(alice):
    User.objects.filter(pk=alice.pk).update(last_active_at=timezone.now())


def free(bucket, lane, key="loc-1"):
    """How many requests a lane can send at once, one after the other."""
    count = 0
    while (grant := bucket.take(key, lane)).granted and not grant.wait:
        count += 1
    return count


def read(bucket, lane=Lane.PERSON, key="loc-1", **reading):
    """One request, and what its answer says."""
    bucket.finish(key, bucket.take(key, lane), RateReading(**reading))


@pytest.mark.parametrize(
    ("lane", "left"), [(Lane.PERSON, 0), (Lane.WRITE, 10), (Lane.WEBHOOK, 10), (Lane.BULK, 20)]
)
def test_lanes_leave_room_for_those_before_them_while_somebody_is_at_work(lane, left):
    assert limits(lane, is_anyone_active=True).reserve == left


@pytest.mark.parametrize(("lane", "left"), [(Lane.PERSON, 0), (Lane.WRITE, 1), (Lane.WEBHOOK, 1), (Lane.BULK, 3)])
def test_they_leave_little_when_nobody_is(lane, left):
    assert limits(lane, is_anyone_active=False).reserve == left


def test_the_room_is_a_share_of_the_limit_and_never_all_of_it(settings):
    settings.GHL_BURST_LIMIT = 1000
    assert limits(Lane.BULK).reserve == 200

    settings.GHL_BURST_LIMIT = 1
    assert limits(Lane.BULK).reserve == 0


def test_writes_and_hints_leave_ten_to_people_who_are_at_work(bucket, connection, at_work):
    assert free(bucket, Lane.WEBHOOK) == 90
    assert free(bucket, Lane.WRITE) == 0
    assert free(bucket, Lane.PERSON) == 10


def test_nobody_at_work_leaves_more_to_the_rest(bucket, connection, alice):
    assert free(bucket, Lane.WEBHOOK) == 99


def test_a_person_of_another_workspace_takes_nothing_from_this_one(bucket, connection, mallory):
    User.objects.filter(pk=mallory.pk).update(last_active_at=timezone.now())

    assert free(bucket, Lane.WRITE) == 99


def test_a_sweep_is_booked_ahead_and_a_person_goes_at_once(bucket, connection, at_work):
    booked = [bucket.take("loc-1", Lane.BULK) for _ in range(8)]

    assert all(grant.granted and grant.wait > 0 for grant in booked[1:])
    assert free(bucket, Lane.PERSON) > 10


def test_a_punishment_undoes_what_was_booked_in_any_process(bucket, connection, process):
    grant = bucket.take("loc-1", Lane.BULK)
    assert bucket.confirm("loc-1", grant)
    other = bucket.take("loc-2", Lane.BULK)

    process().punish("loc-1", 30)

    assert not bucket.confirm("loc-1", grant)
    assert process().confirm("loc-2", other)


def test_a_thread_that_slept_long_keeps_its_slot(bucket, connection, clock):
    grant = bucket.take("loc-1", Lane.BULK)
    clock.sleep(40)

    assert bucket.confirm("loc-1", grant)


def test_a_slot_that_was_lost_with_the_row_is_asked_for_again(bucket, connection):
    grant = bucket.take("loc-1", Lane.BULK)

    RateWindow.objects.all().delete()

    assert not bucket.confirm("loc-1", grant)


def test_answers_are_stored_with_the_next_request_of_their_process(bucket, connection):
    first = bucket.take("loc-1", Lane.PERSON)
    bucket.finish("loc-1", first)

    second = bucket.take("loc-1", Lane.PERSON)

    log = {row[0]: row[2] for row in RateWindow.objects.get().state["log"]}
    assert log[first.ticket] > 0
    assert log[second.ticket] == 0


def test_a_request_costs_one_read_and_one_write(bucket, connection, django_assert_num_queries):
    bucket.finish("loc-1", bucket.take("loc-1", Lane.PERSON))

    with django_assert_num_queries(2):
        bucket.take("loc-1", Lane.PERSON)


def test_what_another_process_takes_between_read_and_write_counts(bucket, process, monkeypatch):
    bucket.take("loc-1", Lane.PERSON)
    take, others = budget.rate_limit.take, []

    def overtaken(*given):
        if not others:
            others.append(None)
            others.append(process().take("loc-1", Lane.PERSON))
        return take(*given)

    monkeypatch.setattr(budget.rate_limit, "take", overtaken)
    mine = bucket.take("loc-1", Lane.PERSON)

    tickets = [row[0] for row in RateWindow.objects.get().state["log"]]
    assert tickets[1:] == [others[1].ticket, mine.ticket]
    assert usage(["loc-1"])["loc-1"].today == 3


def test_a_spent_day_stops_one_location_until_the_next_and_no_other(bucket, settings, clock):
    settings.GHL_DAILY_LIMIT = 3

    assert free(bucket, Lane.WRITE) == 3
    spent = bucket.take("loc-1", Lane.PERSON)

    assert spent.daily
    assert spent.wait == pytest.approx(86_400 - clock.now % 86_400, abs=1)
    assert (bucket.take("loc-2", Lane.BULK).granted, bucket.take("loc-3", Lane.BULK).wait) == (1, 0.0)


def test_hardly_any_limit_costs_hardly_any_statement(bucket, settings, django_assert_num_queries):
    settings.GHL_BURST_LIMIT, settings.GHL_DAILY_LIMIT = 1_000_000, 100_000_000
    read(bucket, limit=1_000_000, remaining=999_999, interval_ms=10_000)
    bucket.take("loc-1", Lane.PERSON)

    with django_assert_num_queries(0):
        grants = [bucket.take("loc-1", Lane.PERSON) for _ in range(50)]
        for used, grant in enumerate(grants):
            bucket.finish("loc-1", grant, RateReading(1_000_000, 1_000_000 - used, 10_000, age=0.01))
    assert all(grant.granted and not grant.wait for grant in grants)


def test_nothing_is_taken_in_advance_before_an_answer_says_how_much_is_allowed(bucket, settings):
    settings.GHL_BURST_LIMIT = 1_000_000
    first = bucket.take("loc-1", Lane.PERSON)
    bucket.finish("loc-1", first, RateReading(100, 99, 10_000, age=0.01))

    assert all(bucket.take("loc-1", Lane.PERSON).wait == 0 for _ in range(50))


def test_bad_news_is_heard_at_once_even_right_after_a_reading_that_left_plenty(bucket):
    read(bucket, limit=100, remaining=99, interval_ms=10_000)

    read(bucket, limit=100, remaining=4, interval_ms=10_000)

    assert free(bucket, Lane.PERSON) == 4


def test_a_pause_of_the_past_holds_nobody_back(bucket, settings, process, clock):
    settings.GHL_BURST_LIMIT, settings.GHL_BURST_SECONDS = 1_000_000, 0.2
    read(bucket, limit=1_000_000, remaining=0, interval_ms=200)
    refused = process().take("loc-1", Lane.WRITE)
    assert not refused.granted

    clock.sleep(refused.wait)

    assert process().take("loc-1", Lane.WRITE).granted


def test_what_was_taken_in_advance_and_not_used_is_given_back_to_the_day(bucket, settings, clock):
    settings.GHL_BURST_LIMIT, settings.GHL_DAILY_LIMIT = 1_000_000, 100_000_000
    read(bucket, limit=1_000_000, remaining=999_999, interval_ms=10_000)
    bucket.take("loc-1", Lane.PERSON)
    clock.sleep(100)

    bucket.take("loc-1", Lane.PERSON)

    assert usage(["loc-1"])["loc-1"].today == 503  # three that were used, and five hundred anew in advance


def test_news_from_the_headers_reaches_the_other_processes(bucket, process, connection):
    read(bucket, limit=100, remaining=4, interval_ms=10_000)

    assert free(process(), Lane.PERSON) == 4


def test_pages_learn_how_full_the_window_is(bucket, connection, at_work, workspace):
    free(bucket, Lane.PERSON, "loc-0")
    for _ in range(7):
        bucket.take("loc-1", Lane.PERSON)
    bucket.take("loc-1", Lane.BULK)

    status = GhlProvider().status([connection])[connection.pk]

    assert (status.burst_used, status.burst_limit, status.reserved_for_people) == (8, 100, 20)
    assert status.requests_today == 8


def test_a_window_of_long_ago_is_empty(bucket, connection, workspace):
    RateWindow.objects.create(
        key="loc-1", state={"log": [[7, 5, 6, 90, 0]], "last": 6, "day": "2026-01-01", "day_count": 9}
    )

    status = GhlProvider().status([connection])[connection.pk]

    assert (status.burst_used, status.requests_today, status.reserved_for_people) == (0, 0, 3)


@pytest.mark.django_db(transaction=True)
def test_threads_of_one_process_never_get_more_than_the_limit(bucket):
    from django.db import connection as database

    got, start = [], threading.Barrier(8)

    def greedy():
        start.wait()
        got.append(sum(bucket.take("loc-1", Lane.PERSON).granted for _ in range(30)))
        database.close()

    threads = [threading.Thread(target=greedy) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(got) == 100


def test_sweeps_leave_a_share_of_the_day_to_everybody_else(bucket, connection, settings, clock):
    settings.GHL_BURST_LIMIT, settings.GHL_DAILY_LIMIT = 1_999, 100
    while not (grant := bucket.take("loc-1", Lane.BULK)).daily:
        clock.sleep(grant.wait)

    assert usage(["loc-1"])["loc-1"].today == 98
    assert bucket.take("loc-1", Lane.PERSON).granted
    assert bucket.take("loc-1", Lane.WRITE).granted


def test_the_day_that_others_used_counts_for_pages(bucket, connection, workspace):
    read(bucket, limit=100, remaining=99, interval_ms=10_000, daily_limit=10_000, daily_remaining=4_000)

    assert GhlProvider().status([connection])[connection.pk].requests_today == 6_000


def test_a_test_of_the_connection_counts_what_the_headers_leave(bucket, connection, monkeypatch):
    answers = ScriptedTransport(
        answer(
            200,
            {"location": {"id": "loc-1"}},
            X_RateLimit_Limit_Daily="10000",
            X_RateLimit_Daily_Remaining="4000",
        )
    )
    monkeypatch.setattr("integrations.ghl.provider.PooledTransport", lambda **_: answers)

    assert "4,000 requests are left today" in check(connection).sentence


def test_pages_are_told_the_limits_that_are_believed(bucket, connection, workspace):
    read(bucket, limit=25, remaining=24, interval_ms=10_000, daily_limit=10_000)

    status = GhlProvider().status([connection])[connection.pk]

    assert (status.burst_limit, status.daily_limit, status.requests_per_second) == (25, 10_000, 2.5)
