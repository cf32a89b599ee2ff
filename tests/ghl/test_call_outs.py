"""Pages that call GHL: without a turn they say so at once and change nothing; what they cannot finish is told."""

import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.utils import timezone

from integrations.connections.models import Connection
from integrations.connections.ports import AuthLost, Transient
from integrations.ghl import tokens
from integrations.ghl.adapter import new_client
from integrations.ghl.client.errors import OutOfTime
from integrations.ghl.connecting import connect_private
from integrations.ghl.models import Location, ParkedInstall
from integrations.security import callouts
from integrations.security.callouts import Cap, capped
from integrations.sync.models import SyncRun
from integrations.workspace.models import Workspace
from tests.ghl.client.scripted import Clock
from tests.ghl.conftest import code_for, decide, start
from tests.ghl.test_oauth_callback import outcome
from tests.ghl.test_oauth_installs import approve_as_agency, park
from tests.ghl.test_tokens_refresh import connect, read, token_calls
from tests.whole.installation import wait_until

pytestmark = pytest.mark.django_db
FORM = "/integrations/connect/token/"
HELD = "Other requests to GoHighLevel are under way. Nothing was changed. Try again in a few seconds."
HTMX = {"HX-Request": "true"}


@pytest.fixture
def full():
    """Take all turns; called again, give them back."""
    taken = [callouts._lanes.acquire(blocking=False) for _ in range(callouts.LANES)]
    assert all(taken)

    def free():
        while taken:
            taken.pop()
            callouts._lanes.release()

    yield free
    free()


@pytest.fixture
def connected(ghl):
    return connect_private(location_id=ghl.location_id, token=ghl.pit, may_write=False, actor=None)


def press_test(browser, connection, **rest):
    return browser.post(f"/integrations/test/{connection.workspace_id}/", **rest)


def test_a_test_without_a_turn_is_answered_under_its_button(as_staff, connected, full):
    answer = press_test(as_staff, connected, headers=HTMX)

    assert (answer.status_code, answer["Retry-After"], answer["X-Part"]) == (503, "5", "1")
    assert HELD in answer.text
    assert f'id="check-{connected.workspace_id}"' in answer.text
    assert "<html" not in answer.text


def test_a_test_without_a_turn_and_without_javascript_is_answered_by_a_page(as_staff, connected, full):
    answer = press_test(as_staff, connected)

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert HELD in answer.text
    assert "<html" in answer.text


def test_the_eleventh_test_of_a_minute_is_not_made(as_staff, connected, ghl):
    ghl.admin("reset-counts")
    answers = [press_test(as_staff, connected, headers=HTMX) for _ in range(11)]

    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert "10 times within a minute" in answers[-1].text
    assert ghl.counts()["by_operation"] == {"get_location": 10}


def test_a_private_token_without_a_turn_keeps_what_was_typed_and_stores_nothing(as_staff, ghl, full):
    answer = as_staff.post(FORM, {"location_id": ghl.location_id, "token": ghl.pit})

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert HELD in answer.text
    assert f'value="{ghl.location_id}"' in answer.text
    assert ghl.pit not in answer.text
    assert not Connection.objects.filter(provider="ghl").exists()
    assert ghl.counts()["requests"] == 0


def test_an_approval_without_a_turn_can_be_sent_again(as_staff, ghl, full):
    back = decide(start(as_staff), ghl.location_id)
    answer = as_staff.get(back)
    assert answer.status_code == 503
    assert HELD in answer.text
    assert 'href=""' in answer.text
    assert ghl.counts()["by_operation"].get("token", 0) == 0

    full()

    assert as_staff.get(back).status_code == 302
    assert Connection.objects.get(provider="ghl").external_id == ghl.location_id


def test_a_strangers_install_without_a_turn_is_not_used_up(browse, ghl, full):
    code = code_for(ghl, ghl.location_id)
    assert park(browse(), code).status_code == 503

    full()

    assert outcome(park(browse(), code)) == "parked"


def test_an_install_is_not_opened_without_a_turn(as_staff, ghl, full):
    full()
    park(as_staff, code_for(ghl, ghl.location_id))
    page = f"/integrations/installs/{ParkedInstall.objects.get().pk}/"
    assert as_staff.get(page).status_code == 200
    for _ in range(callouts.LANES):
        callouts._lanes.acquire()
    try:
        assert as_staff.get(page).status_code == 503
        assert as_staff.post(page, {"locations": [ghl.location_id]}).status_code == 503
        assert as_staff.post(f"{page}discard/").status_code == 302  # calls nobody
    finally:
        for _ in range(callouts.LANES):
            callouts._lanes.release()
    assert not Connection.objects.filter(provider="ghl").exists()


def test_nobody_is_kept_from_revoking(as_staff, ghl, full):
    connection = connect(ghl)

    answer = as_staff.post(f"/connections/{connection.workspace_id}/revoke/", {"cache": "keep"}, follow=True)

    wiped = Connection.objects.select_related("ghl_location").get(provider="ghl")
    assert (wiped.state, wiped.ghl_location.access_token, wiped.ghl_location.refresh_token) == ("revoked", "", "")
    assert "GHL was not told. Also uninstall the app in GoHighLevel" in answer.text
    assert ghl.counts()["requests"] == 0


