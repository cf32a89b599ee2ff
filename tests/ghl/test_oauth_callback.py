"""The callback: one way in, and every way it can go wrong, each with nothing stored."""

import logging
from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection as database
from django.utils import timezone

from integrations.connections.models import Connection
from integrations.ghl import oauth
from integrations.ghl.models import Agency, Location, ParkedInstall
from integrations.sync.models import SyncRun
from integrations.workspace.models import AuditEntry, Membership, Workspace
from tests.ghl.conftest import asked, decide, start

pytestmark = pytest.mark.django_db


@pytest.fixture
def nothing_stored(db):
    """Whatever a test does, no credentials and no workspace of its doing are left."""
    before = Workspace.objects.count(), Connection.objects.filter(provider="ghl").count()
    yield
    assert (Workspace.objects.count(), Connection.objects.filter(provider="ghl").count()) == before
    assert not ParkedInstall.objects.exists()
    assert not Agency.objects.exists()


def outcome(answer) -> str:
    """The key of the outcome that a page shows."""
    return answer.context["outcome"].key


@pytest.fixture
def connected(as_staff, ghl):
    """The first sub-account, connected for reading."""
    as_staff.get(decide(start(as_staff), ghl.location_id))
    return Connection.objects.select_related("workspace", "ghl_location").get(provider="ghl")


def test_approving_connects_and_starts_the_first_sync(as_staff, ghl, staff):
    answer = as_staff.get(decide(start(as_staff), ghl.location_id))

    made = Connection.objects.select_related("ghl_location").get(provider="ghl")
    assert answer.status_code == 302
    assert (made.external_id, made.ghl_location.kind, made.state) == (ghl.location_id, "oauth", "connected")
    assert made.workspace.timezone == "America/New_York"
    assert made.workspace.country == "US"
    assert made.installed_by == staff
    assert made.ghl_location.expires_at > timezone.now() + timedelta(hours=23)
    assert SyncRun.objects.get().trigger == SyncRun.Trigger.CONNECT
    assert AuditEntry.objects.get(act="connection.connect").actor == staff


def test_only_reading_is_asked_for_unless_writing_was_chosen(as_staff, ghl):
    reading, writing = asked(start(as_staff)), asked(start(as_staff, access="write"))

    assert "contacts.readonly" in reading["scope"].split()
    assert not [scope for scope in reading["scope"].split() if scope.endswith(".write")]
    assert set(writing["scope"].split()) - set(reading["scope"].split()) == {
        "contacts.write",
        "calendars/events.write",
    }
    assert reading["version_id"] == ghl.info()["app_id"]
    assert reading["redirect_uri"] == "http://127.0.0.1:8000/integrations/oauth/callback/"
    assert (reading["response_type"], reading["loginWindowOpenMode"]) == ("code", "self")


def test_a_connection_made_for_reading_does_not_write(connected):
    assert connected.may_write is False


def test_a_connection_made_for_writing_writes(as_staff, ghl):
    as_staff.get(decide(start(as_staff, access="write"), ghl.location_id))

    assert Connection.objects.get(provider="ghl").may_write is True


@pytest.mark.usefixtures("nothing_stored")
def test_a_denial_says_so(as_staff, ghl):
    answer = as_staff.get(decide(start(as_staff), ghl.location_id, deny=True))

    assert outcome(answer) == "denied"
    assert "declined" in answer.text


@pytest.mark.usefixtures("nothing_stored")
def test_a_forged_state_is_refused_before_the_code_is_touched(as_staff, ghl):
    back = decide(start(as_staff), ghl.location_id)

    answer = as_staff.get(back.replace(asked(back)["state"], "forged"))

    assert outcome(answer) == "state_unknown"
    assert ghl.counts()["requests"] == 0


@pytest.mark.usefixtures("nothing_stored")
def test_a_state_of_another_persons_session_is_refused(as_staff, browse, staff, ghl):
    back = decide(start(as_staff), ghl.location_id)

    assert outcome(browse(staff).get(back)) == "state_unknown"
    assert outcome(browse(None).get(back)) == "state_unknown"


