"""Whom a tick reads again: active contacts within hours, quiet ones within days, all within the day's share."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.sync import refresh_plan
from integrations.sync.refresh_plan import AIM, Group, Shares

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
NOON = MIDNIGHT + timedelta(hours=12)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOBODY = Group(0, HOUR)
counts = st.integers(0, 200_000)
spans = st.timedeltas(min_value=timedelta(0), max_value=3 * DAY)


def planned(active=0, quiet=0, *, waiting=0, left=None, last=NOON - 5 * MINUTE, now=NOON):
    groups = Group(active, 2 * HOUR), Group(quiet, 7 * DAY)
    return refresh_plan.plan(*groups, waiting=waiting, left=left, last=last, now=now)


@pytest.mark.parametrize(("contacts", "minutes"), [(5_000, 5), (37, 5), (1, 60), (20_000, 5), (2_000, 120)])
def test_the_shares_of_a_cycle_add_up_to_everybody(contacts, minutes):
    step, group = timedelta(minutes=minutes), Group(contacts, DAY / float(AIM))
    starts = [MIDNIGHT + number * step for number in range(DAY // step)]

    shares = [refresh_plan.share(group, last=at, now=at + step) for at in starts]

    assert sum(shares) == contacts
    assert max(shares) - min(shares) <= 1


@pytest.mark.parametrize(("contacts", "elapsed", "share"), [(0, HOUR, 0), (9, -HOUR, 0), (9, 9 * DAY, 9)])
def test_a_share_is_never_less_than_nothing_nor_more_than_everybody(contacts, elapsed, share):
    assert refresh_plan.share(Group(contacts, DAY), last=NOON, now=NOON + elapsed) == share


def test_a_long_pause_does_not_make_one_run_read_everything():
    assert planned(100_000, 100_000, last=NOON - 7 * DAY) == Shares(500, 500)


def test_active_contacts_are_read_within_hours_and_quiet_ones_within_days():
    assert planned(active=2_280, quiet=0) == Shares(100, 0)
    assert planned(active=0, quiet=19_152) == Shares(0, 10)


def test_what_already_waits_comes_before_what_is_due_for_its_age():
    half_a_day = 145 * 100

    assert planned(active=2_280, left=half_a_day) == Shares(100, 0)
    assert planned(active=2_280, left=half_a_day, waiting=60) == Shares(40, 0)
    assert planned(active=2_280, left=half_a_day, waiting=5_000) == Shares(0, 0)


def test_where_the_budget_is_short_each_group_is_sure_of_half():
    half_a_day = 145 * 20

    assert planned(active=2_280, quiet=191_520, left=half_a_day) == Shares(10, 10)
    assert planned(active=2_280, quiet=191_520, left=half_a_day, waiting=100_000) == Shares(0, 10)


def test_a_spent_budget_reads_nothing():
    assert planned(2_280, 100_000, left=0) == planned(2_280, 100_000, left=-50) == Shares(0, 0)


def test_what_an_hour_leaves_over_is_shared_out_among_those_that_follow():
    room = refresh_plan.room_for(24_000, last=MIDNIGHT, now=MIDNIGHT + HOUR)
    assert room == 1_000

    assert refresh_plan.room_for(24_000, last=NOON, now=NOON + HOUR) == 2 * room


def test_yesterday_gives_nothing_to_today():
    assert refresh_plan.room_for(24_000, last=MIDNIGHT - 5 * HOUR, now=MIDNIGHT + HOUR) == 1_000


@given(counts, counts, counts, st.integers(-1_000, 50_000), spans)
def test_a_tick_never_plans_more_than_its_room_nor_less_than_half_of_it_for_the_quiet(
    active, quiet, waiting, left, elapsed
):
    last = NOON - elapsed
    room = refresh_plan.room_for(left, last=last, now=NOON)
    due = refresh_plan.share(Group(quiet, 7 * DAY), last=last, now=NOON)

    shares = planned(active, quiet, waiting=waiting, left=left, last=last)

    assert 0 <= room <= max(left, 0)
    assert shares.active + shares.quiet <= room
    assert shares.active >= 0
    assert shares.quiet >= min(due, room // 2)


@given(st.integers(0, 50_000), st.lists(st.integers(1, 120), min_size=1, max_size=200))
def test_a_day_of_ticks_spends_no_more_than_there_was_however_they_fall(left, minutes):
    at, spent = MIDNIGHT, 0
    for gap in minutes:
        last, at = at, at + gap * MINUTE
        if at >= MIDNIGHT + DAY:
            break
        shares = planned(100_000, 100_000, left=left - spent, last=last, now=at)
        spent += shares.active + shares.quiet

    assert spent <= left
