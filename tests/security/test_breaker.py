"""A breaker: what failed is left alone for a while, and tried again after it."""

from integrations.security.breaker import Breaker


class Clock:
    now = 1_000.0

    def __call__(self):
        return self.now


def test_what_never_failed_may_be_tried():
    assert not Breaker(5, clock=Clock()).is_open


def test_what_failed_is_left_alone_for_its_seconds_and_no_longer():
    clock = Clock()
    breaker = Breaker(5, clock=clock)
    breaker.trip()

    clock.now += 4.9
    assert breaker.is_open
    clock.now += 0.1
    assert not breaker.is_open


def test_each_failure_begins_the_time_anew():
    clock = Clock()
    breaker = Breaker(5, clock=clock)
    breaker.trip()
    clock.now += 4
    breaker.trip()
    clock.now += 4

    assert breaker.is_open


def test_a_reset_lets_the_next_one_try():
    breaker = Breaker(5, clock=Clock())
    breaker.trip()
    breaker.reset()

    assert not breaker.is_open
