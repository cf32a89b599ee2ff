"""The budget of one process, used by many threads at once."""

import threading
import time

from integrations.ghl.client import Limits, MemoryBucket, RateReading

from .scripted import Clock


class SlowClock(Clock):
    """Lets another thread in between reading the state and storing it."""

    def __call__(self) -> float:
        time.sleep(0.0001)
        return super().__call__()


def test_threads_together_never_get_more_than_the_limit():
    bucket = MemoryBucket(Limits(burst=100), now=SlowClock())
    got: list[int] = []
    start = threading.Barrier(8)

    def greedy() -> None:
        start.wait()
        got.append(sum(bucket.take("loc-1", 1, "sync").granted for _ in range(50)))

    threads = [threading.Thread(target=greedy) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(got) == 100


def test_locations_do_not_share_a_budget():
    bucket = MemoryBucket(Limits(burst=3), now=Clock())

    assert bucket.take("loc-1", 5, "sync").granted == 3
    assert bucket.take("loc-2", 5, "sync").granted == 3


def test_lanes_share_the_budget_of_a_location_and_keep_their_reserve():
    bucket = MemoryBucket(Limits(burst=10), now=Clock(), reserves={"sync": 4})

    assert bucket.take("loc-1", 10, "sync").granted == 6
    assert bucket.take("loc-1", 10, "interactive").granted == 4


def test_bad_news_reaches_everybody():
    clock = Clock()
    bucket = MemoryBucket(Limits(burst=10), now=clock)

    bucket.observe("loc-1", RateReading(limit=10, remaining=2))
    assert bucket.take("loc-1", 10, "sync").granted == 2

    bucket.punish("loc-1", 60)
    assert bucket.take("loc-1", 1, "interactive").wait == 60.0
    assert bucket.take("loc-2", 1, "interactive").granted == 1


def test_a_booked_slot_holds_unless_everybody_was_stopped_or_its_thread_slept_too_long():
    clock = Clock()
    bucket = MemoryBucket(Limits(burst=10), now=clock)
    assert bucket.confirm("loc-1", 0.01)
    assert not bucket.confirm("loc-1", 5.0)

    bucket.punish("loc-1", 60)

    assert not bucket.confirm("loc-1", 0.01)
    assert bucket.confirm("loc-2", 0.01)
