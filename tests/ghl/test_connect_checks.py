"""The system checks of the GHL settings."""

import pytest

from integrations.ghl.checks import check_client, check_redirect, check_webhook_keys
from tests.ghl.signing import LegacySigner, Signer

PATH = "/integrations/oauth/callback/"


def ids(found):
    return [message.id for message in found]


@pytest.mark.parametrize(
    ("client_id", "secret", "expected"),
    [("", "", []), ("id", "secret", []), ("id", "", ["ghl.E001"]), ("", "secret", ["ghl.E001"])],
)
def test_id_and_secret_come_as_a_pair(settings, client_id, secret, expected):
    settings.GHL_CLIENT_ID, settings.GHL_CLIENT_SECRET = client_id, secret

    assert ids(check_client()) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("", []),
        (f"https://crm.example{PATH}", []),
        (f"http://127.0.0.1:8000{PATH}", []),
        (f"http://localhost:8000{PATH}", []),
        (f"http://[::1]:8000{PATH}", []),
        (f"http://crm.example{PATH}", ["ghl.E002"]),
        (PATH, ["ghl.E002"]),
        (f"https://[broken{PATH}", ["ghl.E002"]),
        (f"https://crm.example{PATH}?tenant=1", ["ghl.E003"]),
        (f"https://crm.example{PATH}#here", ["ghl.E003"]),
        (f"https://me@crm.example{PATH}", ["ghl.E003"]),
        ("https://crm.example/callback", ["ghl.W001"]),
    ],
)
def test_a_redirect_address_is_https_and_nothing_but_an_address(settings, address, expected):
    settings.GHL_REDIRECT_URI = address

    assert ids(check_redirect()) == expected


def test_webhook_keys_are_keys_of_their_kind(settings):
    good, legacy = Signer().der, LegacySigner().pem
    settings.GHL_WEBHOOK_ED25519_KEYS, settings.GHL_WEBHOOK_RSA_KEYS = [good], [legacy]
    assert ids(check_webhook_keys()) == []

    settings.GHL_WEBHOOK_ED25519_KEYS, settings.GHL_WEBHOOK_RSA_KEYS = [good, "nonsense"], [good]
    assert ids(check_webhook_keys()) == ["ghl.E004", "ghl.E005"]
