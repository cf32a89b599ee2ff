"""One call from budget to record: retries, one refresh, the hook, many threads."""

import threading

import pytest

from integrations.ghl.client import Auth, Grant
from integrations.ghl.client.errors import (
    ConnectionFailed,
    MalformedAnswer,
    RateLimited,
    ScopeMissing,
    ServerError,
    Timeout,
    TokenExpired,
    TokenRejected,
)

from .scripted import Clock, EndlessBucket, ScriptedTransport, answer, client_for, refusal

GOOD = answer(200, {"contacts": [], "total": 0, "traceId": "trace-9"})
EXPIRED = refusal(401, "Invalid JWT")


class RotatingAuth(Auth):
    """Hands out token-1, then token-2, and so on."""

    def __init__(self) -> None:
        self.stale: list[str] = []

    def token(self) -> str:
        return f"token-{len(self.stale) + 1}"

    def refresh(self, stale: str) -> str:
        self.stale.append(stale)
        return self.token()


def search(client):
    return client.call("search_contacts", body={"locationId": "loc-1", "pageLimit": 500})


@pytest.mark.parametrize(
    "trouble",
    [
        answer(502, None),
        refusal(429, "slow down"),
        ConnectionFailed("x", sent=True),
        Timeout("x", sent=True),
        answer(200, {"unexpected": True}),
    ],
)
def test_a_read_survives_trouble(trouble):
    transport = ScriptedTransport(trouble, trouble, GOOD)

    assert search(client_for(transport)).data["total"] == 0
    assert len(transport.requests) == 3


def test_a_read_gives_up_after_five_attempts_with_the_last_error():
    transport, clock = ScriptedTransport(*[answer(500, None)] * 9), Clock()

    with pytest.raises(ServerError):
        search(client_for(transport, clock=clock))

    assert len(transport.requests) == 5
    assert clock.slept == [0.5, 1.0, 2.0, 4.0]


@pytest.mark.parametrize("trouble", [answer(500, None), Timeout("x", sent=True), answer(200, [])])
def test_a_write_that_may_have_happened_is_sent_once(trouble):
    transport = ScriptedTransport(trouble)

    with pytest.raises((ServerError, Timeout, MalformedAnswer)) as failed:
        client_for(transport).tasks.complete("c1", "t1")

    assert failed.value.maybe_delivered
    assert len(transport.requests) == 1


def test_a_write_that_never_left_is_sent_again():
    transport = ScriptedTransport(ConnectionFailed("x", sent=False), answer(200, {"task": {"id": "t1"}}))

    assert client_for(transport).tasks.complete("c1", "t1")["id"] == "t1"


def test_an_expired_token_is_refreshed_once_and_the_call_succeeds():
    transport, auth = ScriptedTransport(EXPIRED, GOOD), RotatingAuth()

    search(client_for(transport, auth=auth))

    assert auth.stale == ["token-1"]
    assert transport.tokens == ["Bearer token-1", "Bearer token-2"]


def test_a_write_is_repeated_after_a_refresh():
    transport = ScriptedTransport(EXPIRED, answer(201, {"task": {"id": "t1"}}))
    client = client_for(transport, auth=RotatingAuth())

    assert client.tasks.create("c1", {"title": "Call", "dueDate": "2026-11-21T09:00:00Z"})["id"] == "t1"


def test_a_second_refusal_is_not_about_age():
    auth = RotatingAuth()

    with pytest.raises(TokenExpired):
        search(client_for(ScriptedTransport(EXPIRED, EXPIRED), auth=auth))

    assert len(auth.stale) == 1


def test_a_private_token_that_is_refused_needs_a_person():
    with pytest.raises(TokenRejected, match="cannot be renewed"):
        search(client_for(ScriptedTransport(EXPIRED)))


@pytest.mark.parametrize(
    "text",
    [
        "The token is not authorized for this scope.",
        "version header was not found.",
        "Token's user type mismatch!",
    ],
)
def test_no_other_401_costs_a_rotation(text):
    auth = RotatingAuth()

    with pytest.raises(Exception, match="search_contacts: GHL answered 401"):
        search(client_for(ScriptedTransport(refusal(401, text)), auth=auth))

    assert auth.stale == []


def test_a_429_stops_everybody_and_waits_for_what_was_asked():
    bucket, clock = EndlessBucket(), Clock()
    transport = ScriptedTransport(answer(429, {"message": "slow"}, Retry_After="7"), GOOD)

    search(client_for(transport, bucket=bucket, clock=clock))

    assert bucket.punishments == [7.5]
    assert clock.slept == [7.5]


def test_a_spent_day_is_not_waited_for():
    transport, clock = ScriptedTransport(answer(429, {}, X_RateLimit_Daily_Remaining="0")), Clock()

    with pytest.raises(RateLimited, match="work continues tomorrow") as held:
        search(client_for(transport, clock=clock))

    assert held.value.daily
    assert clock.slept == []


