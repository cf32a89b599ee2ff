"""The attempts of a connection's client become calls in the engine's words, also those outside a sync."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.connections.models import Connection
from integrations.connections.ports import Absent, Lane, Outcome
from integrations.ghl import adapter, health_check, installs, oauth
from integrations.ghl.adapter import CallLog
from integrations.ghl.client import errors
from integrations.ghl.client.dependencies import CallRecord
from integrations.ghl.models import Location
from integrations.ghl.provider import GhlProvider
from integrations.sync.models import ApiCall
from tests.ghl.conftest import code_for

pytestmark = pytest.mark.django_db


def record(**fields):
    known = {"operation": "list_notes", "status": 200, "ms": 120.4, "attempt": 1, "remaining": 57}
    return CallRecord(**{**known, "daily_remaining": 199_000, "outcome": "ok", "trace_id": None, **fields})


@pytest.fixture
def connection(ghl):
    code = code_for(ghl, ghl.location_id)
    return installs.settle(oauth.exchange(code, redirect_uri=""), actor=None)


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("ok", Outcome.OK),
        ("NotFound", Outcome.ABSENT),
        ("RateLimited", Outcome.RATE_LIMITED),
        ("Timeout", Outcome.TRANSIENT),
        ("TokenExpired", Outcome.AUTH_LOST),
        ("Forbidden", Outcome.NOT_PERMITTED),
        ("Invalid", Outcome.PERMANENT),
        ("interrupted", Outcome.INTERRUPTED),
    ],
)
def test_each_end_of_an_attempt_has_a_word_of_the_engine(name, outcome):
    assert adapter.outcome(name) == outcome


def test_no_error_of_the_client_is_without_a_word():
    def below(kind):
        return [kind, *(child for direct in kind.__subclasses__() for child in below(direct))]

    for kind in below(errors.GhlError):
        assert adapter.outcome(kind.__name__) not in (Outcome.OK, Outcome.INTERRUPTED)


def test_a_call_is_told_once_with_what_the_client_knew():
    log, before = CallLog(Lane.BULK), timezone.now()
    log(record(status=429, outcome="RateLimited", trace_id="t-1", attempt=2))
    [call] = log.take_calls()
    assert (call.operation, call.status, call.ms, call.attempt) == ("list_notes", 429, 120, 2)
    assert (call.burst_left, call.day_left, call.trace, call.lane) == (57, 199_000, "t-1", Lane.BULK)
    assert before - timedelta(seconds=1) < call.at < timezone.now()  # when it was sent, not when it had ended
    assert log.take_calls() == []


def test_no_call_is_lost_or_told_twice_while_threads_read_and_a_batch_is_stored():
    log, told = CallLog(Lane.BULK), []
    with ThreadPoolExecutor(8) as pool:
        sent = [pool.submit(lambda: [log(record()) for _ in range(500)]) for _ in range(8)]
        while not all(one.done() for one in sent):
            told += log.take_calls()
    told += log.take_calls()
    assert len(told) == log.count == 4000


def test_a_reader_tells_its_calls_and_names_nobody_in_them(connection, ghl):
    reader = GhlProvider().reader(connection, Lane.PERSON)
    with pytest.raises(Absent):
        reader.one("contacts", "nobody-here", "nobody-here")
    [call] = reader.take_calls()
    assert (call.operation, call.status, call.outcome, call.lane) == (
        "get_contact",
        call.status,
        Outcome.ABSENT,
        Lane.PERSON,
    )
    assert "nobody" not in repr(call)
    assert reader.requests == 1


@pytest.mark.usefixtures("ghl")
def test_a_renewed_sign_in_and_a_test_of_the_connection_are_kept_without_a_run(connection):
    Location.objects.update(expires_at=timezone.now() + timedelta(minutes=1))
    assert health_check.check(Connection.objects.get(provider="ghl")).has_passed
    kept = set(ApiCall.objects.values_list("operation", "connection", "run", "outcome"))
    assert kept == {
        ("token", connection.pk, None, "ok"),
        ("get_location", connection.pk, None, "ok"),
    }


def test_taking_the_app_away_is_kept_too(connection, ghl):
    GhlProvider().withdraw(connection)
    assert ApiCall.objects.latest("pk").operation == "uninstall"


def test_what_connecting_took_is_kept_with_the_account(connection):
    assert [(call.operation, call.connection_id) for call in ApiCall.objects.all()] == [
        ("get_location", connection.pk)
    ]
