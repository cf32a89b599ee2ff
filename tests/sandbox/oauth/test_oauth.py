"""The consent page, codes, token rotation, tokens of the company, installs."""

import re
import time
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from tests.sandbox.process import MAIN, V3, Sandbox

CALLBACK = "http://127.0.0.1:8000/integrations/oauth/callback/"
SCOPES = "contacts.readonly locations.readonly oauth.readonly oauth.write"


def consent_url(sandbox: Sandbox, **changes: str) -> str:
    fields = {
        "response_type": "code",
        "client_id": sandbox.hello["client_id"],
        "redirect_uri": CALLBACK,
        "scope": SCOPES,
        "state": "s1",
    }
    return f"{sandbox.url}/v2/oauth/chooselocation?{urlencode(fields | changes)}"


def decide(sandbox: Sandbox, decision: str, location_ids: list[str], **changes: str) -> dict[str, list[str]]:
    """Sends the form of the page as a browser would; the parameters of the redirect."""
    page = requests.get(consent_url(sandbox, **changes), timeout=120).text
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)
    fields = [*hidden, *(("location_id", location_id) for location_id in location_ids), ("decision", decision)]
    path = re.search(r'action="([^"]+)"', page).group(1)
    answer = requests.post(sandbox.url + path, data=fields, allow_redirects=False, timeout=120)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(CALLBACK)
    return parse_qs(urlsplit(answer.headers["Location"]).query, keep_blank_values=True)


def token_call(sandbox: Sandbox, **fields: str):
    fields = {"client_id": sandbox.hello["client_id"], "client_secret": sandbox.hello["client_secret"]} | fields
    return requests.post(f"{sandbox.url}/oauth/token", data=fields, timeout=120)


def tokens(sandbox: Sandbox):
    (code,) = decide(sandbox, "approve", [sandbox.location_id])["code"]
    answer = token_call(sandbox, grant_type="authorization_code", code=code, redirect_uri=CALLBACK)
    assert answer.ok, answer.text
    return answer.json()


def refresh(sandbox: Sandbox, value: str):
    return token_call(sandbox, grant_type="refresh_token", refresh_token=value)


def test_the_page_shows_every_sub_account_and_each_scope_in_words(own_sandbox):
    page = requests.get(consent_url(own_sandbox), timeout=120)
    assert page.headers["Content-Type"].startswith("text/html")
    for location in own_sandbox.info()["locations"]:
        assert f'id="location-{location["id"]}"' in page.text
        assert location["name"] in page.text
    assert 'id="approve"' in page.text
    assert 'id="deny"' in page.text
    assert "See contacts with their notes, tasks and appointments" in page.text


def test_an_approval_comes_back_with_code_and_state_and_works(own_sandbox):
    back = decide(own_sandbox, "approve", [own_sandbox.location_id])
    assert back["state"] == ["s1"]
    pair = token_call(own_sandbox, grant_type="authorization_code", code=back["code"][0]).json()
    assert (pair["userType"], pair["locationId"], pair["expires_in"]) == (
        "Location",
        own_sandbox.location_id,
        86399,
    )
    assert set(pair["scope"].split()) == set(SCOPES.split())
    assert own_sandbox.get(f"/locations/{own_sandbox.location_id}", token=pair["access_token"])
    assert own_sandbox.call("GET", "/users/", token=pair["access_token"]).status_code == 401


def test_a_denial_says_so_and_state_is_echoed_only_when_it_was_sent(own_sandbox):
    assert decide(own_sandbox, "deny", [])["error"] == ["access_denied"]
    assert "state" not in decide(own_sandbox, "approve", [own_sandbox.location_id], state="")


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "other"},
        {"redirect_uri": "http://evil.example/"},
        {"scope": "contacts.everything"},
        {"scope": ""},
        {"response_type": "token"},
    ],
)
def test_a_wrong_request_ends_on_the_page_and_never_redirects(own_sandbox, changes):
    answer = requests.get(consent_url(own_sandbox, **changes), allow_redirects=False, timeout=120)
    assert answer.status_code == 400
    assert "cannot be connected" in answer.text


