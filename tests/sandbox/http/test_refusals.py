"""Who may not come in, and what is said: tokens, versions, scopes, sub-accounts, routes."""

import pytest

from tests.sandbox.process import CALENDARS, V3, Sandbox


def refusal(sandbox: Sandbox, method: str, path: str, **rest):
    answer = sandbox.call(method, path, **rest)
    assert answer.json()["traceId"]
    return answer.status_code, answer.json()["message"]


@pytest.mark.parametrize(
    ("token", "message"),
    [(None, "Invalid JWT"), ("nonsense", "Invalid JWT"), ("pit-gone", "Invalid Private Integration token")],
)
def test_a_bad_token_is_refused(sandbox, token, message):
    path = f"/locations/{sandbox.location_id}"
    assert refusal(sandbox, "GET", path, token=token) == (401, message)


@pytest.mark.parametrize(
    ("version", "message"),
    [
        (None, "version header was not found."),
        ("2020-01-01", "version header is invalid"),
        (CALENDARS, "version header is invalid"),
    ],
)
def test_each_family_wants_its_own_version(sandbox, version, message):
    path = f"/locations/{sandbox.location_id}"
    assert refusal(sandbox, "GET", path, version=version) == (401, message)
    assert sandbox.call("GET", path, version=V3).ok


def test_calendars_keep_an_older_version(sandbox):
    path = f"/calendars/?locationId={sandbox.location_id}"
    assert sandbox.call("GET", path, version=CALENDARS).ok
    assert sandbox.call("GET", path, version=V3).ok
    assert refusal(sandbox, "GET", path) == (401, "version header is invalid")


def test_a_scope_that_is_missing_closes_only_its_own_operations(sandbox):
    token = sandbox.admin("pit", {"scopes": ["contacts.readonly"]})["pit"]
    assert sandbox.call("GET", "/contacts/x", token=token).status_code == 400
    path = f"/locations/{sandbox.location_id}/tasks/search"
    expected = (401, "The token is not authorized for this scope.")
    assert refusal(sandbox, "POST", path, token=token, json={}) == expected
    assert refusal(sandbox, "POST", "/contacts/x/notes", token=token, json={}) == expected


def test_a_token_of_the_agency_is_of_the_wrong_class(sandbox):
    token = sandbox.admin("pit", {"company": True})["pit"]
    assert refusal(sandbox, "GET", "/contacts/x", token=token) == (401, "Token's user type mismatch!")
    company = sandbox.info()["company_id"]
    assert sandbox.call("GET", f"/users/search?companyId={company}", token=token).ok


def test_a_foreign_sub_account_is_a_403_wherever_it_is_named(sandbox):
    other = sandbox.info()["locations"][1]
    theirs = sandbox.call(
        "POST", "/contacts/search", token=other["pit"], json={"locationId": other["id"], "pageLimit": 1}
    ).json()["contacts"][0]
    expected = (403, "The token does not have access to this location.")
    body = {"locationId": other["id"], "pageLimit": 1}
    assert refusal(sandbox, "POST", "/contacts/search", json=body) == expected
    assert refusal(sandbox, "GET", f"/locations/{other['id']}") == expected
    assert refusal(sandbox, "GET", f"/businesses/?locationId={other['id']}") == expected
    assert refusal(sandbox, "GET", f"/contacts/{theirs['id']}") == expected


def test_unknown_routes_are_the_only_404(sandbox):
    assert refusal(sandbox, "GET", "/nowhere/else") == (404, "Cannot GET /nowhere/else")
    assert refusal(sandbox, "POST", "/oauth/location-token")[0] == 404
    assert refusal(sandbox, "GET", "/contacts/nobody") == (400, "Contact with id nobody not found")


def test_a_body_that_is_no_json_is_a_400(sandbox):
    answer = sandbox.call("POST", "/contacts/search", data=b"{oops", headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    answer = sandbox.call("POST", "/contacts/search", data=b"[1]", headers={"Content-Type": "application/json"})
    assert answer.status_code == 422


def test_a_revoked_private_token_stops_working(own_sandbox):
    own_sandbox.admin("revoke-pit", {"pit": own_sandbox.pit})
    path = f"/locations/{own_sandbox.location_id}"
    assert refusal(own_sandbox, "GET", path) == (401, "Invalid Private Integration token")
