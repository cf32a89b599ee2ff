"""The secrets of a second factor are ciphertext in the database, and move with the key like all others."""

import io
import json
import uuid

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command

from integrations.security.crypto import SecretUnreadableError
from tests.authenticator_app import SECRET, code_now, stop_clock

pytestmark = pytest.mark.django_db


def stored(kind):
    return Authenticator.objects.get(type=kind).data


def rotate():
    out = io.StringIO()
    call_command("rotate_keys", "--json", stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture(autouse=True)
def _still(monkeypatch):
    stop_clock(monkeypatch)


@pytest.fixture(autouse=True)
def _own_cache(settings):
    """A code counts once, which is remembered in the cache: each test has one of its own."""
    backend = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": uuid.uuid4().hex}}


@pytest.fixture
def totp(alice):
    return TOTP.activate(alice, SECRET)


def test_the_secret_is_ciphertext_and_its_codes_work(totp):
    assert SECRET not in str(stored("totp"))
    assert stored("totp")["secret"].startswith("gAAAA")
    assert totp.validate_code(code_now())


def test_the_seed_of_recovery_codes_is_ciphertext_and_a_used_code_stays_used(alice, settings):
    codes = RecoveryCodes.activate(alice)
    first = codes.get_unused_codes()[0]
    assert codes.validate_code(first)
    assert stored("recovery_codes")["seed"].startswith("gAAAA")

    settings.SECRETS_KEYS = [Fernet.generate_key().decode(), *settings.SECRETS_KEYS]
    rotate()

    codes = RecoveryCodes.activate(alice)
    assert first not in codes.get_unused_codes()
    assert not codes.validate_code(first)


def test_a_second_factor_survives_the_old_key(totp, alice, settings):
    settings.SECRETS_KEYS = [Fernet.generate_key().decode(), *settings.SECRETS_KEYS]

    assert rotate() == {"moved": 1, "current": 0, "unreadable": 0}
    settings.SECRETS_KEYS = settings.SECRETS_KEYS[:1]

    assert Authenticator.objects.get().wrap().validate_code(code_now())
    assert rotate() == {"moved": 0, "current": 1, "unreadable": 0}


def test_a_secret_from_before_encryption_still_works_and_is_encrypted_by_rotation(alice):
    made = Authenticator.objects.create(user=alice, type="totp", data={"secret": SECRET})
    assert made.wrap().validate_code(code_now())

    assert rotate()["moved"] == 1

    assert stored("totp")["secret"].startswith("gAAAA")


def test_codes_brought_from_elsewhere_move_too(alice, settings):
    Authenticator.objects.create(user=alice, type="recovery_codes", data={"migrated_codes": ["111", "222"]})

    assert rotate()["moved"] == 2

    assert "111" not in str(stored("recovery_codes"))
    assert RecoveryCodes.activate(alice).get_unused_codes() == ["111", "222"]


def test_a_lost_key_raises_and_is_counted(totp, settings):
    before = stored("totp")
    settings.SECRETS_KEYS = [Fernet.generate_key().decode()]

    with pytest.raises(SecretUnreadableError):
        Authenticator.objects.get().wrap().validate_code("000000")
    with pytest.raises(CommandError, match="1 secrets cannot be read"):
        rotate()
    assert stored("totp") == before
