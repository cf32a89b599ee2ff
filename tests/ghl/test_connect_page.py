"""The connect page and the private token form: what they show, who may use them, what they refuse."""

import pytest

from integrations.connections.models import Connection
from integrations.ghl.scopes import SCOPES
from integrations.sync.models import SyncRun
from integrations.workspace.models import Membership
from tests.ghl.conftest import CALLBACK

pytestmark = pytest.mark.django_db
FORM = "/integrations/connect/token/"


@pytest.fixture
def connected(as_staff, ghl):
    """The first sub-account, connected by a private token for reading."""
    as_staff.post(FORM, {"location_id": ghl.location_id, "token": ghl.pit})
    return Connection.objects.select_related("workspace", "ghl_location").get(provider="ghl")


def test_the_page_lists_each_scope_with_what_it_unlocks(as_staff, ghl):
    page = as_staff.get("/integrations/connect/")

    assert [scope for scope in SCOPES if scope.name not in page.text] == []
    assert "Changing contacts, their tags, tasks and notes" in page.text
    assert 'id="access-read" value="read" checked' in page.text


def test_the_page_shows_the_exact_redirect_address_to_copy(as_staff, ghl, settings):
    assert f'data-copy="{CALLBACK}"' in as_staff.get("/integrations/connect/").text

    settings.GHL_REDIRECT_URI = "https://crm.example/integrations/oauth/callback/"
    assert (
        'data-copy="https://crm.example/integrations/oauth/callback/"'
        in as_staff.get("/integrations/connect/").text
    )


def test_missing_credentials_are_named_and_nobody_is_sent_away(as_staff, settings):
    settings.GHL_CLIENT_ID, settings.GHL_CLIENT_SECRET = "an-id", ""

    page = as_staff.get("/integrations/connect/")
    assert "<code>GHL_CLIENT_SECRET</code>" in page.text
    assert "<code>GHL_CLIENT_ID</code>" not in page.text
    assert as_staff.post("/integrations/connect/").status_code == 409


def test_browsers_are_allowed_to_follow_the_form_to_the_consent_page(as_staff, ghl):
    policy = as_staff.get("/integrations/connect/")["Content-Security-Policy"]

    assert f"form-action 'self' https: {ghl.url};" in policy + ";"


def test_visitors_sign_in_first_and_only_staff_add_accounts(browse, carol, alice):
    for page in ("/integrations/connect/", FORM):
        assert browse().get(page).status_code == 302
        assert browse(carol).get(page).status_code == 403
        assert browse(alice).post(page).status_code == 403


def test_a_private_token_is_tried_and_then_stored(as_staff, ghl):
    answer = as_staff.post(FORM, {"location_id": ghl.location_id, "token": f" {ghl.pit}\n", "may_write": "on"})

    made = Connection.objects.select_related("ghl_location").get(provider="ghl")
    assert answer.status_code == 302
    assert (made.ghl_location.kind, made.state, made.ghl_location.access_token, made.may_write) == (
        "private",
        "connected",
        ghl.pit,
        True,
    )
    assert made.ghl_location.expires_at is None
    assert SyncRun.objects.get().trigger == SyncRun.Trigger.CONNECT
    assert ghl.counts()["by_operation"] == {"get_location": 1, "search_contacts": 1}


@pytest.mark.parametrize(
    ("location", "token", "says"),
    [
        ("", "pit-wrong-0000", "rejected this token. Check the token and the location ID. Nothing was saved."),
        ("anotherLocation00", "", "belongs to another sub-account. Check the location ID, or use"),
        ("", "two words", "not a token"),
        ("", "tökén", "not a token"),
    ],
)
def test_a_token_that_does_not_work_is_not_stored(as_staff, ghl, location, token, says):
    fields = {"location_id": location or ghl.location_id, "token": token or ghl.pit}

    answer = as_staff.post(FORM, fields)

    assert answer.status_code == 400
    assert says in answer.text
    assert fields["token"] not in answer.text
    assert not Connection.objects.filter(provider="ghl").exists()


def test_an_agencys_token_is_told_where_the_right_one_is_made(as_staff, ghl):
    pit = ghl.admin("pit", {"location_id": ghl.location_id, "company": True})["pit"]

    answer = as_staff.post(FORM, {"location_id": ghl.location_id, "token": pit})

    assert answer.status_code == 400
    assert "agency&#x27;s token. Use one made in the sub-account" in answer.text
    assert "Reconnect" not in answer.text


def test_a_token_without_the_scope_to_read_contacts_is_not_stored(as_staff, ghl):
    pit = ghl.admin("pit", {"location_id": ghl.location_id, "scopes": ["locations.readonly"]})["pit"]

    answer = as_staff.post(FORM, {"location_id": ghl.location_id, "token": pit})

    assert "does not allow this connection to read" in answer.text
    assert not Connection.objects.filter(provider="ghl").exists()


def test_renewing_by_token_keeps_the_workspace_and_cannot_change_the_location(as_staff, ghl, connected, places):
    fresh = ghl.admin("pit", {"location_id": ghl.location_id})["pit"]
    fields = {"workspace": connected.workspace_id, "location_id": places[1]["id"], "token": fresh}

    as_staff.post(FORM, {**fields, "may_write": "on"})

    renewed = Connection.objects.select_related("ghl_location").get(provider="ghl")
    assert (renewed.pk, renewed.external_id) == (connected.pk, ghl.location_id)
    assert (renewed.ghl_location.access_token, renewed.may_write) == (fresh, True)


def test_an_admin_renews_their_own_account_and_does_not_find_others(browse, carol, mallory, ghl, connected):
    Membership.objects.create(user=carol, workspace=connected.workspace, role=Membership.Role.ADMIN)
    fields = {"workspace": connected.workspace_id, "token": ghl.pit}

    assert browse(carol).post(FORM, fields).status_code == 302
    assert browse(mallory).post(FORM, fields).status_code == 404
    assert browse(carol).post(FORM, {**fields, "workspace": "99999999999999999999"}).status_code == 404
    assert browse(carol).post(FORM, {**fields, "workspace": "x' OR 1"}).status_code == 404


def test_a_manager_may_not_renew(browse, bob, ghl, connected):
    Membership.objects.create(user=bob, workspace=connected.workspace, role=Membership.Role.MANAGER)

    answer = browse(bob).post(FORM, {"workspace": connected.workspace_id, "token": ghl.pit})

    assert answer.status_code == 404


def test_the_test_button_answers_in_one_line(as_staff, ghl, connected):
    answer = as_staff.post(f"/integrations/test/{connected.workspace_id}/", headers={"HX-Request": "true"})

    assert "Works. GoHighLevel answered in" in answer.text
    assert "requests are left today" in answer.text
    assert "<html" not in answer.text


def test_the_test_button_says_why_it_failed(as_staff, ghl, connected):
    ghl.admin("next", {"operation": "get_location", "answers": ["500"], "times": 5})

    answer = as_staff.post(f"/integrations/test/{connected.workspace_id}/", follow=True)

    assert "Failed. GoHighLevel has a problem." in answer.text


def test_strangers_cannot_test(browse, mallory, connected):
    assert browse(mallory).post(f"/integrations/test/{connected.workspace_id}/").status_code == 404
