"""Access tokens: renewed early, once, in both dialects, and what each refusal means for the connection."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.connections.models import Connection
from integrations.connections.ports import AuthLost, Lane, NotPermitted, Transient
from integrations.ghl import installs, oauth, tokens
from integrations.ghl.client.errors import TokenRejected
from integrations.ghl.connecting import connect_private
from integrations.ghl.models import Agency, Location
from integrations.ghl.provider import GhlProvider
from tests.ghl.conftest import CALLBACK, code_for

pytestmark = pytest.mark.django_db


def connect(ghl, *, company=False, scopes=None):
    code = code_for(ghl, ghl.location_id, company=company, scopes=scopes)
    made = installs.settle(oauth.exchange(code, redirect_uri=CALLBACK), actor=None)
    ghl.admin("reset-counts")
    return made


def read(connection):
    """One call through the provider, as a sync makes it."""
    reader = GhlProvider().reader(connection, Lane.BULK)
    return reader.page("calendars", partition={}, cursor=None, changed_since=None)


def token_calls(ghl):
    return ghl.counts()["by_operation"].get("token", 0)


@pytest.fixture(params=["2021-07-28", "v3"])
def dialect(request, settings):
    settings.GHL_API_GENERATION = request.param


@pytest.fixture
def connection(ghl):
    return connect(ghl)


def test_a_fresh_token_is_used_as_it_is(connection, ghl):
    read(connection)

    assert token_calls(ghl) == 0


@pytest.mark.usefixtures("dialect")
def test_a_token_about_to_expire_is_renewed_once_and_both_halves_are_kept(ghl):
    connection = connect(ghl)
    Location.objects.update(expires_at=timezone.now() + timedelta(minutes=4))

    read(connection)
    read(connection)

    renewed = Connection.objects.select_related("ghl_location").get(provider="ghl")
    assert ghl.counts()["rotations"] == 1
    assert renewed.ghl_location.access_token != connection.ghl_location.access_token
    assert renewed.ghl_location.refresh_token != connection.ghl_location.refresh_token
    assert renewed.ghl_location.expires_at > timezone.now() + timedelta(hours=23)
    assert renewed.ghl_location.refreshing_until is None


def test_a_token_that_ghl_calls_expired_is_renewed_and_the_call_repeated(connection, ghl):
    ghl.admin("expire-tokens")

    assert read(connection).records
    assert ghl.counts()["rotations"] == 1


def test_a_lost_answer_is_asked_for_again_with_the_same_refresh_token(connection, ghl):
    ghl.admin("next", {"operation": "token", "answers": ["lost_response"]})
    Location.objects.update(expires_at=timezone.now())

    read(connection)

    assert (ghl.counts()["rotations"], ghl.counts()["grace_answers"]) == (1, 1)
    assert Connection.objects.get(provider="ghl").state == "connected"


def test_whoever_follows_a_holder_that_died_refreshes_with_the_same_token(connection, ghl):
    tokens.refresh_once(connection.ghl_location)  # a process gets its answer and dies before it stores anything
    Location.objects.update(expires_at=timezone.now(), refreshing_until=timezone.now() - timedelta(seconds=1))

    read(connection)

    assert ghl.counts()["rotations"] == 1
    assert Connection.objects.get(provider="ghl").state == "connected"


def test_a_refused_refresh_needs_a_person_and_says_since_when(connection, ghl):
    ghl.admin("revoke-refresh")
    Location.objects.update(expires_at=timezone.now())

    with pytest.raises(AuthLost):
        read(connection)

    broken = Connection.objects.select_related("ghl_location").get(provider="ghl")
    assert (broken.state, broken.ghl_location.refreshing_until) == ("needs_reconnect", None)
    assert broken.broken_since is not None
    assert broken.ghl_location.refresh_token not in broken.reason + broken.detail
    assert broken.reason == "GoHighLevel refused to renew the sign-in. Reconnect this account."
    assert "token: GHL answered 4" in broken.detail, "GHL's own words are kept for whoever asks for them"
    ghl.admin("reset-counts")
    with pytest.raises(AuthLost):
        read(connection)
    assert ghl.counts()["requests"] == 0  # nobody knocks again at a door that is closed


def test_an_outage_during_a_refresh_changes_nothing(connection, ghl):
    ghl.admin("next", {"operation": "token", "answers": ["500"], "times": 5})
    Location.objects.update(expires_at=timezone.now())

    with pytest.raises(Transient):
        read(connection)

    kept = Connection.objects.select_related("ghl_location").get(provider="ghl")
    assert (kept.state, kept.ghl_location.refreshing_until) == ("connected", None)
    assert kept.ghl_location.refresh_token == connection.ghl_location.refresh_token


def test_a_missing_scope_is_neither_refreshed_nor_a_broken_connection(ghl):
    scopes = ["contacts.readonly", "locations.readonly"]
    connection = connect(ghl, scopes=scopes)

    with pytest.raises(NotPermitted):
        read(connection)

    assert token_calls(ghl) == 0
    assert Connection.objects.get(provider="ghl").state == "connected"


def test_a_revoked_private_token_needs_a_new_one(ghl):
    pit = ghl.admin("pit", {"location_id": ghl.location_id})["pit"]
    connection = connect_private(location_id=ghl.location_id, token=pit, may_write=False, actor=None)
    ghl.admin("revoke-pit", {"pit": pit})

    with pytest.raises(AuthLost):
        read(connection)

    broken = Connection.objects.select_related("ghl_location").get(provider="ghl")
    assert broken.state == "needs_reconnect"
    assert pit not in broken.reason
    assert token_calls(ghl) == 0


@pytest.mark.usefixtures("dialect")
def test_a_location_without_a_refresh_token_is_minted_again_from_its_agency(ghl):
    ghl.admin("oauth", {"location_refresh_tokens": False})
    connection = connect(ghl, company=True)
    Location.objects.update(expires_at=timezone.now())

    read(connection)

    renewed = Connection.objects.select_related("ghl_location").get(provider="ghl")
    assert renewed.ghl_location.refresh_token == ""
    assert renewed.ghl_location.access_token != connection.ghl_location.access_token
    assert ghl.counts()["rotations"] == 0


def test_an_agency_whose_own_token_is_stale_is_renewed_before_it_mints(ghl):
    ghl.admin("oauth", {"location_refresh_tokens": False})
    connection = connect(ghl, company=True)
    before = Agency.objects.get().access_token
    Location.objects.update(expires_at=timezone.now())
    Agency.objects.update(expires_at=timezone.now())

    read(connection)

    assert ghl.counts()["rotations"] == 1
    assert Agency.objects.get().access_token != before


def test_a_refresh_that_was_under_way_does_not_bring_revoked_tokens_back(connection, ghl):
    Connection.objects.filter(provider="ghl").update(state="revoked")
    Location.objects.update(access_token="", refresh_token="")

    with pytest.raises(TokenRejected):
        tokens._refresh(connection.ghl_location)

    wiped = Connection.objects.select_related("ghl_location").get(provider="ghl")
    assert (wiped.ghl_location.access_token, wiped.ghl_location.refresh_token) == ("", "")


def test_a_refresh_that_was_under_way_does_not_replace_a_newer_sign_in(connection, ghl):
    renewed = connect(ghl)  # an admin reconnects meanwhile

    assert tokens._refresh(connection.ghl_location).access_token == renewed.ghl_location.access_token
    assert Location.objects.get().refresh_token == renewed.ghl_location.refresh_token


def test_a_lifetime_shorter_than_our_margin_is_not_refreshed_on_every_call(ghl):
    ghl.admin("oauth", {"expires_in": 60})
    connection = connect(ghl)

    read(connection)

    assert token_calls(ghl) == 0


def test_a_credential_shows_no_secret_when_printed(connection):
    for text in (str(connection), repr(connection)):
        assert connection.ghl_location.access_token not in text
