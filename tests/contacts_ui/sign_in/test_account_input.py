"""Whatever is typed into a form of the account pages is answered with a page."""

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client

from tests.conftest import PASSWORD
from tests.contacts_ui.sign_in.test_account_pages import RESET, SECRET, _own_counts, sign_in  # noqa: F401

pytestmark = pytest.mark.django_db
LONG = "a" * 295 + "@example.com"
ODD = {
    "over-long": LONG,
    "over-long domain": "a@" + "b." * 200 + "example",
    "very long": "a" * 20_000 + "@example.com",
    "NUL": "alice\0@example.com",
    "replaced bytes": "al\ufffdice@example.com",
    "dotted capital": "alice@\u0130stanbul.example",
    "zero-width": "al\u200bice@example.com",
    "blank": " ",
    "line break": "alice@example.com\nBcc: x@example.com",
    "other digits": "\u0661\u0662\u0663\u0664\u0665\u0666",
    "markup": "<script>alert(1)</script>@example.com",
}
FORMS = {
    "/account/login/": ("login", "password"),
    RESET: ("email",),
    "/account/password/change/": ("oldpassword", "password1", "password2"),
    "/account/password/set/": ("password1", "password2"),
    "/account/reauthenticate/": ("password",),
    "/account/2fa/reauthenticate/": ("code",),
    "/account/2fa/totp/activate/": ("code",),
    "/account/2fa/totp/deactivate/": ("code",),
    "/account/2fa/recovery-codes/generate/": ("code",),
    "/account/sessions/": ("session",),
    "/account/logout/": ("next",),
}


@pytest.mark.parametrize("value", ODD.values(), ids=ODD)
def test_every_form_answers_it_with_a_page(settings, client, as_alice, bob, value):
    settings.SENDS_MAIL = True
    TOTP.activate(bob, SECRET)
    with_factor = Client()
    with_factor.force_login(bob, "allauth.account.auth_backends.AuthenticationBackend")
    for browser in (as_alice, with_factor):
        browser.post("/account/reauthenticate/", {"password": PASSWORD})
    for address, names in FORMS.items():
        for browser in (client, as_alice, with_factor):
            answer = browser.post(address, dict.fromkeys((*names, "next"), value))

            assert answer.status_code in (200, 302, 404), address


@pytest.mark.parametrize("value", ODD.values(), ids=ODD)
def test_the_page_of_the_second_factor_answers_it_too(alice, value):
    TOTP.activate(alice, SECRET)
    browser = sign_in(alice.email)

    answer = browser.post("/account/2fa/authenticate/", {"code": value})

    assert answer.status_code == 200
    assert "field__error" in answer.text


@pytest.mark.parametrize("key", ["0", "zzzzzzzzzzzzz", "z" * 40, "1"])
@pytest.mark.parametrize("token", ["x", "set-password", "%00-abc", "c1-%F0%9F%90%98", "a" * 3000, "-" * 40])
def test_a_made_up_link_is_answered_in_words(client, alice, key, token):
    answer = client.get(f"/account/password/reset/key/{key}-{token}/", follow=True)

    assert answer.status_code == 200
    assert "This link no longer works" in answer.text
