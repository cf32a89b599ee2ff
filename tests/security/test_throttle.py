"""A counter in the cache: so many in so long, for each act and each person, and never what stops the site."""

import pytest
from django.core.cache.backends.locmem import LocMemCache

from integrations.security.throttle import Rate, allows, forget

FILES = "django.core.cache.backends.filebased.FileBasedCache"
MEMORY = "django.core.cache.backends.locmem.LocMemCache"
RATE = Rate(times=3, seconds=60)


class BrokenCache(LocMemCache):
    """A cache whose server is away."""

    def add(self, *args, **kwargs):
        raise ConnectionError("no route to the cache")


class ForgetfulCache(LocMemCache):
    """A cache that keeps nothing, as one that is full may."""

    def set(self, *args, **kwargs):
        """Nothing."""

    def add(self, *args, **kwargs):
        return True


class Clock:
    def __init__(self):
        self.now = 1_800_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(params=[MEMORY, FILES])
def _cache(request, settings, tmp_path):
    place = str(tmp_path / "cache") if request.param == FILES else str(tmp_path)
    settings.CACHES = {"default": {"BACKEND": request.param, "LOCATION": place}}


pytestmark = pytest.mark.usefixtures("_cache")


def tries(clock, number, act="test", who="person:1"):
    return [allows(act, who, RATE, clock=clock) for _ in range(number)]


def test_the_rate_is_allowed_and_the_next_one_refused(clock):
    assert tries(clock, 5) == [True, True, True, False, False]


def test_what_is_forgotten_is_counted_anew_and_nobody_elses(clock):
    tries(clock, 4), tries(clock, 4, who="person:2")

    forget("test", "person:1")

    assert tries(clock, 4) == [True, True, True, False]
    assert tries(clock, 1, who="person:2") == [False]


def test_what_is_refused_does_not_make_it_longer(clock):
    tries(clock, 9)
    clock.now += 60

    assert tries(clock, 4) == [True, True, True, False]


def test_the_span_begins_with_the_first_time_not_with_the_minute(clock):
    tries(clock, 1)
    clock.now += 59
    assert tries(clock, 3) == [True, True, False]
    clock.now += 1
    assert tries(clock, 1) == [True]


def test_each_person_and_each_act_is_counted_alone(clock):
    tries(clock, 4)

    assert tries(clock, 1, who="person:2") == [True]
    assert tries(clock, 1, act="connect") == [True]


def test_a_clock_that_was_put_back_does_not_refuse_for_ever(clock):
    tries(clock, 4)
    clock.now -= 3600

    assert tries(clock, 1) == [True]


@pytest.mark.parametrize("broken", ["BrokenCache", "ForgetfulCache"])
def test_a_cache_that_fails_refuses_nobody(settings, clock, broken):
    settings.CACHES = {"default": {"BACKEND": f"{__name__}.{broken}", "LOCATION": "x"}}

    assert all(tries(clock, 9))


def test_names_do_not_stand_in_the_cache(settings, tmp_path, clock):
    settings.CACHES = {"default": {"BACKEND": FILES, "LOCATION": str(tmp_path / "names")}}

    allows("test", "person:ann@mail.example", RATE, clock=clock)

    stored = b"".join(path.read_bytes() for path in (tmp_path / "names").iterdir())
    assert stored
    assert b"ann@mail.example" not in stored