def test_a_state_stays_with_the_person_who_started():
    session = SessionStore()
    state = oauth.begin(session, oauth.Intent(user_id=1, started_at=timezone.now().timestamp()))

    with pytest.raises(oauth.StateUnknown):
        oauth.take(session, state, user_id=2, now=timezone.now())


def test_a_session_keeps_only_the_latest_states():
    session = SessionStore()
    for _ in range(20):
        oauth.begin(session, oauth.Intent(user_id=1, started_at=0))

    assert len(session[oauth.SESSION_KEY]) == oauth.KEPT


def test_a_replayed_answer_is_refused_and_the_connection_stays(as_staff, ghl):
    back = decide(start(as_staff), ghl.location_id)
    as_staff.get(back)

    answer = as_staff.get(back)

    assert outcome(answer) == "state_used"
    assert Connection.objects.get(provider="ghl").state == "connected"


@pytest.mark.usefixtures("nothing_stored")
def test_an_answer_after_more_than_ten_minutes_is_refused(as_staff, ghl):
    back = decide(start(as_staff), ghl.location_id)
    session = as_staff.session
    kept = session[oauth.SESSION_KEY]
    kept[asked(back)["state"]]["started_at"] -= 601
    session[oauth.SESSION_KEY] = kept
    session.save()

    assert outcome(as_staff.get(back)) == "state_expired"


@pytest.mark.usefixtures("nothing_stored")
def test_an_answer_without_a_code_is_refused(as_staff, ghl):
    state = asked(start(as_staff))["state"]

    assert outcome(as_staff.get("/integrations/oauth/callback/", {"state": state})) == "no_code"
    assert outcome(as_staff.get("/integrations/oauth/callback/")) == "no_code"


@pytest.mark.usefixtures("nothing_stored")
def test_an_error_that_is_not_a_denial_is_told_apart(as_staff, ghl):
    state = asked(start(as_staff))["state"]

    answer = as_staff.get("/integrations/oauth/callback/", {"state": state, "error": "server_error"})

    assert outcome(answer) == "refused"


@pytest.mark.usefixtures("nothing_stored")
def test_a_code_that_ghl_does_not_know_is_void(as_staff, ghl):
    state = asked(start(as_staff))["state"]

    answer = as_staff.get("/integrations/oauth/callback/", {"state": state, "code": "made-up-code"})

    assert outcome(answer) == "code_void"
    assert "made-up-code" not in answer.text


@pytest.mark.usefixtures("nothing_stored")
def test_an_expired_code_is_void(as_staff, ghl):
    ghl.admin("oauth", {"code_seconds": 0})

    assert outcome(as_staff.get(decide(start(as_staff), ghl.location_id))) == "code_void"


def test_a_code_works_once_even_with_a_fresh_state(as_staff, ghl):
    used = asked(decide(start(as_staff), ghl.location_id))
    as_staff.get("/integrations/oauth/callback/", used)
    again = asked(start(as_staff))["state"]

    answer = as_staff.get("/integrations/oauth/callback/", {"code": used["code"], "state": again})

    assert outcome(answer) == "code_void"


@pytest.mark.usefixtures("nothing_stored")
def test_a_wrong_client_secret_is_named_without_being_shown(as_staff, ghl, settings):
    back = decide(start(as_staff), ghl.location_id)
    settings.GHL_CLIENT_SECRET = "not-the-secret"

    answer = as_staff.get(back)

    assert outcome(answer) == "bad_client"
    assert "GHL_CLIENT_SECRET" in answer.text
    assert "not-the-secret" not in answer.text


@pytest.mark.usefixtures("nothing_stored")
def test_a_redirect_address_that_changed_meanwhile_is_named(as_staff, ghl, settings):
    back = decide(start(as_staff), ghl.location_id)
    settings.GHL_REDIRECT_URI = "https://elsewhere.example/integrations/oauth/callback/"

    assert outcome(as_staff.get(back)) == "bad_redirect"


