"""Guessing passwords is limited, and whoever guesses keeps nobody but themselves out."""

import pytest
from django.test import Client

from tests.conftest import PASSWORD
from tests.contacts_ui.sign_in.test_account_pages import RESET, is_signed_in

pytestmark = pytest.mark.django_db
STRANGER, AT_HOME = "203.0.113.7", "198.51.100.4"
TOO_MANY = b"Too many failed attempts"


@pytest.fixture(autouse=True)
def _own_counts(settings, tmp_path):
    settings.CACHES = {"default": {"BACKEND": "config.cache.FileCache", "LOCATION": str(tmp_path)}}


def attempt(email, password, address):
    browser = Client(REMOTE_ADDR=address)
    browser.answer = browser.post("/account/login/", {"login": email, "password": password})
    return browser


def test_a_stranger_who_guesses_is_stopped_and_the_person_still_signs_in(alice):
    tries = [attempt(alice.email, f"wrong-{number}", STRANGER) for number in range(7)]

    assert [TOO_MANY in browser.answer.content for browser in tries] == [False] * 5 + [True] * 2
    assert not is_signed_in(attempt(alice.email, PASSWORD, STRANGER))
    assert is_signed_in(attempt(alice.email, PASSWORD, AT_HOME))


def test_all_addresses_of_one_network_count_as_one(alice):
    tries = [attempt(alice.email, "wrong", f"2001:db8::{number}") for number in range(1, 7)]

    assert TOO_MANY in tries[-1].answer.content


def test_nobody_can_have_a_mailbox_filled(settings, mailoutbox, alice):
    settings.SENDS_MAIL = True

    for number in range(12):
        Client(REMOTE_ADDR=f"203.0.113.{number}").post(RESET, {"email": alice.email})

    assert len(mailoutbox) == 5
    assert settings.ACCOUNT_RATE_LIMITS["reset_password"].endswith(",5/h/key")


def test_who_signed_in_has_all_attempts_again(alice):
    [attempt(alice.email, "wrong", AT_HOME) for _ in range(4)]
    assert is_signed_in(attempt(alice.email, PASSWORD, AT_HOME))

    tries = [attempt(alice.email, "wrong", AT_HOME) for _ in range(5)]

    assert not any(TOO_MANY in browser.answer.content for browser in tries)


def test_one_address_cannot_guess_at_many_people(alice):
    tries = [attempt(f"somebody-{number}@example.com", "wrong", STRANGER) for number in range(11)]

    assert [TOO_MANY in browser.answer.content for browser in tries] == [False] * 10 + [True]
