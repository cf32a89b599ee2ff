"""Token calls in both dialects, and what their answers become."""

import json
from urllib.parse import parse_qsl

import pytest

from integrations.ghl.client import StaticToken, TokenSet
from integrations.ghl.client.errors import (
    ClientRefused,
    MalformedAnswer,
    NotActive,
    RateLimited,
    ServerError,
    TokenRefused,
)
from integrations.ghl.client.token_set import read_tokens

from .scripted import ScriptedTransport, answer, client_for

REST = {
    "scope": "contacts.readonly contacts.write",
    "userType": "Location",
    "locationId": "loc-1",
    "companyId": "co-1",
    "userId": "u-1",
    "approvedLocations": ["loc-1"],
}
DATED = {"access_token": "at", "token_type": "Bearer", "expires_in": 86399, "refresh_token": "rt", **REST}
V3 = {"accessToken": "at", "tokenType": "Bearer", "expiresIn": 86399, "refreshToken": "rt", **REST}
TOKENS = TokenSet(
    access_token="at",
    refresh_token="rt",
    expires_in=86399,
    scopes=("contacts.readonly", "contacts.write"),
    user_type="Location",
    location_id="loc-1",
    company_id="co-1",
    user_id="u-1",
    approved_locations=("loc-1",),
)
CODE = {"code": "abc", "client_id": "id", "client_secret": "shh", "redirect_uri": "https://x.example/cb"}


def form(request):
    return dict(parse_qsl(request.body.decode()))


def asking(*script, **changes):
    transport = ScriptedTransport(*script)
    return client_for(transport, auth=None, **changes).oauth, transport.requests


def test_a_code_is_exchanged_in_the_dated_dialect():
    oauth, requests = asking(answer(200, DATED))

    assert oauth.exchange(**CODE) == TOKENS
    assert form(requests[0]) == {"grant_type": "authorization_code", "user_type": "Location", **CODE}
    assert "Version" not in requests[0].headers


def test_a_code_is_exchanged_in_the_dialect_of_v3():
    oauth, requests = asking(answer(200, V3), generation="v3")

    assert oauth.exchange(**CODE) == TOKENS
    assert form(requests[0]) == {
        "grantType": "authorization_code",
        "userType": "Location",
        "code": "abc",
        "clientId": "id",
        "clientSecret": "shh",
        "redirectUri": "https://x.example/cb",
    }
    assert requests[0].headers["Version"] == "v3"


def test_token_calls_can_be_pinned_to_the_other_generation():
    oauth, requests = asking(answer(200, DATED), generation="v3", oauth_generation="2021-07-28")

    oauth.refresh(refresh_token="rt", client_id="id", client_secret="shh")

    assert form(requests[0])["grant_type"] == "refresh_token"
    assert "Version" not in requests[0].headers


def test_a_lost_answer_sends_the_same_refresh_token_again():
    oauth, requests = asking(answer(200, []), answer(200, DATED))

    oauth.refresh(refresh_token="rt", client_id="id", client_secret="shh")

    assert [form(request)["refresh_token"] for request in requests] == ["rt", "rt"]


@pytest.mark.parametrize(
    ("generation", "path"), [("2021-07-28", "/oauth/locationToken"), ("v3", "/oauth/location-token")]
)
def test_a_location_token_is_minted_from_a_companys(generation, path):
    transport = ScriptedTransport(answer(201, {"access_token": "at", "expires_in": 86399, "locationId": "loc-1"}))
    client = client_for(transport, auth=StaticToken("company-token"), generation=generation)

    tokens = client.oauth.location_token("co-1", "loc-1")

    (request,) = transport.requests
    assert request.url.endswith(path)
    assert request.headers["Authorization"] == "Bearer company-token"
    assert form(request) == {"companyId": "co-1", "locationId": "loc-1"}
    assert (tokens.user_type, tokens.company_id, tokens.refresh_token) == ("Location", "co-1", None)


