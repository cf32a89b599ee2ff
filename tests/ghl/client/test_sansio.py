"""Requests and answers as plain data."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.ghl.client import OPERATIONS
from integrations.ghl.client.errors import GhlError, MalformedAnswer, RateLimited, ServerError
from integrations.ghl.client.sansio import build_request, decipher, safe_base_url

from .scripted import RATE_HEADERS

TABLE = OPERATIONS["2021-07-28"]


def build(name, **parts):
    return build_request(TABLE[name], base_url="https://api.example", token="pit-secret", **parts)


def read(name, status, body, headers=RATE_HEADERS):
    return decipher(status, headers, body if isinstance(body, bytes) else json.dumps(body).encode(), TABLE[name])


def test_request_carries_token_version_and_json():
    request = build("complete_task", path_args={"contact_id": "c1", "task_id": "t1"}, body={"completed": True})

    assert (request.method, request.url) == ("PUT", "https://api.example/contacts/c1/tasks/t1/completed")
    assert request.headers["Authorization"] == "Bearer pit-secret"
    assert request.headers["Version"] == "2021-07-28"
    assert request.headers["Content-Type"] == "application/json"
    assert request.body == b'{"completed":true}'


def test_token_call_is_a_form_without_bearer_or_version():
    request = build("token", body={"grant_type": "refresh_token", "refresh_token": "a b&c"})

    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert request.body == b"grant_type=refresh_token&refresh_token=a+b%26c"
    assert not {"Authorization", "Version"} & set(request.headers)


def test_query_leaves_out_what_nobody_set():
    request = build("list_calendars", query={"locationId": "loc 1+", "groupId": None, "showDrafted": True})

    assert request.url.endswith("/calendars/?locationId=loc+1%2B&showDrafted=true")


def test_repr_shows_neither_token_nor_content():
    request = build("search_contacts", body={"query": "ann@mail.example"})

    assert repr(request) == "HttpRequest(method='POST')"


@given(st.text(min_size=1))
def test_no_id_reaches_another_address(contact_id):
    try:
        request = build("list_notes", path_args={"contact_id": contact_id})
    except (ValueError, UnicodeEncodeError):
        return
    start, middle, end = request.url.removeprefix("https://api.example/").split("/")
    assert (start, end) == ("contacts", "notes")
    assert middle.strip(".")
    assert not set(middle) & set("/?#\\ ")


@pytest.mark.parametrize("missing", [{}, {"contact_id": ""}, {"contact_id": ".."}])
def test_missing_or_dotted_id_is_refused_before_sending(missing):
    with pytest.raises(ValueError, match="get_contact needs a contact_id"):
        build("get_contact", path_args=missing)


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "pit-ü"])
def test_token_that_no_header_can_carry_is_refused_without_being_shown(token):
    with pytest.raises(ValueError, match="paste it again") as refused:
        build_request(TABLE["list_calendars"], base_url="https://api.example", token=token)

    assert token not in str(refused.value) or not token


@pytest.mark.parametrize(
    "url", ["https://api.example/", "http://127.0.0.1:9000", "http://localhost:1/", "http://[::1]:9/x"]
)
def test_https_or_this_machine_is_a_safe_base_url(url):
    assert safe_base_url(url) == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example",
        "http://127.0.0.1.evil.example",
        "http://localhost.example",
        "ftp://api.example",
        "api.example",
        "https://user:pw@api.example",
        "https://api.example?x=1",
        "",
    ],
)
def test_any_other_base_url_is_refused(url):
    with pytest.raises(ValueError, match="The base URL must"):
        safe_base_url(url)


@pytest.mark.parametrize("status", [200, 201])
def test_any_2xx_is_success(status):
    answer = read("search_tasks", status, {"tasks": [{"_id": "t1"}], "traceId": "trace-1"})

    assert answer.data["tasks"] == [{"_id": "t1"}]
    assert answer.trace_id == "trace-1"


def test_204_needs_no_body():
    assert read("delete_task", 204, b"").data == {}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"<html>Sign in</html>",
        b'{"contacts": [{"id": "c1"',
        b"null",
        b"[]",
        b'{"contacts": [NaN]}',
        b"\xff\xfe",
        b'{"a":' * 100_000,
        b"{}",
        b'{"contacts": null}',
        b'{"contacts": {"id": "c1"}}',
    ],
)
def test_unreadable_or_listless_answer_is_malformed_and_never_an_empty_listing(body):
    with pytest.raises(MalformedAnswer):
        read("search_contacts", 200, body)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'\xef\xbb\xbf{"contacts": ["a"]}', "a"),
        (b'{"contacts": ["\\ud83d"]}', "\ud83d"),
        (b'{"contacts": ["\\u0000"]}', "\x00"),
        (b'{"contacts": [18446744073709551615]}', 2**64 - 1),
        (b'{"contacts": [1180591620717411303424]}', 2**70),
        (b'{"contacts": [1e999]}', float("inf")),
    ],
)
def test_what_only_some_decoders_take_is_read_all_the_same(body, value):
    assert read("search_contacts", 200, body).data["contacts"] == [value]


def test_single_record_must_be_there():
    with pytest.raises(MalformedAnswer, match="without its object 'contact'"):
        read("get_contact", 200, {"contact": None})


def test_refusal_in_html_is_a_proxy_speaking_and_says_nothing_about_the_record():
    with pytest.raises(MalformedAnswer):
        read("get_contact", 404, b"<html>404 Not Found</html>")


def test_redirect_is_not_followed():
    with pytest.raises(MalformedAnswer, match="redirect"):
        read("get_contact", 302, b"", {"Location": "https://elsewhere.example"})


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_server_error_needs_no_readable_body(status):
    with pytest.raises(ServerError) as failed:
        read("get_contact", status, b"<html>Bad gateway</html>")

    assert failed.value.status == status


@pytest.mark.parametrize(
    ("headers", "pause", "daily"),
    [
        ({"retry-after": "7", "x-ratelimit-interval-milliseconds": "10000"}, 7.0, False),
        ({"x-ratelimit-interval-milliseconds": "10000", "x-ratelimit-remaining": "0"}, 10.0, False),
        ({"x-ratelimit-interval-milliseconds": "10000", "x-ratelimit-remaining": "40"}, None, False),
        ({"x-ratelimit-daily-remaining": "0"}, None, True),
        ({"retry-after": "soon"}, None, False),
        ({}, None, False),
    ],
)
def test_429_says_how_long_and_whether_the_day_is_over(headers, pause, daily):
    with pytest.raises(RateLimited) as held:
        read("get_contact", 429, b"slow down", headers)

    assert (held.value.retry_after, held.value.daily) == (pause, daily)


@given(st.binary(max_size=200), st.integers(200, 599))
def test_no_answer_crashes_the_reader(body, status):
    try:
        answer = read("list_calendars", status, body)
    except GhlError:
        return
    assert isinstance(answer.data, dict)
