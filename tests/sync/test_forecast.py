"""What a run will cost is said before it begins, in figures and in words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from integrations.ghl.streams import STREAMS
from integrations.sync import jobs, planner
from integrations.sync.models import StreamCursor, SyncRun
from integrations.sync.planner import Sizes
from integrations.sync.pull import forecast
from tests.sync.conftest import a_contact

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
SIZES = Sizes(contacts=5000, tasks=10_000, users=6, businesses=40, calendars=4, oldest=NOW - timedelta(days=800))


def full(sizes=SIZES, **states):
    return planner.forecast(sizes, STREAMS, kind="full", now=NOW, states=states)


def test_a_full_run_costs_pages_calendars_by_year_and_the_notes_of_each_contact():
    small, contacts, tasks, appointments, notes = 4, 10, 21, 1 + 4 * 3, 5000
    # Of messages and emails a page each, though there are none; of deals as well.
    assert full() == small + contacts + tasks + appointments + notes + 2 + 1


def test_messages_and_deals_cost_their_pages_of_a_hundred():
    sizes = replace(SIZES, messages=200_000, opportunities=250)
    assert full(sizes) == full() + 2_000 + 2 + 1  # the third page of deals, and the names of their stages
    changes = planner.forecast(sizes, STREAMS, kind="incremental", now=NOW)
    assert changes == planner.forecast(SIZES, STREAMS, kind="incremental", now=NOW) + 2 + 1


def test_the_calendars_of_a_large_account_are_read_by_quarter():
    few, many = replace(SIZES, contacts=14_999), replace(SIZES, contacts=15_000)
    quarters = 9  # of 800 days
    assert full(many) == full(few) + 4 * (quarters - 3) + 1


def test_nothing_is_said_before_the_contacts_are_counted():
    assert full(Sizes()) is None


def test_two_tasks_a_contact_are_assumed_until_they_are_counted():
    uncounted = Sizes(contacts=5000, calendars=4, oldest=SIZES.oldest)
    assert full(uncounted) == full()


def test_a_run_of_changes_costs_a_page_of_contacts_all_tasks_this_year_and_the_notes_that_are_due():
    sizes = Sizes(contacts=5000, tasks=10_000, businesses=40, calendars=4, oldest=SIZES.oldest, due={"notes": 7})
    assert planner.forecast(sizes, STREAMS, kind="incremental", now=NOW) == 1 + 1 + 21 + (1 + 4) + 7 + 2 + 1


def test_a_stream_that_is_read_contact_by_contact_costs_a_request_for_each():
    assert full(tasks="fallback") == full() - 21 + 1 + 5000


def test_refused_notes_cost_one_batch_in_a_full_run_and_nothing_in_others():
    assert full(notes="refused") == full() - 5000 + planner.BATCH_OF_CONTACTS
    changes = planner.forecast(SIZES, STREAMS, kind="incremental", now=NOW, states={"tasks": "refused"})
    assert changes == planner.forecast(SIZES, STREAMS, kind="incremental", now=NOW) - 21


@pytest.mark.parametrize(
    ("requests", "words"),
    [
        (5113, "5,113 requests, about 9 minutes, 3% of today"),
        (1168, "1,168 requests, about 2 minutes, under 1% of today"),
        (1, "1 request, a few seconds, under 1% of today"),
        (322, "322 requests, about 30 seconds, under 1% of today"),
        (605, "605 requests, about 1 minute, under 1% of today"),
        (180_000, "180,000 requests, about 5 hours, 90% of today"),
        (300_000, "300,000 requests, about 8 hours, 150% of today"),
    ],
)
def test_the_words_of_a_forecast(requests, words):
    assert planner.cost(requests, per_second=10, daily=200_000) == words


def test_what_is_not_known_is_not_said():
    assert planner.cost(40, per_second=0, daily=0) == "40 requests"


def test_a_repeated_run_has_its_forecast_before_it_begins(connection, filled, full):
    full()
    run, _ = jobs.start_run(connection, trigger=SyncRun.Trigger.MANUAL, kind="full")
    assert run.requests == 0
    assert run.forecast == forecast.forecast(connection, kind="full", now=run.created_at) > 5


def test_a_first_run_has_its_forecast_once_the_first_pages_are_there(connection, filled):
    said = []
    run, _ = jobs.start_run(connection, trigger=SyncRun.Trigger.CONNECT, kind="full")
    assert run.forecast is None
    jobs.advance_run(run.pk, seconds=60, after_step=lambda: said.append(SyncRun.objects.get().forecast))
    # Four small listings, a page each of contacts, tasks, deals, messages and emails, appointments, five's notes.
    assert said[0] == 4 + 1 + 1 + 1 + 1 + 1 + 1 + 5


def test_sizes_of_many_workspaces_cost_seven_queries(
    connection, other_connection, filled, full, django_assert_num_queries
):
    full()
    with django_assert_num_queries(7):
        sizes = forecast.sizes_of([connection.pk, other_connection.pk])
    assert (sizes[connection.pk].contacts, sizes[connection.pk].tasks) == (5, 5)
    assert sizes[other_connection.pk] == Sizes()


def test_what_was_refused_before_is_not_forecast_again(connection, filled, full):
    full()
    before = forecast.forecast(connection, kind="incremental", now=NOW)
    StreamCursor.objects.filter(stream="tasks").update(state="refused")
    assert forecast.forecast(connection, kind="incremental", now=NOW) == before - 1


def test_changed_contacts_have_their_notes_forecast(connection, filled, full):
    full()
    filled.add(a_contact(9, updated_at=NOW + timedelta(days=400)))
    run = full("incremental")
    assert abs(run.forecast - run.requests) <= 3
