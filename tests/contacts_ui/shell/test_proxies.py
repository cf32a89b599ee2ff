"""Proxies in front that do not say what they should: a sentence, a count, and a line of `doctor`."""

import json
from contextlib import suppress

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from contacts_ui.shell.proxies import FEW_ADDRESSES, NO_SCHEME
from integrations.sync.models import InboundCount
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
SIGN_IN = "/account/login/"


@pytest.fixture
def two_proxies(settings):
    settings.TRUSTED_PROXIES = 2
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


def sign_in(person, **headers):
    data = {"login": person.email, "password": PASSWORD}
    return Client().post(SIGN_IN, data, headers={"X-Forwarded-Proto": "https", **headers})


def counted():
    return dict(InboundCount.objects.filter(provider="web").values_list("kind", "count"))


@pytest.mark.parametrize(
    "seen", [None, "203.0.113.7", "unknown, 198.51.100.2", ", ", "203.0.113.7, 198.51.100.2\x00, x"]
)
def test_a_sign_in_whose_address_cannot_be_told_is_refused_in_a_sentence(two_proxies, alice, seen):
    answer = sign_in(alice, **({"X-Forwarded-For": seen} if seen else {}))

    assert answer.status_code == 400
    assert "expects 2 proxies" in answer.text
    assert counted() == {FEW_ADDRESSES: 1}


@pytest.mark.parametrize(
    "seen", ["203.0.113.7, 198.51.100.2", "made-up, 203.0.113.7, 198.51.100.2", "2001:db8::7, 198.51.100.2"]
)
def test_a_sign_in_through_as_many_proxies_as_expected_works(two_proxies, alice, seen):
    answer = sign_in(alice, **{"X-Forwarded-For": seen})

    assert answer.status_code == 302
    assert counted() == {}


def test_a_proxy_that_does_not_say_the_scheme_is_named_instead_of_redirected_for_ever(two_proxies):
    answer = Client().get(SIGN_IN)

    assert answer.status_code == 400
    assert "X-Forwarded-Proto" in answer.text
    assert counted() == {NO_SCHEME: 1}


def test_without_proxies_nobody_has_to_say_anything(alice):
    assert Client().get(SIGN_IN).status_code == 200
    assert Client().post(SIGN_IN, {"login": alice.email, "password": PASSWORD}).status_code == 302


def test_what_no_page_got_to_see_is_counted_by_its_kind(settings):
    settings.ALLOWED_HOSTS = ["throughline.example.com"]
    host = {"Host": "throughline.example.com"}

    assert Client().get(SIGN_IN, headers={"Host": "elsewhere.example"}).status_code == 400
    form = "application/x-www-form-urlencoded; charset=utf-16"
    assert Client().post(SIGN_IN, "a=b", content_type=form, headers=host).status_code == 400

    assert counted() == {"unknown_host": 1, "unreadable": 1}


def test_an_unknown_host_is_told_what_its_admin_can_do():
    answer = Client().get(SIGN_IN, headers={"Host": "elsewhere.example"})

    assert answer.status_code == 400
    assert "ALLOWED_HOSTS" in answer.text


def doctor(capsys):
    with suppress(CommandError):  # whatever else is not in order here
        call_command("doctor", "--json")
    found = json.loads(capsys.readouterr().out.splitlines()[-1])["findings"]
    return [(one["ok"], one["says"], one["advice"]) for one in found if one["check"] == "requests"]


def test_doctor_says_what_to_do_about_proxies_and_only_tells_of_strangers(two_proxies, capsys, alice):
    sign_in(alice, **{"X-Forwarded-For": "203.0.113.7"})
    Client().get(SIGN_IN, headers={"X-Forwarded-Proto": "https", "Host": "elsewhere.example"})

    (few, host) = doctor(capsys)

    assert few[:2] == (False, "Today (UTC): 1 refused, few forwarded addresses.")
    assert "TRUSTED_PROXIES" in few[2]
    assert host[:2] == (True, "Today (UTC): 1 refused, unknown host.")
