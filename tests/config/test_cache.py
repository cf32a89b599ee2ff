"""A broker or cache that hangs or is down: people sign in, webhooks and ticks are taken, nobody waits for it."""

import socket
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from django.core.cache import caches
from django.test import Client

from config import cache
from config.redis_cache import RedisCache
from tests.conftest import PASSWORD
from tests.whole.installation import Installation

SIGN_IN = "/account/login/"


@contextmanager
def hanging():
    """A port that takes connections and never says a word."""
    with socket.socket() as asleep:
        asleep.bind(("127.0.0.1", 0))
        asleep.listen(64)
        yield f"redis://127.0.0.1:{asleep.getsockname()[1]}/0"


@contextmanager
def dead():
    """A port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"redis://127.0.0.1:{taken.getsockname()[1]}/0"


@pytest.fixture(params=[hanging, dead], ids=["hanging", "dead"])
def gone(request):
    """The address of a Redis that is of no use."""
    with request.param() as address:
        yield address


@pytest.fixture
def use(settings):
    """Make this the site's cache."""

    def _use(**facts):
        settings.CACHES = {"default": facts}
        for kind in (RedisCache, cache.FileCache):
            kind.breaker.reset()

    return _use


@pytest.mark.django_db
def test_people_sign_in_without_the_counter(gone, use, tmp_path, alice):
    use(**cache.configured(gone, tmp_path))

    assert Client().post(SIGN_IN, {"login": alice.email, "password": "wrong"}).status_code == 200
    assert Client().post(SIGN_IN, {"login": alice.email, "password": PASSWORD}).status_code == 302


@pytest.mark.django_db
def test_people_sign_in_when_the_counters_folder_is_of_no_use(use, tmp_path, alice):
    (tmp_path / "file").touch()
    use(BACKEND="config.cache.FileCache", LOCATION=str(tmp_path / "file" / "below"))

    assert Client().post(SIGN_IN, {"login": alice.email, "password": PASSWORD}).status_code == 302


def test_no_number_of_strangers_makes_a_counter_forget(use, tmp_path):
    use(**cache.configured("filesystem://localhost", tmp_path))
    it = caches["default"]
    for number in range(400):
        it.set(f"counter-{number}", number)

    assert all(it.has_key(f"counter-{number}") for number in range(400))


def test_a_full_cache_first_lets_go_of_what_has_ended(use, tmp_path):
    use(BACKEND="config.cache.FileCache", LOCATION=str(tmp_path), OPTIONS={"MAX_ENTRIES": 20})
    it = caches["default"]
    for number in range(19):
        it.set(f"ended-{number}", number, timeout=-1 if number % 2 else 60)
    it.set("last", 0)
    it.set("one-more", 0)

    assert all(it.has_key(f"ended-{number}") for number in range(0, 19, 2))


def test_every_question_to_a_cache_that_is_gone_has_an_answer(gone, use, tmp_path):
    use(**cache.configured(gone, tmp_path))
    it = caches["default"]

    assert (it.get("a"), it.get("a", 7), it.get_many(["a"]), it.has_key("a")) == (None, 7, {}, False)
    assert (it.add("a", 1), it.set("a", 1), it.touch("a"), it.delete("a")) == (True, None, False, False)
    assert (it.incr("a"), it.set_many({"a": 1}), it.delete_many(["a"])) == (1, ["a"], None)
    assert it.get_or_set("a", 5) == 5


def test_one_time_out_is_enough_for_a_while(use, tmp_path, monkeypatch):
    with dead() as address:
        use(**cache.configured(address, tmp_path))
        caches["default"].get("a")
    asked = []
    monkeypatch.setattr("django.core.cache.backends.redis.RedisCacheClient.get", lambda *_: asked.append(1))

    caches["default"].get("a")
    assert asked == []

    RedisCache.breaker.reset()  # the while is over
    caches["default"].get("a")
    assert asked == [1]


RING = """
from integrations.sync import queue
for number in range(50):
    queue.enqueue_fetch(number); queue.enqueue_run(number); queue.enqueue_write(number, 5)
print("rang")
"""


def test_ringing_is_given_up_at_once(gone, tmp_path):
    facts = {"client_id": "a-b", "client_secret": "s", "webhook_public_key": ""}
    nobody = SimpleNamespace(url="http://127.0.0.1:9", hello=facts)
    installation = Installation(tmp_path, nobody, broker_url=gone)

    # Without an end each ring would wait for ever, with an end of its own for minutes in all.
    done = installation.run("manage.py", "shell", "--no-imports", "-v0", "-c", RING)

    assert done.stdout == "rang\n"