def test_only_registered_redirects_once_there_are_some(own_sandbox):
    own_sandbox.admin("oauth", {"redirect_uris": ["https://crm.example/cb"]})
    assert requests.get(consent_url(own_sandbox), timeout=120).status_code == 400
    allowed = consent_url(own_sandbox, redirect_uri="https://crm.example/cb")
    assert requests.get(allowed, timeout=120).ok


def test_a_code_is_good_for_one_exchange(own_sandbox):
    (code,) = decide(own_sandbox, "approve", [own_sandbox.location_id])["code"]
    assert token_call(own_sandbox, grant_type="authorization_code", code=code).ok
    again = token_call(own_sandbox, grant_type="authorization_code", code=code)
    assert again.status_code == 401
    assert again.json()["error_description"] == "Authorization code not found"


def test_a_code_expires(own_sandbox):
    own_sandbox.admin("oauth", {"code_seconds": 0})
    (code,) = decide(own_sandbox, "approve", [own_sandbox.location_id])["code"]
    assert token_call(own_sandbox, grant_type="authorization_code", code=code).status_code == 401


def test_the_code_is_looked_at_before_the_credentials(own_sandbox):
    answer = token_call(own_sandbox, grant_type="authorization_code", code="x", client_secret="wrong")
    assert answer.json()["error_description"] == "Authorization code not found"
    answer = token_call(own_sandbox, grant_type="refresh_token", refresh_token="x", client_secret="wrong")
    assert answer.json()["error_description"] == "Invalid client credentials!"