def test_what_pages_call_for_is_not_what_commands_wait_for(connected, settings):
    settings.GHL_TIMEOUT = 300

    with capped(Cap(6)):
        assert new_client("loc").deadline is not None
    assert new_client("loc").deadline is None


# Several sub-accounts at once ------------------------------------------------------------------------------------


def test_what_there_was_no_time_for_stays_to_be_claimed(as_staff, ghl, places):
    page = approve_as_agency(as_staff, places[0]["id"], places[1]["id"])["Location"]
    ghl.admin("next", {"operation": "location_token", "answers": ["ok", "429"]})

    answer = as_staff.post(page, {"locations": [place["id"] for place in places]}, follow=True)

    made = Connection.objects.select_related("ghl_location").get(provider="ghl")
    (left,) = [place for place in places if place["id"] != made.external_id]
    assert "1 of 2 chosen sub-accounts are connected." in answer.text
    assert f"Not connected yet: {left['id']}." in answer.text
    assert "Choose them again" in answer.text
    assert f"{made.workspace.name} is connected." in answer.text
    assert SyncRun.objects.get().connection.workspace == made.workspace
    assert ParkedInstall.objects.get().approved_locations == [left["id"]]
    assert f'value="{made.external_id}"' not in answer.text


def test_a_sub_account_that_is_refused_does_not_stop_the_others(as_staff, ghl, places):
    page = approve_as_agency(as_staff, places[0]["id"], places[1]["id"])["Location"]
    ghl.admin("next", {"operation": "location_token", "answers": ["403"]})

    as_staff.post(page, {"locations": [place["id"] for place in places]})

    assert Connection.objects.filter(provider="ghl").count() == 1
    refused = ParkedInstall.objects.get().approved_locations
    assert refused == [
        place["id"] for place in places if place["id"] != Connection.objects.get(provider="ghl").external_id
    ]

    as_staff.post(page, {"locations": refused})
    assert Connection.objects.filter(provider="ghl").count() == 2
    assert not ParkedInstall.objects.exists()


@pytest.mark.parametrize("trouble", ["429", "401"])
def test_when_none_is_connected_nothing_is_kept_and_the_install_stays(as_staff, ghl, places, trouble):
    page = approve_as_agency(as_staff, places[0]["id"], places[1]["id"])["Location"]
    ghl.admin("next", {"operation": "location_token", "answers": [trouble]})

    answer = as_staff.post(page, {"locations": [place["id"] for place in places]})

    assert answer.status_code == 502
    assert "Nothing was connected." in answer.text
    assert not Connection.objects.filter(provider="ghl").exists()
    assert len(ParkedInstall.objects.get().approved_locations) == 2


def test_claiming_asks_for_no_names_again(as_staff, ghl, places):
    page = approve_as_agency(as_staff, places[0]["id"], places[1]["id"])["Location"]
    as_staff.get(page)
    ghl.admin("reset-counts")

    as_staff.post(page, {"locations": [places[0]["id"]]})

    assert ghl.counts()["by_operation"].get("installed_locations", 0) == 0


def test_names_that_did_not_come_in_time_are_said(as_staff, ghl, places):
    page = approve_as_agency(as_staff, places[0]["id"], places[1]["id"])["Location"]
    ghl.admin("next", {"operation": "installed_locations", "answers": ["429"]})

    answer = as_staff.get(page)

    assert "did not tell all names in time" in answer.text
    assert f'value="{places[0]["id"]}"' in answer.text


def test_a_list_that_did_not_come_is_not_an_agency_that_approved_nothing(as_staff, ghl, places):
    approve_as_agency(as_staff, places[0]["id"], places[1]["id"])
    ParkedInstall.objects.update(approved_locations=[])
    ghl.admin("next", {"operation": "installed_locations", "answers": ["429"]})

    answer = as_staff.get(f"/integrations/installs/{ParkedInstall.objects.get().pk}/")

    assert answer.status_code == 502
    assert "GoHighLevel asked us to slow down. Nothing was connected." in answer.text


# Tokens ----------------------------------------------------------------------------------------------------------


def test_a_page_waits_for_another_process_s_refresh_no_longer_than_its_cap(ghl):
    connection, clock = connect(ghl), Clock(0.0)
    held_until = timezone.now() + timedelta(hours=1)
    Location.objects.update(expires_at=timezone.now(), refreshing_until=held_until)

    with capped(Cap(6, clock)), pytest.raises(OutOfTime, match="within 6 seconds"):
        tokens.renewed(
            Location, connection.ghl_location.pk, connection.ghl_location.access_token, sleep=clock.sleep
        )

    assert 6 <= clock.now < 6 + 2 * tokens.POLL_SECONDS
    assert Location.objects.get().refreshing_until == held_until
    assert token_calls(ghl) == 0


