"""What a web request may do while it calls out: a cap for all of it, a turn among few, so many times a minute."""

import threading
import uuid

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import RequestFactory

from integrations.security import callouts
from integrations.security.callouts import (
    CURRENT,
    Cap,
    CappedCallOuts,
    Held,
    capped,
    finish,
    lane,
    lane_or_silence,
)
from integrations.workspace.models import User


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture(autouse=True)
def _own_counts(settings):
    backend = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": uuid.uuid4().hex}}


def request(user=None, **meta):
    made = RequestFactory().get("/", **meta)
    made.user = user or AnonymousUser()
    return made


@pytest.fixture
def full():
    """All turns are taken."""
    for _ in range(callouts.LANES):
        assert callouts._lanes.acquire(blocking=False)
    yield
    for _ in range(callouts.LANES):
        callouts._lanes.release()


def test_a_cap_runs_out_with_its_clock():
    clock = Clock()
    cap = Cap(6, clock)
    clock.now = 4

    assert cap.left() == 2


def test_the_cap_holds_within_its_block_only():
    cap = Cap(6)
    with capped(cap):
        assert CURRENT.get() is cap
    assert CURRENT.get() is None


def test_a_turn_comes_with_a_fresh_cap():
    with capped(Cap(0)), lane(request(), "test"):
        cap = CURRENT.get()
        assert cap is not None
        assert cap.seconds == callouts.CAP_SECONDS
        assert cap.left() > 0


def test_of_four_web_threads_two_may_call_out():
    assert callouts.LANES == 2


@pytest.mark.usefixtures("full")
def test_without_a_turn_it_says_what_it_means_and_what_to_do():
    with (
        pytest.raises(Held, match=r"Nothing was changed\. Try again in a few seconds") as held,
        lane(request(), "test"),
    ):
        pytest.fail("called out")

    answer = held.value.marked(HttpResponse())
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


def test_a_turn_is_given_back_after_a_failure():
    for _ in range(callouts.LANES + 1):
        with pytest.raises(RuntimeError), lane(request(), "test"):
            raise RuntimeError


def test_a_person_calls_out_ten_times_a_minute_from_whatever_addresses():
    ann = User(pk=1)
    for number in range(10):
        with lane(request(ann, REMOTE_ADDR=f"10.0.0.{number}"), "test"):
            pass

    with pytest.raises(Held, match="10 times within a minute") as held, lane(request(ann), "test"):
        pytest.fail("called out")
    assert (held.value.status, held.value.retry_after) == (429, 60)


def test_one_act_does_not_use_up_another():
    ann = User(pk=1)
    for _ in range(10):
        with lane(request(ann), "test"):
            pass

    with lane(request(ann), "connect"):
        pass


def test_one_address_calls_out_thirty_times_a_minute_whoever_it_is():
    for number in range(30):
        with lane(request(User(pk=number + 1)), "test"):
            pass

    with pytest.raises(Held), lane(request(User(pk=99)), "test"):
        pytest.fail("called out")
    with lane(request(User(pk=99), REMOTE_ADDR="10.0.0.9"), "test"):
        pass


def test_people_whose_address_is_unknown_are_not_counted_as_one(settings):
    settings.TRUSTED_PROXIES = 1
    for number in range(40):
        with lane(request(User(pk=number + 1)), "test"):
            pass


@pytest.mark.usefixtures("full")
def test_what_must_be_done_anyway_is_done_without_calling():
    with lane_or_silence(request(), "revoke"):
        cap = CURRENT.get()
        assert cap is not None
        assert cap.left() <= 0


def test_what_must_be_done_anyway_calls_when_there_is_a_turn():
    with lane_or_silence(request(), "revoke"):
        cap = CURRENT.get()
        assert cap is not None
        assert cap.left() > 0


def test_no_view_is_without_a_cap():
    seen = []
    CappedCallOuts(lambda asked: seen.append(CURRENT.get()) or HttpResponse())(request())

    assert seen[0].seconds == callouts.CAP_SECONDS
    assert CURRENT.get() is None


def test_work_that_nobody_waits_for_any_longer_is_still_done():
    may_end, caps = threading.Event(), []
    ended = threading.Event()

    def work():
        may_end.wait(300)
        caps.append(CURRENT.get())
        ended.set()

    with capped(Cap(0.05)), pytest.raises(TimeoutError):
        finish(work, CURRENT.get())
    may_end.set()

    assert ended.wait(300)
    assert caps == [None]  # the cap of the request is not that of the work


def test_work_that_ends_in_time_gives_what_it_found_and_raises_what_it_met():
    assert finish(lambda: 7, Cap(30)) == 7
    with pytest.raises(ValueError, match="odd"):
        finish(lambda: int("odd"), Cap(30))