def test_a_refresh_rotates_and_forgives_a_repetition_within_the_grace(own_sandbox):
    first = tokens(own_sandbox)
    second = refresh(own_sandbox, first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    repeated = refresh(own_sandbox, first["refresh_token"]).json()
    assert repeated["refresh_token"] == second["refresh_token"]
    counts = own_sandbox.counts()
    assert (counts["rotations"], counts["grace_answers"]) == (1, 1)


def test_after_the_grace_an_old_refresh_token_is_dead(own_sandbox):
    own_sandbox.admin("oauth", {"grace_seconds": 0.01})
    first = tokens(own_sandbox)
    second = refresh(own_sandbox, first["refresh_token"]).json()
    time.sleep(0.05)
    assert refresh(own_sandbox, first["refresh_token"]).status_code == 400
    assert refresh(own_sandbox, second["refresh_token"]).ok


def test_an_expired_access_token_is_refused_until_it_is_refreshed(own_sandbox):
    pair = tokens(own_sandbox)
    own_sandbox.admin("expire-tokens")
    path = f"/locations/{own_sandbox.location_id}"
    answer = own_sandbox.call("GET", path, token=pair["access_token"])
    assert (answer.status_code, answer.json()["message"]) == (401, "Invalid JWT")
    renewed = refresh(own_sandbox, pair["refresh_token"]).json()
    assert own_sandbox.call("GET", path, token=renewed["access_token"]).ok
    assert own_sandbox.call("GET", path).ok, "private tokens do not expire"


def test_revoked_refresh_tokens_and_narrowed_scopes(own_sandbox):
    pair = tokens(own_sandbox)
    own_sandbox.admin("scopes", {"scopes": ["contacts.readonly"]})
    path = f"/locations/{own_sandbox.location_id}"
    assert own_sandbox.call("GET", path, token=pair["access_token"]).status_code == 401
    assert refresh(own_sandbox, pair["refresh_token"]).json()["scope"] == "contacts.readonly"
    assert own_sandbox.admin("revoke-refresh")["revoked"] >= 1
    assert refresh(own_sandbox, pair["refresh_token"]).status_code == 400


def test_v3_speaks_camel_case_in_form_and_json_and_the_old_one_takes_no_json(own_sandbox):
    hello = own_sandbox.hello
    for send in ("data", "json"):
        (code,) = decide(own_sandbox, "approve", [own_sandbox.location_id])["code"]
        fields = {
            "clientId": hello["client_id"],
            "clientSecret": hello["client_secret"],
            "grantType": "authorization_code",
            "code": code,
        }
        answer = requests.post(
            f"{own_sandbox.url}/oauth/token", headers={"Version": V3}, timeout=120, **{send: fields}
        )
        assert answer.ok, answer.text
        assert {"accessToken", "refreshToken", "tokenType", "expiresIn"} <= set(answer.json())
        refused = requests.post(f"{own_sandbox.url}/oauth/token", timeout=120, **{send: fields})
        assert refused.status_code == 422


def company_tokens(sandbox: Sandbox):
    chosen = [location["id"] for location in sandbox.info()["locations"]]
    (code,) = decide(sandbox, "approve", chosen, user_type="Company")["code"]
    return token_call(sandbox, grant_type="authorization_code", code=code, user_type="Location").json()


def test_a_company_answer_needs_one_more_step(own_sandbox):
    pair = company_tokens(own_sandbox)
    assert pair["userType"] == "Company"
    assert "locationId" not in pair
    assert len(pair["approvedLocations"]) == 2
    refused = own_sandbox.call("GET", "/contacts/x", token=pair["access_token"])
    assert refused.status_code == 401
    assert refused.json()["message"].startswith("This authClass type is not allowed to access this scope")
    wanted = {"companyId": pair["companyId"], "locationId": pair["approvedLocations"][1]}
    for path, version in (("/oauth/locationToken", MAIN), ("/oauth/location-token", V3)):
        minted = own_sandbox.call("POST", path, token=pair["access_token"], version=version, data=wanted)
        assert minted.status_code == 201
        assert minted.json()["locationId"] == wanted["locationId"]
    access = minted.json()["accessToken"]
    assert own_sandbox.call("GET", f"/locations/{wanted['locationId']}", token=access).ok


def test_a_minted_token_may_come_without_a_refresh_token(own_sandbox):
    own_sandbox.admin("oauth", {"location_refresh_tokens": False})
    pair = company_tokens(own_sandbox)
    wanted = {"companyId": pair["companyId"], "locationId": own_sandbox.location_id}
    minted = own_sandbox.call("POST", "/oauth/locationToken", token=pair["access_token"], data=wanted).json()
    assert "refresh_token" not in minted


def test_installs_are_listed_in_both_generations_and_end_with_an_uninstall(own_sandbox):
    pair = company_tokens(own_sandbox)
    info = own_sandbox.info()
    query = f"companyId={info['company_id']}&appId={info['app_id']}"
    old = own_sandbox.get(f"/oauth/installedLocations?{query}", token=pair["access_token"])
    assert [row["isInstalled"] for row in old["locations"]] == [True, True]
    new = own_sandbox.get(f"/oauth/installed-locations?{query}&pageSize=1", token=pair["access_token"], version=V3)
    assert (len(new["items"]), new["pagination"]["hasNextPage"]) == (1, True)
    gone = own_sandbox.call(
        "DELETE",
        f"/marketplace/app/{info['app_id']}/installations",
        token=pair["access_token"],
        json={"locationId": own_sandbox.location_id, "reason": "done"},
    )
    assert gone.json()["success"] is True
    left = own_sandbox.get(f"/oauth/installedLocations?{query}&isInstalled=true", token=pair["access_token"])
    assert left["count"] == 1


def test_an_install_from_the_marketplace_carries_a_code_and_nothing_else(own_sandbox):
    code = own_sandbox.admin("code")["code"]
    assert token_call(own_sandbox, grant_type="authorization_code", code=code).ok


def test_a_reconnect_gives_a_code_where_the_app_is_installed(own_sandbox):
    hello = own_sandbox.hello
    body = {"clientKey": hello["client_id"], "clientSecret": hello["client_secret"]}
    body["locationId"] = own_sandbox.location_id
    url = f"{own_sandbox.url}/oauth/reconnect"
    assert requests.post(url, json=body, timeout=120).status_code == 400
    tokens(own_sandbox)
    code = requests.post(url, json=body, timeout=120).json()["authorizationCode"]
    assert token_call(own_sandbox, grant_type="authorization_code", code=code).ok


def test_a_code_belongs_to_its_redirect_address(own_sandbox):
    (code,) = decide(own_sandbox, "approve", [own_sandbox.location_id])["code"]
    answer = token_call(own_sandbox, grant_type="authorization_code", code=code, redirect_uri=CALLBACK + "x")
    assert answer.status_code == 401
    assert token_call(own_sandbox, grant_type="authorization_code", code=code, redirect_uri=CALLBACK).ok
