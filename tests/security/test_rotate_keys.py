"""Changing the encryption key, and making new ones."""

import io
import json
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.utils import timezone

from integrations.ghl.models import Agency, Location, ParkedInstall
from integrations.security import rotation
from tests.conftest import a_workspace, home_of

pytestmark = pytest.mark.django_db


def new_key():
    return Fernet.generate_key().decode()


def rotate():
    out = io.StringIO()
    call_command("rotate_keys", "--json", stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture
def secrets():
    """Three agencies with two secrets each."""
    return [
        Agency.objects.create(company_id=f"c{n}", access_token=f"access {n}", refresh_token=f"refresh {n}")
        for n in range(3)
    ]


def test_every_secret_moves_and_the_old_key_can_go(secrets, settings):
    settings.SECRETS_KEYS = [new_key(), *settings.SECRETS_KEYS]

    assert rotate() == {"moved": 6, "current": 0, "unreadable": 0}

    settings.SECRETS_KEYS = settings.SECRETS_KEYS[:1]
    assert [agency.access_token for agency in Agency.objects.order_by("pk")] == [
        "access 0",
        "access 1",
        "access 2",
    ]


def test_running_it_again_moves_nothing(secrets, settings):
    settings.SECRETS_KEYS = [new_key(), *settings.SECRETS_KEYS]
    rotate()

    assert rotate() == {"moved": 0, "current": 6, "unreadable": 0}


def test_it_goes_on_where_it_was_stopped(secrets, settings):
    settings.SECRETS_KEYS = [new_key(), *settings.SECRETS_KEYS]
    secrets[0].save()  # whatever is written meanwhile is under the new key already

    assert rotate() == {"moved": 4, "current": 2, "unreadable": 0}


def test_more_rows_than_one_batch_are_all_moved(settings):
    Agency.objects.bulk_create(
        Agency(company_id=f"c{n}", access_token="access") for n in range(rotation.BATCH + 1)
    )
    settings.SECRETS_KEYS = [new_key(), *settings.SECRETS_KEYS]

    assert rotate()["moved"] == rotation.BATCH + 1


def test_a_secret_of_a_lost_key_is_counted_left_alone_and_fails_the_command(secrets, settings):
    settings.SECRETS_KEYS = [new_key()]

    sentence = r"6 secrets cannot be read with any key of SECRETS_KEYS: Agency c0, Agency c1, Agency c2\. "
    with pytest.raises(CommandError, match=sentence) as caught:
        call_command("rotate_keys", stdout=io.StringIO())

    assert caught.value.returncode == 1


def test_at_most_ten_of_those_that_cannot_be_read_are_named(settings):
    for n in range(12):
        Agency.objects.create(company_id=f"c{n:02}", access_token="access")
    settings.SECRETS_KEYS = [new_key()]

    with pytest.raises(CommandError, match=r"Agency c08, Agency c09 and 2 more\. "):
        call_command("rotate_keys", stdout=io.StringIO())


def test_a_secret_that_changes_meanwhile_keeps_its_newer_value(secrets, settings):
    settings.SECRETS_KEYS = [new_key(), *settings.SECRETS_KEYS]
    seen = list(rotation._stored(Agency, "access_token"))
    Agency.objects.filter(pk=secrets[0].pk).update(access_token="newer")

    done = rotation.Rotation()
    for pk, stored in seen:
        rotation._rotate(Agency, "access_token", pk, stored, Fernet(settings.SECRETS_KEYS[0]), done)

    assert Agency.objects.get(pk=secrets[0].pk).access_token == "newer"
    assert done.moved == 2


def test_every_model_with_secrets_is_covered():
    assert {model for model, _ in rotation.encrypted_fields()} == {Agency, Location, ParkedInstall}


def test_other_columns_are_not_touched(settings):
    expires_at = timezone.now() + timedelta(hours=1)
    connection = home_of(a_workspace("Cedar South", provider="ghl"))
    Location.objects.create(
        connection=connection, kind="oauth", access_token="a", expires_at=expires_at, scopes=["x"]
    )
    settings.SECRETS_KEYS = [new_key(), *settings.SECRETS_KEYS]

    rotate()

    kept = Location.objects.get()
    assert (kept.access_token, kept.expires_at, kept.scopes) == ("a", expires_at, ["x"])
