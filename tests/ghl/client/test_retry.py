"""Which failures are tried again, and when."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.ghl.client import OPERATIONS
from integrations.ghl.client.errors import (
    BadRequest,
    ConnectionFailed,
    MalformedAnswer,
    NotFound,
    RateLimited,
    ScopeMissing,
    ServerError,
    Timeout,
    TokenExpired,
    TokenRefused,
)
from integrations.ghl.client.retry import LONGEST_DELAY, MAX_ATTEMPTS, delay, should_retry

TABLE = OPERATIONS["2021-07-28"]
READ, WRITE, TOKEN = TABLE["search_contacts"], TABLE["create_task"], TABLE["token"]


@pytest.mark.parametrize(
    ("error", "operation", "reason"),
    [
        (ServerError("x"), READ, "server error"),
        (MalformedAnswer("x"), READ, "unreadable answer"),
        (ConnectionFailed("x", sent=True), READ, "no answer"),
        (Timeout("x", sent=True), READ, "no answer"),
        (RateLimited("x", retry_after=10), READ, "rate limited"),
        (RateLimited("x"), READ, "rate limited"),
        (RateLimited("x", retry_after=3600), READ, None),
        (RateLimited("x", daily=True), READ, None),
        (NotFound("x"), READ, None),
        (BadRequest("x"), READ, None),
        (ScopeMissing("x"), READ, None),
        (TokenExpired("x"), READ, None),
        # A write that may have arrived is the caller's to look up.
        (ServerError("x"), WRITE, None),
        (MalformedAnswer("x"), WRITE, None),
        (ConnectionFailed("x", sent=True), WRITE, None),
        (Timeout("x", sent=True), WRITE, None),
        (ServerError("x"), TABLE["complete_task"], None),
        # One that surely was not carried out may go again.
        (ConnectionFailed("x", sent=False), WRITE, "no answer"),
        (RateLimited("x", retry_after=1), WRITE, "rate limited"),
        # The same refresh token may and should be sent again at once.
        (Timeout("x", sent=True), TOKEN, "no answer"),
        (TokenRefused("x"), TOKEN, None),
    ],
    ids=lambda value: getattr(value, "name", None) or (type(value).__name__ if value else "None"),
)
def test_the_list_of_reasons(error, operation, reason):
    assert should_retry(error, 1, operation) == reason


def test_the_fifth_attempt_is_the_last():
    assert should_retry(ServerError("x"), MAX_ATTEMPTS - 1, READ)
    assert should_retry(ServerError("x"), MAX_ATTEMPTS, READ) is None


@given(st.integers(1, 30), st.floats(0, 1, exclude_max=True))
def test_the_pause_grows_and_keeps_within_its_bounds(attempt, chance):
    pause = delay(ServerError("x"), attempt, lambda: chance)

    full = min(0.5 * 2 ** (attempt - 1), LONGEST_DELAY)
    assert full / 2 <= pause <= full


@given(st.integers(1, 5), st.floats(0, 1, exclude_max=True), st.floats(0, 60))
def test_nobody_comes_back_earlier_than_asked(attempt, chance, asked):
    assert delay(RateLimited("x", retry_after=asked), attempt, lambda: chance) > asked
