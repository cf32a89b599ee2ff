"""What each refusal means, text by text."""

import json

import pytest

from integrations.ghl.client import OPERATIONS
from integrations.ghl.client.errors import (
    BadRequest,
    ClientRefused,
    Duplicate,
    Forbidden,
    Invalid,
    NotActive,
    NotFound,
    NotInTeam,
    RouteUnknown,
    ScopeMissing,
    SlotTaken,
    TokenDoubted,
    TokenExpired,
    TokenRefused,
    TokenRejected,
    VersionRefused,
    WrongLocation,
    WrongTokenClass,
)
from integrations.ghl.client.refusals import DOORS, error_for, read_refusal

TABLE = OPERATIONS["2021-07-28"]

SEEN = [
    (401, "Invalid JWT", TokenExpired),
    (401, "Invalid token: access token is invalid", TokenExpired),
    (401, "Invalid Private Integration token", TokenRejected),
    (401, "The token is not authorized for this scope.", ScopeMissing),
    (401, "Token's user type mismatch!", WrongTokenClass),
    (401, "This authClass type is not allowed to access this scope, please use another", WrongTokenClass),
    (403, "The token does not have access to this location.", WrongLocation),
    (401, "version header was not found.", VersionRefused),
    (401, "version header is invalid", VersionRefused),
    (400, "Invalid API version segment", VersionRefused),
    (401, "something nobody has seen", TokenDoubted),
    (403, "something nobody has seen", Forbidden),
    (400, "Contact with id abc123 not found", NotFound),
    (400, "Note with id abc123 not found", NotFound),
    (400, "Appointment with id abc123 not found", NotFound),
    (400, "Contact not found for id:abc123", NotFound),
    (400, "Invalid field dateFoo: contact not found for id", BadRequest),
    (404, "Task not found", NotFound),
    (404, "Cannot GET /contact/abc", RouteUnknown),
    (400, "This location does not allow duplicated contacts.", Duplicate),
    (422, ["property x should not exist", "limit must be a number"], Invalid),
    (400, "The slot you have selected is no longer available.", SlotTaken),
    (400, "The user id not part of calendar team.", NotInTeam),
    (400, "Invalid field x", BadRequest),
    (413, "too large", BadRequest),
]


@pytest.mark.parametrize(("status", "message", "meaning"), SEEN, ids=lambda value: str(value)[:40])
def test_text_and_status_decide(status, message, meaning):
    error = error_for(status, {"statusCode": status, "message": message}, TABLE["get_contact"])

    assert type(error) is meaning
    assert (error.status, error.operation) == (status, "get_contact")


def test_every_row_of_the_table_was_seen():
    texts = [message for _, message, _ in SEEN if isinstance(message, str)]

    assert all(any(row.fits(text) for text in texts) for row in DOORS)


def test_missing_scope_is_named():
    error = error_for(401, {"message": "The token is not authorized for this scope."}, TABLE["search_tasks"])

    assert isinstance(error, ScopeMissing)
    assert error.scope == "locations/tasks.readonly"
    assert "grant it in GHL" in str(error)


def test_duplicate_says_which_contact_it_is():
    body = {"message": "This location does not allow duplicated contacts.", "meta": {"contactId": "c1"}}

    error = error_for(400, body, TABLE["get_contact"])

    assert isinstance(error, Duplicate)
    assert error.meta == {"contactId": "c1"}


def test_invalid_keeps_every_message():
    error = error_for(422, {"message": ["a is missing", "b is wrong"]}, TABLE["update_task"])

    assert isinstance(error, Invalid)
    assert error.messages == ["a is missing", "b is wrong"]
    assert "a is missing; b is wrong" in str(error)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"message": "plain"}, "plain"),
        ({"message": ["one", "two"]}, "one; two"),
        ({"error": "Unauthorized"}, "Unauthorized"),
        ({"error": {"code": 5, "message": "inner", "resolution": "do x"}}, "inner"),
        (
            {"error": "UnAuthorized!", "error_description": "Invalid client credentials!"},
            "Invalid client credentials!",
        ),
        ({"message": "", "error": None}, "no reason given"),
        ({"message": {"odd": 1}}, "no reason given"),
        ({}, "no reason given"),
    ],
)
def test_every_shape_of_an_error_body_is_read(body, text):
    assert read_refusal(body).text == text


@pytest.mark.parametrize(
    ("status", "description"),
    [
        (401, "Authorization code not found"),
        (400, "invalid_grant"),
    ],
)
def test_token_endpoint_refuses_for_good(status, description):
    error = error_for(status, {"error": "UnAuthorized!", "error_description": description}, TABLE["token"])

    assert type(error) is TokenRefused
    assert error.message == description


@pytest.mark.parametrize("description", ["Invalid client credentials!", "invalid_client", "Client not found"])
def test_a_client_that_ghl_does_not_know_says_nothing_about_the_refresh_token(description):
    error = error_for(401, {"error": "UnAuthorized!", "error_description": description}, TABLE["token"])

    assert type(error) is ClientRefused
    assert "Compare GHL_CLIENT_ID" in str(error)


@pytest.mark.parametrize("operation", ["token", "location_token", "get_location", "search_contacts"])
@pytest.mark.parametrize(
    ("status", "text"),
    [
        (400, "Location is not active"),
        (401, "This location is inactive."),
        (403, "The sub-account has been suspended"),
        (400, "Company is paused"),
    ],
)
def test_an_account_that_rests_in_ghl_keeps_its_credentials(operation, status, text):
    assert type(error_for(status, {"message": text}, TABLE[operation])) is NotActive


def test_wrong_base_url_is_not_a_void_authorization():
    error = error_for(404, {"message": "Cannot POST /oauth/token"}, TABLE["token"])

    assert type(error) is RouteUnknown


def test_location_token_with_a_stale_company_token_is_refreshed_like_any_call():
    assert type(error_for(401, {"message": "Invalid JWT"}, TABLE["location_token"])) is TokenExpired


def test_trace_id_is_kept_only_when_it_looks_like_one():
    assert read_refusal({"traceId": "3f2a-9b"}).trace_id == "3f2a-9b"
    assert read_refusal({"traceId": "ann@mail.example"}).trace_id is None
    assert read_refusal({"traceId": json.loads("{}")}).trace_id is None