def test_a_call_waits_for_its_budget():
    clock = Clock()
    bucket = EndlessBucket(Grant(0, 2.0), Grant(0, 0.5))

    search(client_for(ScriptedTransport(GOOD), bucket=bucket, clock=clock))

    assert clock.slept == [2.0, 0.5]


def test_a_call_leaves_at_the_moment_that_was_booked_without_asking_again():
    clock = Clock()
    bucket = EndlessBucket(Grant(1, 0.75), Grant(0, 600.0))

    search(client_for(ScriptedTransport(GOOD), bucket=bucket, clock=clock))

    assert (clock.slept, len(bucket.grants)) == ([0.75], 1)


def test_a_booked_moment_that_no_longer_holds_is_asked_for_again():
    clock = Clock()
    bucket = EndlessBucket(Grant(1, 0.75), Grant(0, 3.0), confirmations=[False])
    transport = ScriptedTransport(GOOD)

    search(client_for(transport, bucket=bucket, clock=clock))

    assert clock.slept == [0.75, 3.0]


def test_every_ticket_is_given_back_once_whatever_became_of_it():
    """Sent and answered, sent and silent, no longer held, too late for a patient caller."""
    silent, impatient = Timeout("x", sent=False), Grant(1, 600.0)
    bucket = EndlessBucket(Grant(1, 0.75), Grant(1, 0.0), confirmations=[False])

    search(client_for(ScriptedTransport(silent, GOOD), bucket=bucket))
    bucket.grants = [impatient]
    with pytest.raises(RateLimited):
        search(client_for(ScriptedTransport(), bucket=bucket))

    assert bucket.taken == bucket.finished == [1, 2, 3, 4]


@pytest.mark.parametrize(("grant", "daily"), [(Grant(0, 5.0, daily=True), True), (Grant(0, 600.0), False)])
def test_a_long_wait_is_the_callers_decision_and_nothing_is_sent(grant, daily):
    transport = ScriptedTransport()

    with pytest.raises(RateLimited) as held:
        search(client_for(transport, bucket=EndlessBucket(grant)))

    assert (held.value.daily, held.value.retry_after, held.value.status) == (daily, grant.wait, None)
    assert transport.requests == []


def test_readings_reach_the_bucket_with_their_age():
    clock = Clock()

    class Slow(ScriptedTransport):
        def send(self, request, timeout):
            clock.now += 0.25
            return super().send(request, timeout)

    bucket = EndlessBucket()
    search(client_for(Slow(GOOD), bucket=bucket, clock=clock))

    assert [(reading.remaining, reading.age) for reading in bucket.readings] == [(93, 0.25)]


def test_every_attempt_is_told_and_none_of_its_content():
    records = []
    transport = ScriptedTransport(
        Timeout("x", sent=True), refusal(401, "The token is not authorized for this scope.")
    )

    with pytest.raises(ScopeMissing):
        search(client_for(transport, on_call=records.append))

    assert [(r.operation, r.status, r.attempt, r.remaining, r.outcome, r.trace_id) for r in records] == [
        ("search_contacts", None, 1, None, "Timeout", None),
        ("search_contacts", 401, 2, 93, "ScopeMissing", "trace-1"),
    ]


def test_a_good_attempt_is_told_too():
    records = []

    search(client_for(ScriptedTransport(GOOD), on_call=records.append))

    assert [(r.status, r.daily_remaining, r.outcome, r.trace_id) for r in records] == [
        (200, 199_000, "ok", "trace-9")
    ]


def test_a_failure_of_the_transport_names_the_operation():
    with pytest.raises(ConnectionFailed, match="complete_task: it failed"):
        client_for(ScriptedTransport(ConnectionFailed("x", sent=True))).tasks.complete("c1", "t1")


def test_threads_share_one_client():
    class Echo(ScriptedTransport):
        def send(self, request, timeout):
            self.requests.append(request)
            return answer(200, {"contact": {"id": request.url.rsplit("/", 1)[1]}})

    clock = Clock()
    client = client_for(Echo(), clock=clock)
    seen: dict[int, list[str]] = {}

    def reader(number: int) -> None:
        seen[number] = [client.contacts.get(f"c{number}-{turn}")["id"] for turn in range(20)]

    threads = [threading.Thread(target=reader, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert seen == {number: [f"c{number}-{turn}" for turn in range(20)] for number in range(8)}


def test_an_operation_of_another_generation_is_refused_before_sending():
    with pytest.raises(ValueError, match="v3 has no operation list_contacts"):
        client_for(ScriptedTransport(), generation="v3").call("list_contacts")


def test_a_client_without_a_token_says_so():
    with pytest.raises(ValueError, match="get_contact needs a token"):
        client_for(ScriptedTransport(), auth=None).contacts.get("c1")


def test_a_client_never_sends_a_token_in_clear_text():
    with pytest.raises(ValueError, match="must start with https"):
        client_for(ScriptedTransport(), base_url="http://api.example")


def test_the_client_does_not_show_its_token():
    assert "pit-secret" not in repr(client_for(ScriptedTransport()))
