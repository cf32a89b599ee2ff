"""The exceptions themselves: sentences without secrets that survive a trip between processes."""

import inspect
import pickle

import pytest

from integrations.ghl.client import errors
from integrations.ghl.client.errors import (
    BadRequest,
    ConnectionFailed,
    GhlError,
    Invalid,
    MalformedAnswer,
    RateLimited,
    ScopeMissing,
    ServerError,
    Timeout,
)
from integrations.ghl.client.scrub import scrub

TREE = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, GhlError)]


@pytest.mark.parametrize("cls", TREE)
def test_the_tree_in_the_docstring_names_every_exception(cls):
    assert cls.__name__ in (errors.__doc__ or "").split()


@pytest.mark.parametrize("cls", TREE)
def test_str_says_what_happened_and_what_to_do(cls):
    text = str(cls("boom.", operation="get_contact", status=400, trace_id="t-1"))

    assert text.startswith("get_contact: GHL answered 400: boom. ")
    assert text.endswith(" Trace t-1.")
    assert ".." not in text


@pytest.mark.parametrize(
    "secret",
    [
        "ann.smith+x@mail.example",
        "+1 (212) 555-0143",
        "2125550143",
        "555-0143",
        "pit-1b2c3d4e-5f60-7a8b",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc_DEF",
        "Bearer abcdef",
    ],
)
@pytest.mark.parametrize("around", ["value {} is bad", "email='{}'", "{}", 'not found: "{}".'])
def test_no_message_keeps_a_token_an_address_or_a_number(secret, around):
    error = Invalid("x", messages=[around.format(secret)])

    assert secret not in scrub(around.format(secret))
    assert secret not in str(BadRequest(around.format(secret)))
    assert secret not in error.messages[0]


@pytest.mark.parametrize(
    "text",
    ["Contact with id Zk3x9LqP20aB7cD1eFgH not found", "Invalid API version segment 2021-07-28", "limit > 500"],
)
def test_harmless_words_stay(text):
    assert scrub(text) == text


def test_message_is_one_short_line():
    assert scrub("a\r\nb\x1b[31m\tc") == "a b [31m c"
    assert len(scrub("word " * 500)) == 300


@pytest.mark.parametrize(
    "error",
    [
        RateLimited("x", daily=True, retry_after=3.0, operation="get_task", status=429, trace_id="t"),
        ScopeMissing("x", scope="contacts.readonly", status=401),
        Invalid("a; b", messages=["a", "b"], status=422),
        Timeout("x", sent=False, operation="get_task"),
    ],
)
def test_an_error_survives_pickling(error):
    back = pickle.loads(pickle.dumps(error))

    assert (type(back), str(back), vars(back)) == (type(error), str(error), vars(error))


@pytest.mark.parametrize(
    ("error", "maybe"),
    [
        (ConnectionFailed("x", sent=False), False),
        (ConnectionFailed("x", sent=True), True),
        (Timeout("x", sent=True), True),
        (MalformedAnswer("x"), True),
        (ServerError("x"), True),
        (RateLimited("x"), False),
        (BadRequest("x"), False),
    ],
)
def test_an_error_says_whether_a_write_may_have_happened(error, maybe):
    assert error.maybe_delivered is maybe
