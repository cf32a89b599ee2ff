"""The two windows, as properties: never too much, hardly too little, and only bad news believed."""

import heapq
import itertools
import json
from collections import deque
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.ghl.client.rate_limit import Limits, is_news, is_punished, observe, punish, take
from integrations.ghl.client.rate_reading import RateReading

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()
MIDNIGHT = datetime(2026, 11, 21, tzinfo=UTC).timestamp()

bursts = st.integers(1, 40)
windows = st.sampled_from([0.5, 1.0, 7.3, 10.0, 60.0])
margins = st.integers(0, 3)
steps = st.lists(st.tuples(st.floats(0, 12), st.integers(1, 50)), max_size=60)
shares = st.floats(0, 1)
lanes = st.sampled_from(["person", "write", "sweep", "watched sweep"])


def lane(name, burst, seconds, margin):
    reserve = {"person": 0, "write": burst // 10, "sweep": burst // 30, "watched sweep": burst // 5}[name]
    pace = {"sweep": 1.5, "watched sweep": 1.05}.get(name, 0.0)
    return Limits(burst=burst, seconds=seconds, margin_cells=margin, reserve=reserve, pace=pace)


def most_in_a_window(moments, seconds):
    """The most that arrived within any `seconds`."""
    inside, most = deque(), 0
    for moment in sorted(moments):
        inside.append(moment)
        while moment - inside[0] >= seconds:
            inside.popleft()
        most = max(most, len(inside))
    return most


@settings(deadline=None)
@given(
    bursts, windows, margins, st.lists(st.tuples(st.floats(0, 3), st.integers(1, 50), lanes, shares), max_size=60)
)
def test_no_window_at_the_server_ever_holds_more_than_the_limit(burst, seconds, margin, plan):
    """Whoever asks, whatever was booked, and however late within the margin each request arrives."""
    state, now, arrivals = {}, NOON, []
    for step, want, name, lateness in plan:
        limits = lane(name, burst, seconds, margin)
        now += step * seconds / 10
        grant = take(state, want, limits, now)
        state = grant.state
        # What leaves at once has the margin; what was booked ahead lies at the start of its cell and has it all.
        assert all((round((now + slot) * 1e6) + 2) % limits.cell < 5 for slot in grant.slots if slot)
        at_once = margin * limits.cell / 1e6
        arrivals += [now + slot + lateness * (limits.good_for if slot else at_once) for slot in grant.slots]

    assert most_in_a_window(arrivals, seconds - 1e-6) <= burst


@settings(deadline=None)
@given(
    bursts,
    windows,
    st.lists(st.tuples(st.floats(0, 3), st.floats(-500, 0) | st.just(0.0), bursts, lanes), max_size=60),
)
def test_clock_set_back_grants_nothing_extra(burst, seconds, plan):
    state, real, offset, sent = {}, NOON, 0.0, []
    for step, jump, want, name in plan:
        real, offset = real + step, offset + jump
        grant = take(state, want, lane(name, burst, seconds, 2), real + offset)
        state = grant.state
        sent += [real + slot for slot in grant.slots]

    assert most_in_a_window(sent, seconds - 1e-6) <= burst


def test_clock_set_back_for_good_stops_us_for_two_windows_at_most():
    limits = Limits(burst=5)
    state = take({}, 5, limits, NOON).state
    long_ago = NOON - 3 * 86_400

    waiting = take(state, 1, limits, long_ago)

    assert waiting.granted == 0
    assert waiting.wait < 2 * limits.seconds
    assert take(waiting.state, 5, limits, long_ago + waiting.wait).granted == 5


@settings(deadline=None, max_examples=30)
@given(st.integers(20, 120), st.sampled_from([1.0, 10.0]), st.integers(1, 10), st.sampled_from([0.0, 1.0, 1.5]))
def test_a_saturated_lane_uses_98_percent_of_the_rate(burst, seconds, want, pace):
    limits = Limits(burst=burst, seconds=seconds, pace=pace)
    state, now, granted = {}, NOON, 0
    while now < NOON + 20 * seconds:
        grant = take(state, want, limits, now)
        state, granted, now = grant.state, granted + grant.granted, now + max(grant.slots, default=grant.wait)

    # Twenty windows after the first, in which a burst may be free.
    assert granted - burst >= 0.98 * 19 * burst


@given(bursts, windows, steps)
def test_the_wait_is_long_enough_and_never_nothing(burst, seconds, plan):
    limits = Limits(burst=burst, seconds=seconds)
    state, now = {}, NOON
    for step, want in plan:
        now += step
        grant = take(state, want, limits, now)
        state = grant.state
        assert bool(grant.granted) is (grant.wait == 0.0)
        assert all(0 <= slot <= limits.horizon / 1e6 for slot in grant.slots)
        if not grant.granted:
            assert 0 < grant.wait <= seconds * 1.08 + 0.001  # booked already: up to a horizon ahead
            assert take(state, 1, limits, now + grant.wait).granted == 1


def sweeping(limits, *, until, threads=16, latency=0.3, late=0.0):
    """A sweep's (state, booked moments): threads that ask, sleep until their moment and a bit, send and wait."""
    state, sent, asking = {}, [], [(NOON, number) for number in range(threads)]
    while asking[0][0] < until:
        now, number = heapq.heappop(asking)
        grant = take(state, 1, limits, now)
        state = grant.state
        sent += [now + slot for slot in grant.slots]
        heapq.heappush(asking, (now + late + (grant.slots[0] + latency if grant.slots else grant.wait), number))
    return state, sent


@pytest.mark.parametrize(("reserve", "pace"), [(20, 1.05), (3, 1.5)])
@pytest.mark.parametrize("after", [0.0, 3.3, 9.9, 10.0, 14.2, 61.0])
def test_a_person_is_granted_at_once_while_a_sweep_runs_at_the_full_limit(reserve, pace, after):
    state, _ = sweeping(Limits(reserve=reserve, pace=pace), until=NOON + after)

    grant = take(state, reserve, Limits(), NOON + after)

    assert grant.slots == (0.0,) * reserve


def test_what_a_person_used_the_sweep_goes_without():
    watched = Limits(reserve=20, pace=1.05)
    state, _ = sweeping(watched, until=NOON + 30)

    state = take(state, 20, Limits(), NOON + 30).state

    assert take(state, 1, watched, NOON + 30.1).slots == ()


def test_a_sweep_keeps_its_pace_and_books_about_a_second_ahead():
    paced = Limits(reserve=20, pace=1.0)

    slots = take({}, 50, paced, NOON).slots

    assert len(slots) == 9  # the first at once
    assert slots[0] == 0.0
    assert {round((b - a) / 0.025) for a, b in itertools.pairwise(slots)} == {5}  # 80 in 10 s are 0.125 s apart


def test_a_stall_is_caught_up_with_quickly_and_a_long_pause_is_not():
    paced = Limits(reserve=20, pace=1.0)
    state = take({}, 1, paced, NOON).state

    assert len(take(state, 50, paced, NOON + 3).slots) > 20
    assert len(take(state, 50, paced, NOON + 30).slots) == 9


def test_a_thread_that_always_wakes_up_late_costs_the_sweep_nothing():
    limits = Limits(reserve=3, pace=1.5)

    _, sent = sweeping(limits, until=NOON + 100, late=0.07)

    assert len(sent) >= 970


@given(steps)
def test_the_state_is_small_and_survives_json(plan):
    limits = Limits()
    state, now = {}, NOON
    for step, want in plan:
        now += step
        state = take(state, want, limits, now).state
        assert json.loads(json.dumps(state)) == state

    assert len(json.dumps(state)) < 4_000


def test_taking_leaves_the_given_state_alone():
    state = take({}, 3, Limits(), NOON).state
    before = json.dumps(state)

    take(state, 3, Limits(), NOON)
    observe(state, RateReading(remaining=0), NOON, Limits())
    punish(state, NOON, 5, Limits())

    assert json.dumps(state) == before


def test_a_lane_leaves_its_reserve_to_others():
    background, interactive = Limits(burst=10, reserve=2), Limits(burst=10)

    grant = take({}, 10, background, NOON)

    assert grant.granted == 8
    assert take(grant.state, 1, background, NOON).granted == 0
    assert take(grant.state, 5, interactive, NOON).granted == 2


def test_a_reserve_larger_than_the_limit_still_leaves_one():
    assert take({}, 5, Limits(burst=3, reserve=50), NOON).granted == 1


def test_the_day_ends_at_midnight_utc():
    limits = Limits(burst=50, daily=60)
    state = take({}, 50, limits, MIDNIGHT - 100).state
    last = take(state, 50, limits, MIDNIGHT - 60)

    spent = take(last.state, 1, limits, MIDNIGHT - 30)

    assert last.granted == 10
    assert (spent.granted, spent.daily, spent.wait) == (0, True, 30.0)
    assert take(spent.state, 50, limits, MIDNIGHT).granted == 50


def test_a_clock_that_crosses_midnight_twice_renews_the_day_once():
    limits = Limits(burst=50, daily=50)
    state = take({}, 50, limits, MIDNIGHT + 5).state
    state = take(state, 1, limits, MIDNIGHT - 30).state

    assert take(state, 1, limits, MIDNIGHT + 5).daily


def test_a_clock_that_was_days_ahead_keeps_its_count_but_not_its_date():
    limits = Limits(burst=50, daily=50)
    state = take({}, 50, limits, MIDNIGHT + 9 * 86_400).state

    corrected = take(state, 1, limits, MIDNIGHT + 5)

    assert corrected.daily
    assert take(corrected.state, 1, limits, MIDNIGHT + 86_405).granted == 1


def test_a_daily_reserve_is_left_too():
    assert take({}, 50, Limits(daily=60, daily_reserve=20), NOON).granted == 40


def test_a_lower_remainder_in_the_headers_lowers_ours():
    state = take({}, 10, Limits(), NOON).state

    state = observe(state, RateReading(limit=100, remaining=30), NOON, Limits())

    assert take(state, 100, Limits(), NOON).granted == 30


@given(st.integers(0, 100), st.integers(0, 300), st.integers(0, 200_000), st.floats(0, 20), st.floats(0, 30))
def test_no_reading_ever_raises_what_is_left(used, remaining, daily_remaining, age, later):
    reading = RateReading(500, remaining, 10_000, 900_000, daily_remaining, age)
    state = take({}, used, Limits(), NOON).state if used else {}

    told = observe(state, reading, NOON, Limits())

    assert take(told, 100, Limits(), NOON + later).granted <= take(state, 100, Limits(), NOON + later).granted


def test_our_own_requests_are_not_taken_for_a_strangers():
    """A saturated client sees `remaining: 0` on answers that are older than slots which came free since."""
    limits = Limits()
    state, now, granted, answers = {}, NOON, 0, deque()
    while now < NOON + 100:
        while answers and answers[0] <= now:
            answers.popleft()
            state = observe(state, RateReading(100, 0, 10_000, age=0.4), now, limits)
        grant = take(state, 1, limits, now)
        state, granted = grant.state, granted + grant.granted
        answers.extend(now + 0.4 + slot for slot in grant.slots)
        now += max(grant.slots, default=grant.wait) or 0.005

    assert granted >= 0.97 * 1000


def test_a_strangers_requests_leave_our_window_again():
    state = observe({}, RateReading(limit=100, remaining=0), NOON, Limits())

    assert take(state, 1, Limits(), NOON).granted == 0
    assert take(state, 100, Limits(), NOON + 10.3).granted == 100


@pytest.mark.parametrize(
    ("limit", "interval_ms", "cap"),
    [(25, 10_000, 25), (25, None, 25), (100, 20_000, 50), (0, 0, 100), (7, 1_000, 7)],
)
def test_a_lower_limit_in_the_headers_is_believed_until_an_answer_of_another_day_says_more(
    limit, interval_ms, cap
):
    limits = Limits(burst=100, daily=1_000_000)
    reading = RateReading(limit=limit, interval_ms=interval_ms)

    state = observe({}, reading, NOON, limits)

    assert take(state, 500, limits, NOON).granted == cap
    tomorrow = take(state, 500, limits, NOON + 86_400)
    assert tomorrow.granted == cap
    same = observe(tomorrow.state, reading, NOON + 86_410, limits)
    assert take(same, 500, limits, NOON + 86_420).granted == cap
    more = observe(tomorrow.state, RateReading(limit=100, interval_ms=10_000), NOON + 86_410, limits)
    assert take(more, 500, limits, NOON + 86_430).granted == 100


def test_daily_headers_lower_the_day():
    limits = Limits(burst=100)
    state = take({}, 5, limits, NOON).state

    state = observe(state, RateReading(daily_limit=10_000, daily_remaining=3), NOON, limits)

    assert take(state, 100, limits, NOON).granted == 3
    assert take(take(state, 3, limits, NOON).state, 1, limits, NOON).daily


def test_yesterdays_answer_does_not_spend_today():
    limits = Limits(burst=100)
    state = take({}, 1, limits, MIDNIGHT + 1).state

    state = observe(state, RateReading(daily_limit=200_000, daily_remaining=0, age=2.0), MIDNIGHT + 1, limits)

    assert take(state, 1, limits, MIDNIGHT + 1).granted == 1


def test_punishment_blocks_every_lane_until_it_is_over():
    state = punish({}, NOON, 7.5, Limits())

    held = take(state, 1, Limits(), NOON + 2.5)

    assert (held.granted, held.wait, held.daily) == (0, 5.0, False)
    assert take(held.state, 1, Limits(), NOON + 7.5).granted == 1


def test_a_shorter_punishment_never_ends_a_longer_one():
    state = punish(punish({}, NOON, 30, Limits()), NOON, 1, Limits())

    assert take(state, 1, Limits(), NOON).wait == 30.0


@pytest.mark.parametrize("seconds", [-5, 0, float("inf"), 10**9])
def test_an_absurd_punishment_is_cut_to_a_day(seconds):
    assert take(punish({}, NOON, seconds, Limits()), 1, Limits(), NOON).wait <= 86_400


def test_changed_settings_forget_nothing():
    state = take({}, 60, Limits(seconds=10), NOON).state

    assert take(state, 100, Limits(seconds=20), NOON + 1).granted == 40


@pytest.mark.parametrize(
    "wrong",
    [
        {"burst": 0},
        {"daily": 0},
        {"seconds": 0},
        {"reserve": -1},
        {"daily_reserve": -1},
        {"margin_cells": -1},
        {"pace": -1},
    ],
)
def test_impossible_limits_are_refused(wrong):
    with pytest.raises(ValueError, match="must"):
        Limits(**wrong)


def test_asking_for_nothing_is_a_mistake():
    with pytest.raises(ValueError, match="at least one"):
        take({}, 0, Limits(), NOON)


@pytest.mark.parametrize("text", ["", "-1", "1.5", "many", "²", "9" * 30])
def test_a_header_that_makes_no_sense_is_no_news(text):
    assert RateReading.from_headers({"x-ratelimit-remaining": text}) is None


def test_the_headers_tell_what_is_left():
    reading = RateReading.from_headers({"x-ratelimit-max": "100", "x-ratelimit-remaining": " 93 "})
    assert reading == RateReading(limit=100, remaining=93)


def test_a_person_is_not_paced():
    assert take({}, 100, Limits(burst=100, seconds=10), NOON).slots == (0.0,) * 100


def test_a_pace_that_nobody_would_notice_is_none():
    assert take({}, 500, Limits(burst=1_000_000, pace=1.0), NOON).slots == (0.0,) * 500


@given(st.integers(0, 100), st.integers(0, 120), st.integers(0, 200), st.floats(0, 20), st.floats(0, 30))
def test_a_reading_is_news_exactly_when_it_changes_what_we_count(spent, limit, remaining, age, later):
    state = take({}, spent, Limits(), NOON).state if spent else observe({}, RateReading(), NOON, Limits())
    reading = RateReading(limit, remaining, 10_000, None, None, age)
    before = observe(state, RateReading(), NOON + later, Limits())

    assert is_news(state, reading, NOON + later, Limits()) is (
        observe(state, reading, NOON + later, Limits()) != before
    )


def test_a_punishment_reaches_those_who_booked():
    state = take({}, 5, Limits(pace=1.0), NOON).state

    state = punish(state, NOON + 0.1, 2, Limits())

    assert is_punished(state, NOON + 2.0)
    assert not is_punished(state, NOON + 2.2)