@pytest.mark.django_db(transaction=True)
def test_a_refresh_that_a_page_began_ends_well_although_the_page_has_stopped_waiting(ghl):
    connection = connect(ghl)
    Location.objects.update(expires_at=timezone.now())

    with capped(Cap(0.0)), pytest.raises(Transient, match="GoHighLevel did not answer within 0 seconds"):
        read(connection)

    wait_until(
        lambda: Location.objects.get().access_token != connection.ghl_location.access_token, what="the refresh"
    )
    assert Location.objects.get().refreshing_until is None
    assert ghl.counts()["rotations"] == 1


class Refusing(ThreadingHTTPServer):
    """A GHL whose every answer is this one."""

    daemon_threads = True

    def __init__(self, status, body):
        class Answering(BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *args):
                """Nothing."""

        super().__init__(("127.0.0.1", 0), Answering)


@pytest.fixture
def refusing(settings):
    """Make GHL answer everything like this, until it is called again without anything."""
    servers, ghl_url = [], settings.GHL_API_BASE_URL

    def answer(status=None, body=None):
        if status is None:
            settings.GHL_API_BASE_URL = ghl_url
            return
        server = Refusing(status, body)
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        settings.GHL_API_BASE_URL = f"http://127.0.0.1:{server.server_address[1]}"

    yield answer
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (400, {"error": "bad", "error_description": "Location is not active"}, "not active"),
        (403, {"message": "This sub-account is suspended"}, "not active"),
        (200, {"error": "bad", "error_description": "Location is not active"}, "not active"),
        (401, {"error": "UnAuthorized!", "error_description": "Invalid client credentials!"}, "GHL_CLIENT_SECRET"),
    ],
)
def test_a_refusal_that_is_not_about_the_sign_in_heals_by_itself(ghl, refusing, status, body, says):
    connection = connect(ghl)
    Location.objects.update(expires_at=timezone.now())
    refusing(status, body)
    with pytest.raises(Transient, match=says):
        read(connection)
    kept = Connection.objects.select_related("ghl_location").get(provider="ghl")
    assert (kept.state, kept.ghl_location.refreshing_until, kept.ghl_location.refresh_token) == (
        "connected",
        None,
        connection.ghl_location.refresh_token,
    )

    refusing()

    assert read(connection).records


def test_a_200_that_says_invalid_grant_needs_a_person(ghl, refusing):
    connection = connect(ghl)
    Location.objects.update(expires_at=timezone.now())
    refusing(200, {"error": "invalid_grant"})

    with pytest.raises(AuthLost, match="Reconnect this account"):
        read(connection)

    assert Connection.objects.get(provider="ghl").state == "needs_reconnect"


def test_a_code_for_a_sub_account_that_rests_says_so(as_staff, ghl, refusing):
    back = decide(start(as_staff), ghl.location_id)
    refusing(400, {"error": "bad", "error_description": "Location is not active"})

    answer = as_staff.get(back)

    assert (answer.status_code, outcome(answer)) == (409, "not_active")
    assert not Workspace.objects.exists()


def test_scopes_with_commas_allow_what_they_allow(as_staff, ghl, refusing):
    made = connect(ghl)
    body = {"access_token": "at-new", "refresh_token": "rt-new", "expires_in": 86_399}
    refusing(200, body | {"scope": "contacts.readonly,contacts.write"})

    fresh = tokens.renewed(Location, made.ghl_location.pk, made.ghl_location.access_token)

    assert fresh.scopes == ["contacts.readonly", "contacts.write"]


# Location ids ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        " {} ",
        "\u200b{}\ufeff",
        "https://app.gohighlevel.com/v2/location/{}/contacts/smart_list/All",
        "app.gohighlevel.com/location/{}",
        "https://crm.white.example/v2/location/{}?tab=1#top",
        "https://app.gohighlevel.com/accounts/detail/{}",
        "https://x.example/integrations?locationId={}&y=1",
    ],
)
def test_a_location_id_is_found_in_whatever_was_copied(as_staff, ghl, typed):
    answer = as_staff.post(FORM, {"location_id": typed.format(ghl.location_id), "token": ghl.pit})

    assert answer.status_code == 302
    assert Connection.objects.get(provider="ghl").external_id == ghl.location_id
    page = as_staff.get("/connections/").text
    assert (f"The location ID {ghl.location_id} was taken from the address" in page) == ("/" in typed)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("https://app.gohighlevel.com/agency_dashboard/", "This address names no sub-account"),
        ("two words", "only letters and digits"),
        ("ümlaut", "only letters and digits"),
        ("x" * 65, "only letters and digits"),
        ("https://app.gohighlevel.com/location/" + "x" * 65, "This address names no sub-account"),
    ],
)
def test_what_holds_no_location_id_is_not_sent(as_staff, ghl, typed, says):
    answer = as_staff.post(FORM, {"location_id": typed, "token": ghl.pit})

    assert answer.status_code == 400
    assert says in answer.text
    assert ghl.counts()["requests"] == 0
