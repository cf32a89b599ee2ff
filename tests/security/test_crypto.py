"""Secrets at rest: ciphertext in the column, clear text on the instance, an error for a wrong key."""

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.db import connection as database

from integrations.ghl.models import Agency
from integrations.security.crypto import SecretUnreadableError, cipher

pytestmark = pytest.mark.django_db


@pytest.fixture
def stored():
    return Agency.objects.create(company_id="company-1", access_token="clear-text", refresh_token="")


def raw_column():
    with database.cursor() as cursor:
        cursor.execute("SELECT access_token, refresh_token FROM ghl_agency")
        return cursor.fetchone()


def test_the_column_holds_ciphertext_and_the_instance_clear_text(stored):
    access, refresh = raw_column()

    assert "clear-text" not in access
    assert refresh == ""  # nothing to hide
    assert Agency.objects.get().access_token == "clear-text"


def test_the_same_text_is_never_encrypted_alike(stored):
    before = raw_column()
    stored.save()

    assert raw_column() != before


def test_a_wrong_key_raises_instead_of_returning_ciphertext(stored, settings):
    settings.SECRETS_KEYS = [Fernet.generate_key().decode()]

    with pytest.raises(SecretUnreadableError, match="Put the key it was written with back"):
        Agency.objects.get()


def test_an_older_key_behind_the_first_still_reads(stored, settings):
    settings.SECRETS_KEYS = [Fernet.generate_key().decode(), *settings.SECRETS_KEYS]

    assert Agency.objects.get().access_token == "clear-text"


def test_a_changed_ciphertext_raises(stored):
    with database.cursor() as cursor:
        cursor.execute("UPDATE ghl_agency SET access_token = %s", [raw_column()[0][:-6] + "AAAAA="])

    with pytest.raises(SecretUnreadableError):
        Agency.objects.get()


def test_looking_a_secret_up_is_an_error_and_not_an_empty_answer():
    with pytest.raises(TypeError, match="cannot be looked up"):
        Agency.objects.filter(access_token="clear-text").exists()


def test_a_key_that_is_none_is_refused_with_the_way_to_make_one():
    with pytest.raises(ImproperlyConfigured, match=r"config.embedded SECRETS_KEYS"):
        cipher(["not-a-key"])
