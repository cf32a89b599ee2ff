"""A second factor under a key that this server lacks: it lets nobody in, and every page says what helps."""

import io
import uuid

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.test import Client

from integrations.workspace.models import AuditEntry
from tests.authenticator_app import SECRET, code_now, stop_clock
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
SENTENCE = "Your code cannot be checked"


@pytest.fixture(autouse=True)
def _still(monkeypatch):
    stop_clock(monkeypatch)


@pytest.fixture(autouse=True)
def _own_cache(settings):
    """Tries are counted in the cache: each test has one of its own."""
    backend = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": uuid.uuid4().hex}}


@pytest.fixture
def factors(alice):
    """An authenticator app and recovery codes, of which these are three."""
    TOTP.activate(alice, SECRET)
    return RecoveryCodes.activate(alice).get_unused_codes()[:3]


@pytest.fixture
def lost_key(factors, settings):
    before, settings.SECRETS_KEYS = settings.SECRETS_KEYS, [Fernet.generate_key().decode()]
    return before


@pytest.fixture
def at_the_code(alice, factors):
    """A browser whose password was right and which is asked for the code."""
    client = Client()
    answer = client.post("/account/login/", {"login": alice.email, "password": PASSWORD})
    assert answer["Location"] == "/account/2fa/authenticate/"
    return client


@pytest.fixture
def signed_in(alice):
    """A browser that has just confirmed who it is."""
    client = Client()
    client.force_login(alice, "allauth.account.auth_backends.AuthenticationBackend")
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    return client


def is_signed_in(client):
    return client.get("/account/appearance/").status_code == 200


def test_a_code_that_cannot_be_checked_is_said_and_lets_nobody_in(at_the_code, factors, lost_key):
    for code in (code_now(), factors[0], "000000"):
        answer = at_the_code.post("/account/2fa/authenticate/", {"code": code})
        assert (answer.status_code, SENTENCE in answer.text) == (200, True)
    assert not is_signed_in(at_the_code)


def test_with_the_key_put_back_the_same_code_signs_in(at_the_code, lost_key, settings):
    at_the_code.post("/account/2fa/authenticate/", {"code": code_now()})
    settings.SECRETS_KEYS = lost_key

    at_the_code.post("/account/2fa/authenticate/", {"code": code_now()})

    assert is_signed_in(at_the_code)


def test_confirming_with_a_code_says_it_too(signed_in, lost_key):
    answer = signed_in.post("/account/2fa/reauthenticate/", {"code": code_now()})

    assert (answer.status_code, SENTENCE in answer.text) == (200, True)


@pytest.mark.parametrize("page", ["", "recovery-codes/", "recovery-codes/generate/", "recovery-codes/download/"])
def test_account_pages_say_that_the_codes_cannot_be_read(signed_in, lost_key, page):
    assert signed_in.get(f"/account/2fa/{page}").status_code == 409
    assert "Your recovery codes cannot be read" in signed_in.get(f"/account/2fa/{page}").text


def test_new_recovery_codes_replace_those_that_cannot_be_read(signed_in, factors, lost_key):
    page = signed_in.post("/account/2fa/recovery-codes/generate/", follow=True)

    assert page.status_code == 200
    assert factors[0] not in page.text
    assert signed_in.get("/account/2fa/").status_code == 200


def test_a_person_who_is_signed_in_switches_it_off_without_the_key(signed_in, lost_key):
    assert signed_in.get("/account/2fa/totp/deactivate/").status_code == 200

    signed_in.post("/account/2fa/totp/deactivate/")

    assert not Authenticator.objects.exists()


def test_taking_a_second_factor_away_on_the_server_lets_the_person_in_and_is_written_down(alice, lost_key):
    out = io.StringIO()
    call_command("reset_second_factor", "--email", f" {alice.email.upper()} ", stdout=out)

    assert out.getvalue().count("\n") == 1
    assert not Authenticator.objects.exists()
    entry = AuditEntry.objects.get(act="second_factor.reset")
    assert (entry.target, entry.actor) == (alice.email, None)
    client = Client()
    client.post("/account/login/", {"login": alice.email, "password": PASSWORD})
    assert is_signed_in(client)


def test_taking_one_away_touches_nobody_else(alice, bob, factors):
    TOTP.activate(bob, SECRET)

    call_command("reset_second_factor", "--email", alice.email, stdout=io.StringIO())

    assert [factor.user for factor in Authenticator.objects.all()] == [bob]


def test_nobody_of_that_address_is_said_and_changes_nothing(factors):
    with pytest.raises(CommandError, match="No person signs in as nobody@") as caught:
        call_command("reset_second_factor", "--email", "nobody@example.com")

    assert caught.value.returncode == 1
    assert Authenticator.objects.count() == 2


def test_a_person_without_a_second_factor_is_said(alice):
    out = io.StringIO()
    call_command("reset_second_factor", "--email", alice.email, stdout=out)

    assert "has no second factor" in out.getvalue()
    assert not AuditEntry.objects.exists()


def test_doctor_counts_second_factors_that_cannot_be_read(alice, remote, lost_key, settings):
    said = doctor()
    assert "FAIL second factors: 1 person has a second factor that cannot be read" in said
    assert alice.email in said

    settings.SECRETS_KEYS = lost_key
    assert "second factors" not in doctor()


def test_a_secret_from_before_encryption_counts_as_readable(alice, remote):
    Authenticator.objects.create(user=alice, type="totp", data={"secret": SECRET})

    assert "second factors" not in doctor()


def test_codes_brought_from_elsewhere_count_too(alice, remote):
    lost = Fernet(Fernet.generate_key()).encrypt(b"111").decode()
    Authenticator.objects.create(user=alice, type="recovery_codes", data={"migrated_codes": [lost]})

    assert f"cannot be read with the keys in SECRETS_KEYS: {alice.email}." in doctor()


def test_rotating_names_whose_second_factor_cannot_be_read(alice, lost_key):
    with pytest.raises(CommandError, match=f"2 secrets cannot be read .* Second factor of {alice.email}\\. "):
        call_command("rotate_keys", stdout=io.StringIO())


def doctor():
    out = io.StringIO()
    with pytest.raises(CommandError):  # no worker runs in a test
        call_command("doctor", stdout=out, stderr=io.StringIO())
    return out.getvalue()
