"""A deadline is for everything that a caller asks: attempts, pauses, waits for budget, call after call."""

import pickle

import pytest

from integrations.ghl.client import Grant
from integrations.ghl.client.errors import (
    BadRequest,
    ConnectionFailed,
    OutOfTime,
    RateLimited,
    ServerError,
    Timeout,
)

from .scripted import Clock, EndlessBucket, ScriptedTransport, answer, client_for, refusal

GOOD = answer(200, {"contacts": [], "total": 0})


class Until:
    """A deadline on the clock of a test."""

    def __init__(self, clock, seconds):
        self.clock, self.seconds, self._ends = clock, seconds, clock() + seconds

    def left(self):
        return self._ends - self.clock()


class Slow(ScriptedTransport):
    """Takes `seconds` for each answer, or all of the time-out when that is shorter."""

    def __init__(self, clock, seconds, *script):
        super().__init__(*script)
        self.clock, self.seconds = clock, seconds
        self.timeouts = []

    def send(self, request, timeout):
        self.timeouts.append(timeout)
        self.clock.sleep(min(self.seconds, timeout))
        if self.seconds > timeout:
            self.requests.append(request)
            raise Timeout("no answer came in time")
        return super().send(request, timeout)


@pytest.fixture
def clock():
    return Clock(0.0)


def search(client):
    return client.call("search_contacts", body={"locationId": "loc-1", "pageLimit": 500})


def test_a_hanging_answer_is_waited_for_until_the_deadline_and_no_longer(clock):
    transport = Slow(clock, 60)

    with pytest.raises(OutOfTime, match="did not answer within 6 seconds") as over:
        search(client_for(transport, clock=clock, deadline=Until(clock, 6)))

    assert transport.timeouts == [6]
    assert clock.now == 6
    assert over.value.operation == "search_contacts"
    assert over.value.maybe_delivered


def test_attempts_and_the_pauses_between_them_share_one_deadline(clock):
    transport = Slow(clock, 60)

    with pytest.raises(OutOfTime):
        search(client_for(transport, clock=clock, timeout=2, deadline=Until(clock, 6)))

    assert transport.timeouts == [2, 2, 0.5]  # pauses of 0.5 and 1 s in between
    assert clock.now == 6


def test_the_next_call_has_what_the_one_before_left(clock):
    transport = Slow(clock, 4, GOOD)
    client = client_for(transport, clock=clock, deadline=Until(clock, 6))

    search(client)
    with pytest.raises(OutOfTime):
        search(client)

    assert transport.timeouts == [6, 2]


def test_after_the_deadline_nothing_is_sent_any_more(clock):
    transport, deadline = ScriptedTransport(GOOD), Until(clock, 6)
    clock.sleep(6)

    with pytest.raises(OutOfTime) as over:
        search(client_for(transport, clock=clock, deadline=deadline))

    assert transport.requests == []
    assert not over.value.maybe_delivered


@pytest.mark.parametrize(
    ("trouble", "error"),
    [(answer(500, None), ServerError), (ConnectionFailed("x"), ConnectionFailed), (refusal(400, "x"), BadRequest)],
)
def test_an_answer_says_more_than_that_the_time_is_over(clock, trouble, error):
    with pytest.raises(error) as failed:
        search(client_for(ScriptedTransport(trouble), clock=clock, deadline=Until(clock, 0.4)))

    assert type(failed.value) is error
    assert clock.slept == []


def test_a_429_that_asks_for_more_than_is_left_is_told_and_still_stops_everybody(clock):
    bucket = EndlessBucket()
    transport = ScriptedTransport(answer(429, {"message": "slow"}, Retry_After="7"))

    with pytest.raises(RateLimited):
        search(client_for(transport, bucket=bucket, clock=clock, deadline=Until(clock, 6)))

    assert bucket.punishments == [7.5]
    assert clock.slept == []


def test_budget_that_comes_after_the_deadline_is_not_waited_for(clock):
    bucket = EndlessBucket(Grant(1, 9.0))

    with pytest.raises(RateLimited, match="our own budget"):
        search(client_for(ScriptedTransport(GOOD), bucket=bucket, clock=clock, deadline=Until(clock, 6)))

    assert clock.slept == []


def test_budget_that_comes_in_time_is_waited_for_and_taken_off(clock):
    transport = Slow(clock, 60)
    bucket = EndlessBucket(Grant(1, 2.0))

    with pytest.raises(OutOfTime):
        search(client_for(transport, bucket=bucket, clock=clock, deadline=Until(clock, 6)))

    assert transport.timeouts == [4]


def test_without_a_deadline_a_call_keeps_its_patience(clock):
    transport = Slow(clock, 60)

    with pytest.raises(Timeout):
        search(client_for(transport, clock=clock))

    assert transport.timeouts == [30] * 5


def test_it_survives_the_way_between_processes():
    sent = pickle.loads(pickle.dumps(OutOfTime(seconds=6)))

    assert str(sent).startswith("The call: it failed: GHL did not answer within 6 seconds")
