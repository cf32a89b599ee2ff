"""Many things are asked for side by side, by as many threads as the time of an answer is worth."""

import threading
import time
from collections.abc import Iterator

import pytest

from integrations.connections.ports import Permanent, Transient
from integrations.sync.pull.parallel import FEW, QUICK, Parallel

THREADS = 8


@pytest.fixture
def readers(db) -> Iterator[Parallel]:
    readers = Parallel(THREADS)
    yield readers
    readers.close()


def test_answers_come_in_the_order_of_the_items(readers):
    assert readers.gather(lambda item: item * 2, range(100)) == [item * 2 for item in range(100)]


def test_the_error_of_one_item_is_its_result_and_costs_no_other(readers):
    error = Transient("No answer came.")

    def ask(item):
        if item == 1:
            raise error
        return item

    assert readers.gather(ask, range(3)) == [0, error, 2]


def test_a_fault_of_our_own_is_the_result_of_that_item_too(readers):
    (answer,) = readers.gather(lambda item: item / 0, [1])
    assert isinstance(answer, Permanent)
    assert answer.detail == "ZeroDivisionError"


def test_nothing_to_ask_for_is_no_work(readers):
    assert readers.gather(lambda item: item, []) == []


def test_answers_that_take_their_time_are_waited_for_by_all_threads(readers):
    readers.gather(_slow, range(THREADS))
    assert _side_by_side(readers) == THREADS


def test_answers_that_come_at_once_are_asked_for_by_a_few(readers):
    readers.gather(lambda item: item, range(THREADS))
    assert _side_by_side(readers) == FEW


def test_once_answers_take_longer_again_all_threads_are_back(readers):
    readers.gather(lambda item: item, range(THREADS))
    readers.gather(_slow, range(THREADS))
    assert _side_by_side(readers) == THREADS


def _slow(item):
    time.sleep(2 * QUICK)
    return item


def _side_by_side(readers):
    """How many threads work on a large group: each item waits until no more of them come."""
    at_work, most = set(), threading.Semaphore(0)

    def ask(_):
        at_work.add(threading.get_ident())
        most.acquire(timeout=0.2)

    readers.gather(ask, range(4 * THREADS))
    return len(at_work)
