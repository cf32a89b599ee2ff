"""The two windows, as properties: never too much, hardly too little, and only bad news believed."""

import heapq
import json
from collections import deque
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.ghl.client.dependencies import Grant, Limits
from integrations.ghl.client.rate_limit import finish, is_held, is_news, observe, punish, take
from integrations.ghl.client.sansio import RateReading

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()
MIDNIGHT = datetime(2026, 11, 21, tzinfo=UTC).timestamp()

bursts = st.integers(1, 40)
windows = st.sampled_from([0.5, 1.0, 7.3, 10.0])
steps = st.lists(st.tuples(st.floats(0, 12), st.integers(1, 50)), max_size=60)
delays = st.floats(0, 12)
lanes = st.sampled_from(["person", "write", "sweep", "watched sweep"])


def lane(name, burst, seconds):
    reserve = {"person": 0, "write": burst // 10, "sweep": burst // 30, "watched sweep": burst // 5}[name]
    pace = {"sweep": 2.0, "watched sweep": 1.05}.get(name, 0.0)
    return Limits(burst=burst, seconds=seconds, reserve=reserve, pace=pace)


def most_in_a_window(moments, seconds):
    """The most that were counted within any `seconds`, each alone included in the second that it ends."""
    inside, most = deque(), 0
    for moment in sorted(moments):
        inside.append(moment)
        while inside[0] <= moment - seconds:
            inside.popleft()
        most = max(most, len(inside))
    return most


class Traffic:
    """Requests on their way: each is counted by the server at one moment and answered at a later one."""

    def __init__(self, clock=lambda now: now):
        self.state, self.counted, self.sent = {}, [], []
        self._clock, self._events, self._number = clock, [], 0
        self.told = lambda grant, moment: None  # what happens when an answer is read

    def at(self, moment, act):
        self._number += 1
        heapq.heappush(self._events, (moment, self._number, act))

    def run(self, until=float("inf")):
        while self._events and self._events[0][0] < until:
            moment, _, act = heapq.heappop(self._events)
            act(moment)

    def ask(self, limits, want, out, back, *, late=0.0, then=lambda moment: None, refused=lambda moment: None):
        """An act: take, wait and a bit, send; `then` follows the answer, `refused` when there is nothing yet."""

        def act(now):
            grant = take(self.state, want, limits, self._clock(now))
            if not grant.granted:
                refused(now + grant.wait)
                return
            self.state = grant.state
            self.at(now + grant.wait + (late if grant.wait else 0.0), leave(grant))

        def leave(grant):
            def act(now):
                if grant.wait and not is_held(self.state, grant.ticket, self._clock(now)):
                    refused(now)
                    return
                self.sent += [now] * grant.granted
                self.counted += [now + out] * grant.granted
                self.at(now + out + back, answered(grant, limits))

            return act

        def answered(grant, limits):
            def act(now):
                moment = self._clock(now)
                self.told(grant, moment)
                self.state = finish(self.state, {grant.ticket: moment}, moment, limits)
                then(now)

            return act

        return act


requests = st.lists(st.tuples(st.floats(0, 3), st.integers(1, 50), lanes, delays, delays, delays), max_size=60)


@settings(deadline=None)
@given(bursts, windows, requests)
def test_no_window_at_the_server_ever_holds_more_than_the_limit(burst, seconds, plan):
    """Whoever asks, whatever was booked, and however late each request leaves, arrives and is answered."""
    traffic, now = Traffic(), NOON
    for step, want, name, late, out, back in plan:
        now += step * seconds / 10
        traffic.at(now, traffic.ask(lane(name, burst, seconds), want, out, back, late=late / 10))
    traffic.run()

    assert most_in_a_window(traffic.counted, seconds) <= burst


@settings(deadline=None)
@given(bursts, windows, requests, st.lists(st.floats(-500, 0) | st.just(0.0), min_size=60, max_size=60))
def test_clock_set_back_grants_nothing_extra(burst, seconds, plan, jumps):
    offsets = [0.0]
    traffic, now = Traffic(clock=lambda now: now + offsets[0]), NOON

    def set_back(jump):
        return lambda _: offsets.__setitem__(0, offsets[0] + jump)

    for (step, want, name, late, out, back), jump in zip(plan, jumps, strict=False):
        now += step
        traffic.at(now, set_back(jump))
        traffic.at(now, traffic.ask(lane(name, burst, seconds), want, out / 10, back / 10, late=late / 10))
    traffic.run()

    assert most_in_a_window(traffic.counted, seconds - 0.002) <= burst


def answered(grant, limits, now):
    """The state when the answer has come at this moment."""
    return finish(grant.state, {grant.ticket: now}, now, limits)


def test_clock_set_back_for_good_stops_us_for_two_windows_at_most():
    limits = Limits(burst=5)
    state = answered(take({}, 5, limits, NOON), limits, NOON)
    long_ago = NOON - 3 * 86_400

    waiting = take(state, 1, limits, long_ago)

    assert waiting.granted == 0
    assert waiting.wait < 2 * limits.seconds
    assert take(waiting.state, 5, limits, long_ago + limits.seconds).granted == 5


def test_a_slot_counts_until_one_window_after_its_answer():
    """The server may have counted it in the moment before it answered."""
    limits = Limits(burst=1)
    state = answered(take({}, 1, limits, NOON), limits, NOON + 3)

    assert take(state, 1, limits, NOON + 11.9).granted == 0
    assert take(state, 1, limits, NOON + 12.1).wait == pytest.approx(0.9)
    assert take(state, 1, limits, NOON + 13).wait == 0.0


def test_a_request_without_an_answer_is_given_up_when_its_process_must_have_died():
    state = take({}, 100, Limits(), NOON).state

    assert take(state, 1, Limits(), NOON + 60).granted == 0
    assert take(state, 100, Limits(), NOON + 70).granted == 100


def sweeping(limits, *, seconds, threads=16, latency=(0.15, 0.4), late=0.0, busy=None, told=None, traffic=None):
    """A sweep's traffic: threads that ask, sleep until their moment and a bit, send, wait for the answer."""
    traffic, chance = traffic or Traffic(), Random(1)
    traffic.told = told or traffic.told

    def thread(moment):
        back = chance.uniform(*latency)
        ask = traffic.ask(limits, 1, 0.0, back, late=late, then=thread, refused=thread)
        traffic.at(moment, ask)

    for number in range(threads):
        thread(NOON + number / 1000)
    if busy:
        busy(traffic)
    traffic.run(until=NOON + seconds)
    return traffic


IDLE, WATCHED = Limits(reserve=3, pace=2.0), Limits(reserve=20, pace=1.05)


@pytest.mark.parametrize("latency", [(0.0, 0.001), (0.02, 0.05), (0.15, 0.4)])
def test_a_sweep_that_is_alone_sends_97_of_a_hundred(latency):
    assert len(sweeping(IDLE, seconds=100, latency=latency).sent) >= 9.7 * 100


def test_a_sweep_beside_people_sends_80_of_a_hundred_whatever_the_answers_take():
    sent = sweeping(WATCHED, seconds=100).sent

    assert 7.8 * 100 <= len(sent) <= 8.05 * 100
    assert most_in_a_window(sent, 10) == 80


def test_a_thread_that_always_wakes_up_late_costs_the_sweep_little():
    assert len(sweeping(IDLE, seconds=100, late=0.07).sent) >= 9.6 * 100


@settings(deadline=None)
@given(bursts, windows, steps)
def test_the_wait_is_long_enough_and_never_nothing(burst, seconds, plan):
    limits = Limits(burst=burst, seconds=seconds)
    state, now = {}, NOON
    for step, want in plan:
        now += step
        grant = take(state, want, limits, now)
        if grant.granted:
            assert 0 <= grant.wait <= seconds / 10 + 0.001
            now += grant.wait
            state = answered(grant, limits, now)
        else:
            assert 0 < grant.wait <= seconds * 1.11
            assert take(state, 1, limits, now + grant.wait).granted == 1


def test_who_waits_for_answers_asks_again_before_they_can_have_freed_anything():
    state = take({}, 100, Limits(), NOON).state

    assert 9 < take(state, 1, Limits(), NOON + 0.3).wait < 10


@pytest.mark.parametrize("after", [0.5, 3.3, 9.9, 10.0, 14.2, 61.0])
def test_a_person_is_granted_at_once_while_a_sweep_runs_at_its_full_share(after):
    traffic = sweeping(WATCHED, seconds=after)

    grant = take(traffic.state, 20, Limits(), NOON + after)

    assert grant.wait == 0.0
    assert grant.granted >= 17  # of the twenty that are theirs, the sweep's answers may hold a few for a moment


def booked(state, count, limits, now):
    """(the waits of so many requests that ask at the same moment, the state after them)"""
    waits = []
    while len(waits) < count and (grant := take(state, 1, limits, now)).granted:
        waits.append(grant.wait)
        state = grant.state
    return waits, state


@pytest.fixture
def full():
    """All slots are in use; eight that come free within the second are booked by a sweep."""
    state = {}
    for number in range(100):
        grant = take(state, 1, Limits(), NOON)
        state = finish(grant.state, {grant.ticket: NOON + number / 10}, NOON, Limits())
    waits, state = booked(state, 8, Limits(reserve=3), NOON + 10)
    return waits, state


def test_a_person_takes_the_next_slot_from_a_sweep_that_only_waits_for_it(full):
    waits, state = full
    first = min(row for row in state["log"] if row.start > NOON * 1000 + 10_000)

    person = take(state, 1, Limits(), NOON + 10)

    assert person.wait == pytest.approx(waits[1])
    assert not is_held(person.state, first.ticket, NOON + 10.1)
    assert is_held(person.state, person.ticket, NOON + 10.1)


def test_a_sweep_takes_nothing_from_a_sweep_and_a_write_nothing_from_a_person(full):
    waits, state = full

    assert take(state, 1, Limits(reserve=3), NOON + 10).wait > waits[-1]
    person = take(state, 1, Limits(), NOON + 10)
    write = take(person.state, 1, Limits(reserve=1), NOON + 10)
    assert is_held(write.state, person.ticket, NOON + 10.1)


def test_what_a_person_used_the_sweep_goes_without():
    before = len(sweeping(WATCHED, seconds=40).sent)

    def person(traffic):
        traffic.at(NOON + 30, traffic.ask(Limits(), 20, 0.0, 0.1))

    together = sweeping(WATCHED, seconds=40, busy=person).sent
    assert len(together) <= before + 3


def test_a_sweep_keeps_its_pace_and_books_about_a_second_ahead():
    waits, _ = booked({}, 50, Limits(reserve=20, pace=1.0), NOON)

    assert waits == [pytest.approx(0.125 * number) for number in range(9)]  # 80 in 10 s; the first at once


def test_a_stall_is_caught_up_with_quickly_and_a_long_pause_is_not():
    paced = Limits(reserve=20, pace=1.0)
    state = take({}, 1, paced, NOON).state

    assert len(booked(state, 50, paced, NOON + 3)[0]) > 20
    assert len(booked(state, 50, paced, NOON + 30)[0]) == 9


@settings(deadline=None)
@given(steps)
def test_the_state_is_small_and_survives_json(plan):
    limits = Limits()
    state, now = {}, NOON
    for step, want in plan:
        now += step
        grant = take(state, want, limits, now)
        kept = json.loads(json.dumps(grant.state))
        assert take(kept, want, limits, now + 1) == take(grant.state, want, limits, now + 1)
        state = answered(Grant(1, 0.0, kept, grant.ticket), limits, now)

    assert len(json.dumps(state)) < 7_000


def test_taking_leaves_the_given_state_alone():
    state = take({}, 3, Limits(), NOON).state
    before = json.dumps(state)

    take(state, 3, Limits(), NOON)
    observe(state, RateReading(remaining=0), 0, NOON, Limits())
    finish(state, {state["serial"]: NOON}, NOON, Limits())
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
    state = answered(take({}, 50, limits, MIDNIGHT - 100), limits, MIDNIGHT - 100)
    last = take(state, 50, limits, MIDNIGHT - 60)

    spent = take(last.state, 1, limits, MIDNIGHT - 30)

    assert last.granted == 10
    assert (spent.granted, spent.daily, spent.wait) == (0, True, 30.0)
    assert take(answered(last, limits, MIDNIGHT - 50), 50, limits, MIDNIGHT).granted == 50


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
    grant = take({}, 10, Limits(), NOON)

    state = observe(grant.state, RateReading(limit=100, remaining=30), grant.known, NOON, Limits())

    assert take(state, 100, Limits(), NOON).granted == 30


@settings(deadline=None)
@given(st.integers(0, 100), st.integers(0, 300), st.integers(0, 200_000), st.floats(0, 20), st.floats(0, 30))
def test_no_reading_ever_raises_what_is_left(used, remaining, daily_remaining, age, later):
    reading = RateReading(500, remaining, 10_000, 900_000, daily_remaining, age)
    grant = take({}, used, Limits(), NOON) if used else Grant(0, 0.0)
    state = grant.state

    told = observe(state, reading, grant.known, NOON, Limits())

    assert take(told, 100, Limits(), NOON + later).granted <= take(state, 100, Limits(), NOON + later).granted


def test_our_own_requests_are_not_taken_for_a_strangers():
    """A saturated client sees `remaining: 0` on answers that are older than slots which came free since."""
    traffic = Traffic()

    def told(grant, moment):
        reading = RateReading(100, 0 if moment > NOON + 15 else 100, 10_000, age=0.4)
        traffic.state = observe(traffic.state, reading, grant.known, moment, IDLE)

    assert len(sweeping(IDLE, seconds=100, told=told, traffic=traffic).sent) >= 970


def test_what_came_between_a_request_and_its_answer_is_not_a_strangers():
    grant = take({}, 1, Limits(), NOON)
    state = take(grant.state, 40, Limits(), NOON).state

    state = observe(state, RateReading(limit=100, remaining=50), grant.known, NOON, Limits())

    assert take(state, 100, Limits(), NOON).granted == 50


def test_a_strangers_requests_leave_our_window_again():
    grant = take({}, 1, Limits(), NOON)
    state = observe(answered(grant, Limits(), NOON), RateReading(100, remaining=0), grant.known, NOON, Limits())

    assert take(state, 1, Limits(), NOON).granted == 0
    assert take(state, 100, Limits(), NOON + 10.3).granted == 100


@pytest.mark.parametrize(
    ("limit", "interval_ms", "cap"),
    [(25, 10_000, 25), (25, None, 25), (100, 20_000, 50), (0, 0, 100), (7, 1_000, 7)],
)
def test_a_lower_limit_in_the_headers_is_believed_until_an_answer_says_more(limit, interval_ms, cap):
    limits = Limits(burst=100, daily=1_000_000)
    reading = RateReading(limit=limit, interval_ms=interval_ms)

    state = observe({}, reading, 0, NOON, limits)

    assert take(state, 500, limits, NOON).granted == cap
    tomorrow = take(state, 500, limits, NOON + 86_400)
    assert tomorrow.granted == cap
    same = observe(tomorrow.state, reading, 0, NOON + 86_410, limits)
    assert take(same, 500, limits, NOON + 86_480).granted == cap
    more = observe(tomorrow.state, RateReading(limit=100, interval_ms=10_000), 0, NOON + 86_410, limits)
    assert take(more, 500, limits, NOON + 86_490).granted == 100


def test_daily_headers_lower_the_day():
    limits = Limits(burst=100)
    state = take({}, 5, limits, NOON).state

    state = observe(state, RateReading(daily_limit=10_000, daily_remaining=3), 0, NOON, limits)

    assert take(state, 100, limits, NOON).granted == 3
    assert take(take(state, 3, limits, NOON).state, 1, limits, NOON).daily


SPENT = RateReading(100, 99, 10_000, 200_000, 0)
NORMAL = RateReading(100, 90, 10_000, 200_000, 199_000)


def test_a_day_that_an_answer_calls_spent_is_tried_again_every_few_minutes_by_one_request():
    state = observe({}, SPENT, 0, NOON, Limits())
    refused = take(state, 50, Limits(), NOON)
    early = take(refused.state, 50, Limits(), NOON + 299)
    probe = take(early.state, 50, Limits(), NOON + 300)
    state = observe(answered(probe, Limits(), NOON + 300), SPENT, probe.known, NOON + 300, Limits())

    found = [(grant.granted, grant.daily) for grant in (refused, early, probe)]
    assert found == [
        (0, True),
        (0, True),
        (1, False),
    ]
    assert (refused.wait, early.wait) == (300.0, 1.0)
    assert take(state, 50, Limits(), NOON + 310).wait == 290.0


def test_a_newer_answer_gives_the_day_back():
    state = observe({}, SPENT, 0, NOON, Limits())
    probe = take(take(state, 1, Limits(), NOON).state, 1, Limits(), NOON + 300)

    state = observe(answered(probe, Limits(), NOON + 300), NORMAL, probe.known, NOON + 300, Limits())

    assert take(state, 80, Limits(), NOON + 330).granted == 80


@pytest.mark.parametrize("odd", [RateReading(5, 4, 10_000), RateReading(100, 99, 10_000, 7, 6), SPENT])
def test_one_odd_reading_among_normal_ones_leaves_nothing_behind(odd):
    plain = observe({}, NORMAL, 0, NOON, Limits())
    state = observe(observe(plain, odd, 0, NOON, Limits()), NORMAL, 0, NOON + 1, Limits())

    for when in (NOON + 30, NOON + 3_600):
        assert take(state, 100, Limits(), when).granted == take(plain, 100, Limits(), when).granted == 100


def test_what_we_used_up_ourselves_is_not_tried_before_midnight():
    limits = Limits(burst=100, daily=50)
    state = observe(take({}, 50, limits, NOON).state, RateReading(daily_remaining=0), 0, NOON, limits)

    assert take(state, 1, limits, NOON + 400).wait == MIDNIGHT - NOON - 400


def test_yesterdays_answer_does_not_spend_today():
    limits = Limits(burst=100)
    state = take({}, 1, limits, MIDNIGHT + 1).state

    state = observe(state, RateReading(daily_limit=200_000, daily_remaining=0, age=2.0), 0, MIDNIGHT + 1, limits)

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
def test_an_absurd_punishment_is_cut_to_some_minutes(seconds):
    assert take(punish({}, NOON, seconds, Limits()), 1, Limits(), NOON).wait <= 300


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
    assert take({}, 100, Limits(burst=100, seconds=10), NOON).granted == 100


def test_a_pace_that_nobody_would_notice_is_none():
    assert take({}, 500, Limits(burst=1_000_000, pace=1.0), NOON).granted == 500


@settings(deadline=None)
@given(st.integers(0, 99), st.integers(0, 120), st.integers(0, 200), st.floats(0, 20), st.floats(0, 30))
def test_a_reading_is_news_exactly_when_it_changes_what_we_count(spent, limit, remaining, age, later):
    grant = (
        take({}, spent, Limits(), NOON) if spent else Grant(0, 0.0, observe({}, RateReading(), 0, NOON, Limits()))
    )
    reading = RateReading(limit, remaining, 10_000, None, None, age)
    before = observe(grant.state, RateReading(), 0, NOON + later, Limits())

    assert is_news(grant.state, reading, grant.known, NOON + later, Limits()) is (
        observe(grant.state, reading, grant.known, NOON + later, Limits()) != before
    )


def test_a_punishment_reaches_those_who_booked():
    grant = take({}, 5, Limits(pace=1.0), NOON)

    state = punish(grant.state, NOON + 0.1, 2, Limits())

    assert not is_held(state, grant.ticket, NOON + 2.0)
    assert is_held(state, grant.ticket, NOON + 2.2)