def test_a_refusal_is_final_and_says_why_without_secrets():
    body = {"error": "UnAuthorized!", "error_description": "Authorization code not found"}
    oauth, requests = asking(answer(401, body))

    with pytest.raises(TokenRefused, match=r"code not found.*connect the account again") as refused:
        oauth.exchange(**CODE)

    assert len(requests) == 1
    assert "shh" not in str(refused.value)


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (answer(500, {}), ServerError),
        (answer(408, {}), ServerError),
        (answer(429, {}), RateLimited),
        (answer(200, []), MalformedAnswer),
    ],
)
def test_anything_else_is_worth_the_same_call_again(trouble, error):
    oauth, requests = asking(*[trouble] * 5)

    with pytest.raises(error):
        oauth.exchange(**CODE)

    assert len(requests) == 5


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"error": "invalid_grant"}, TokenRefused),
        ({"error": "UnAuthorized!", "error_description": "Refresh token not found"}, TokenRefused),
        ({"statusCode": 401, "message": "refresh token expired"}, TokenRefused),
        ({"error": "invalid_client"}, ClientRefused),
        ({"error": "bad", "error_description": "Location is not active"}, NotActive),
        ({"error": "temporarily_unavailable"}, MalformedAnswer),
        ({"statusCode": 500, "message": "internal"}, MalformedAnswer),
        ({"statusCode": 429, "message": "slow down"}, MalformedAnswer),
        ({"message": "hello"}, MalformedAnswer),
    ],
)
def test_a_refusal_that_comes_as_a_200_is_a_refusal(body, error):
    oauth, _ = asking(answer(200, body))

    with pytest.raises(error) as refused:
        oauth.refresh(refresh_token="rt", client_id="id", client_secret="shh")

    assert type(refused.value) is error


def test_a_token_that_comes_with_an_error_beside_it_is_a_token():
    oauth, _ = asking(answer(200, {**DATED, "error": "none"}))

    assert oauth.refresh(refresh_token="rt", client_id="id", client_secret="shh") == TOKENS


@pytest.mark.parametrize(
    "scope",
    [
        "contacts.readonly contacts.write",
        "contacts.readonly,contacts.write",
        " contacts.readonly, contacts.write ",
        ["contacts.readonly", "contacts.write"],
        ["contacts.readonly,contacts.write"],
        '["contacts.readonly", "contacts.write"]',
        ["contacts.readonly", 5, "contacts.write"],
    ],
)
def test_scopes_are_read_however_they_are_separated(scope):
    assert read_tokens({**DATED, "scope": scope}).scopes == ("contacts.readonly", "contacts.write")


@pytest.mark.parametrize("data", [{}, {"access_token": ""}, {"access_token": 5}])
def test_an_answer_without_a_token_is_not_trusted(data):
    with pytest.raises(MalformedAnswer):
        read_tokens(data)


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"refresh_token": None}, "refresh_token", None),
        ({"expires_in": "86400"}, "expires_in", 86400),
        ({"expires_in": None}, "expires_in", 3600),
        ({"expires_in": -1}, "expires_in", 3600),
        ({"scope": ["a", "b"]}, "scopes", ("a", "b")),
        ({"scope": None}, "scopes", ()),
        ({"locationId": None, "userType": "Company"}, "location_id", ""),
        ({"approvedLocations": None}, "approved_locations", ()),
    ],
)
def test_what_is_missing_is_empty(changes, field, value):
    assert getattr(read_tokens({**DATED, **changes}), field) == value


def test_repr_shows_no_token():
    assert "'at'" not in repr(TOKENS)
    assert "'rt'" not in repr(TOKENS)


def test_installed_locations_page_by_count_in_the_dated_generation():
    rows = [{"_id": "loc-1"}, {"_id": "loc-2"}]
    transport = ScriptedTransport(
        answer(200, {"locations": rows, "count": 3}),
        answer(200, {"locations": rows[:1], "count": 3}),
        answer(200, {"locations": rows}),
    )
    oauth = client_for(transport).oauth

    first = oauth.installed_locations("co-1", "app-1", limit=2)
    last = oauth.installed_locations("co-1", "app-1", after=first.after, limit=2)

    unknown = oauth.installed_locations("co-1", "app-1", limit=20)

    assert (first.locations, first.after, last.after) == (rows, "2", None)
    assert unknown.after == "2"  # only an empty page ends a list that does not say how long it is
    assert "limit=2&skip=2" in transport.requests[1].url


def test_installed_locations_page_by_token_in_v3():
    more = {"items": [{"_id": "loc-1"}], "pagination": {"nextPageToken": "p2", "hasNextPage": True}}
    end = {"items": [], "pagination": {"nextPageToken": "p3", "hasNextPage": False}}
    transport = ScriptedTransport(answer(200, more), answer(200, end))
    oauth = client_for(transport, generation="v3").oauth

    first = oauth.installed_locations("co-1", "app-1")
    last = oauth.installed_locations("co-1", "app-1", after=first.after)

    assert (first.after, last.after) == ("p2", None)
    assert "pageToken=p2" in transport.requests[1].url


def test_uninstall_names_whom_in_its_body():
    transport = ScriptedTransport(answer(200, {"success": True}))

    client_for(transport).oauth.uninstall("app-1", location_id="loc-1")

    (request,) = transport.requests
    assert (request.method, request.url) == ("DELETE", "https://api.example/marketplace/app/app-1/installations")
    assert json.loads(request.body) == {"locationId": "loc-1"}
