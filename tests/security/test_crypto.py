"""Secrets at rest: ciphertext in the column, clear text where one is used, an error there for a wrong key."""

import copy

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.db import connection as database

from integrations.ghl.models import Agency
from integrations.security.crypto import SecretUnreadableError, cipher, is_readable

pytestmark = pytest.mark.django_db


@pytest.fixture
def lost_key(settings):
    settings.SECRETS_KEYS = [Fernet.generate_key().decode()]


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


def test_a_wrong_key_raises_where_the_secret_is_used_instead_of_returning_ciphertext(stored, lost_key):
    with pytest.raises(SecretUnreadableError, match="Put the key it was written with back"):
        _ = Agency.objects.get().access_token


def test_a_row_that_no_key_fits_is_loaded_and_tells_what_it_has(stored, lost_key):
    agency = Agency.objects.get()

    assert (agency.has_token, agency.is_readable, agency.can_read("refresh_token")) == (True, False, True)


def test_saving_a_row_whose_secret_cannot_be_read_keeps_the_secret_as_it_is(stored, lost_key):
    before = raw_column()
    agency = Agency.objects.get()
    agency.approved_locations = ["loc"]
    agency.save()

    assert raw_column() == before


def test_a_secret_that_was_not_used_is_written_back_as_it_was_stored(stored):
    before = raw_column()
    Agency.objects.get().save()

    assert raw_column() == before


def test_a_new_secret_replaces_one_that_cannot_be_read(stored, lost_key):
    agency = Agency.objects.get()
    agency.access_token = "renewed"
    agency.save()

    assert Agency.objects.get().access_token == "renewed"


def test_a_copied_row_and_a_deferred_column_decrypt_on_use_too(stored):
    assert copy.deepcopy(Agency.objects.get()).access_token == "clear-text"
    assert Agency.objects.defer("access_token").get().access_token == "clear-text"


def test_only_a_whole_secret_of_one_of_our_keys_counts_as_readable(stored, settings):
    secret = raw_column()[0]
    changed = secret[:-6] + "AAAAA="
    assert [is_readable(text) for text in (secret, changed, "garbage", "", "ä€")] == [True, *[False] * 4]


def test_an_older_key_behind_the_first_still_reads(stored, settings):
    settings.SECRETS_KEYS = [Fernet.generate_key().decode(), *settings.SECRETS_KEYS]

    assert Agency.objects.get().access_token == "clear-text"


def test_a_changed_ciphertext_raises(stored):
    with database.cursor() as cursor:
        cursor.execute("UPDATE ghl_agency SET access_token = %s", [raw_column()[0][:-6] + "AAAAA="])

    with pytest.raises(SecretUnreadableError):
        _ = Agency.objects.get().access_token


def test_looking_a_secret_up_is_an_error_and_not_an_empty_answer():
    with pytest.raises(TypeError, match="cannot be looked up"):
        Agency.objects.filter(access_token="clear-text").exists()


def test_a_key_that_is_none_is_refused_with_the_way_to_make_one():
    with pytest.raises(ImproperlyConfigured, match=r"config.embedded SECRETS_KEYS"):
        cipher(["not-a-key"])