def test_when_ghl_is_not_reached_the_same_answer_can_be_tried_again(as_staff, ghl, settings):
    back = decide(start(as_staff), ghl.location_id)
    settings.GHL_API_BASE_URL = "http://127.0.0.1:9"  # nobody listens on the discard port

    answer = as_staff.get(back)

    assert outcome(answer) == "not_reached"
    assert asked(back)["code"] not in answer.text
    assert not Connection.objects.filter(provider="ghl").exists()
    settings.GHL_API_BASE_URL = ghl.url
    as_staff.get(back)
    assert Connection.objects.get(provider="ghl").state == "connected"


@pytest.mark.usefixtures("nothing_stored")
def test_losing_the_role_meanwhile_stops_the_connection(as_staff, staff, ghl):
    back = decide(start(as_staff), ghl.location_id)
    staff.is_staff = False
    staff.save()

    assert outcome(as_staff.get(back)) == "not_allowed"
    assert ghl.counts()["requests"] == 0


def test_the_callback_answers_get_only(as_staff):
    assert as_staff.post("/integrations/oauth/callback/").status_code == 405
    assert as_staff.head("/integrations/oauth/callback/").status_code == 405


def test_reconnecting_keeps_the_workspace_and_renews_the_tokens(as_staff, ghl, connected):
    before = connected.ghl_location.access_token
    Connection.objects.update(state="needs_reconnect", reason="GHL said no.", broken_since=timezone.now())

    as_staff.get(decide(start(as_staff, workspace=connected.workspace_id), ghl.location_id))

    renewed = Connection.objects.select_related("ghl_location").get(provider="ghl")
    assert renewed.workspace_id == connected.workspace_id
    assert (renewed.state, renewed.reason, renewed.broken_since) == ("connected", "", None)
    assert renewed.ghl_location.access_token != before


def test_signing_in_to_another_sub_account_does_not_reconnect_this_one(as_staff, ghl, connected, places):
    kept = connected.ghl_location.access_token

    answer = as_staff.get(decide(start(as_staff, workspace=connected.workspace_id), places[1]["id"]))

    here = connected.workspace.name
    assert outcome(answer) == "other_location"
    assert f"Sign in to {here} to reconnect it." in answer.text
    assert Location.objects.get().access_token == kept


def test_a_workspace_admin_reconnects_their_own_account_and_no_other(browse, carol, ghl, connected, places):
    as_carol = browse(carol)
    assert as_carol.post("/integrations/connect/", {"workspace": connected.workspace_id}).status_code == 404
    Membership.objects.create(user=carol, workspace=connected.workspace, role=Membership.Role.ADMIN)

    as_carol.get(decide(start(as_carol, workspace=connected.workspace_id), ghl.location_id))

    assert Connection.objects.get(provider="ghl").installed_by == carol


def test_tokens_are_ciphertext_in_the_database(connected):
    with database.cursor() as cursor:
        cursor.execute("SELECT access_token, refresh_token FROM ghl_location")
        access, refresh = cursor.fetchone()

    assert connected.ghl_location.access_token not in access
    assert connected.ghl_location.refresh_token not in refresh
    assert access.partition(":")[2].startswith("gAAAA")  # behind the id of its key


def test_no_page_and_no_log_line_shows_a_secret(as_staff, ghl, caplog, settings):
    caplog.set_level(logging.DEBUG)
    back = decide(start(as_staff), ghl.location_id)
    as_staff.get(back)
    made = Connection.objects.select_related("ghl_location").get(provider="ghl")

    pages = [as_staff.get(path).text for path in ("/connections/", "/integrations/connect/", back)]

    secrets = [
        made.ghl_location.access_token,
        made.ghl_location.refresh_token,
        asked(back)["code"],
        settings.GHL_CLIENT_SECRET,
    ]
    for text in [*pages, caplog.text]:
        assert not [secret for secret in secrets if secret in text]
