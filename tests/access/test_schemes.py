"""What the table cannot show: other methods, addresses without their last slash, addresses that lead elsewhere."""

import pytest
from django.test import Client

from tests.access import table
from tests.access.test_table import OF_THE_SIGN_IN, everything
from tests.conftest import PASSWORD
from tests.ghl.conftest import HOST

READABLE = [row.address for row in table.rows() if row.is_readable]
HOOK = "/integrations/hooks/{provider}/{token}"
WEBHOOKS = {
    f"{address}{slash}" for address in ("/integrations/webhook", HOOK, f"{HOOK}/{{event}}") for slash in ("/", "")
}
EVERY = [row.address for row in table.rows() if "?" not in row.address]
ELSEWHERE = [
    "//evil.example",
    "//evil.example/contacts",
    "///evil.example/contacts",
    "/\\evil.example/contacts",
    "/contacts/..%2f..%2fevil.example",
    "/contacts//evil.example",
    "/static/../config/settings.py",
    "/static/..%2f..%2fconfig/settings.py",
    "/static//etc/passwd",
    "/http://evil.example/",
    "/" + "a/" * 5000,
    "/contacts/" + "9" * 5000,
    "/contacts/\x00",
    "/contacts/\xff\xfe",
    "",
    "*",
]


def url_of(world, address):
    return address.format(**OF_THE_SIGN_IN, **world.known)


def test_head_is_answered_as_get_is_except_where_a_get_uses_up_a_code(world):
    browser = world.browser("staff", HOST)
    gets = {address: browser.get(url_of(world, address)).status_code for address in READABLE}

    heads = {address: browser.head(url_of(world, address)) for address in READABLE}

    callback = dict.fromkeys((one for one in READABLE if "/oauth/callback/" in one), 405)
    assert {address: answer.status_code for address, answer in heads.items()} == gets | callback
    assert [address for address, answer in heads.items() if answer.content] == []


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("role", ["visitor", "staff"])
def test_no_other_method_does_anything(world, method, role):
    browser, before = world.browser(role, HOST), everything()

    statuses = {address: browser.generic(method, url_of(world, address)).status_code for address in EVERY}

    assert [address for address, status in statuses.items() if status >= 500] == []
    assert everything() == before


@pytest.mark.parametrize("role", ["visitor", "staff"])
def test_an_address_without_its_last_slash_leads_to_the_one_with_it(world, role):
    browser = world.browser(role, HOST)
    for address in EVERY[1:]:
        url = url_of(world, address)
        if address in WEBHOOKS:
            continue  # senders of events follow no redirect, so it is an address of its own
        answer = browser.get(url.removesuffix("/"))
        assert (answer.status_code, answer.headers.get("Location")) == (301, url)


@pytest.mark.parametrize("path", ELSEWHERE, ids=lambda path: ascii(path)[:30])
@pytest.mark.parametrize("role", ["visitor", "staff"])
def test_no_address_leads_away_from_here(world, path, role):
    answer = world.browser(role, HOST).get("/", PATH_INFO=path)

    where = answer.headers.get("Location", "/")
    assert answer.status_code in (200, 301, 302, 400, 404)
    assert where.startswith("/")
    assert not where.startswith(("//", "/\\"))


@pytest.mark.parametrize(
    "wanted", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_signing_in_leads_to_no_other_site(world, wanted):
    fields = {"login": "rep@example.com", "password": PASSWORD, "next": wanted}
    answer = Client(headers={"host": HOST}).post("/account/login/", fields)

    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_only_the_webhook_takes_a_post_without_a_csrf_token(world):
    browser = Client(headers={"host": HOST}, enforce_csrf_checks=True)
    browser.force_login(world.people["staff"], "allauth.account.auth_backends.AuthenticationBackend")

    statuses = {address: browser.post(url_of(world, address)).status_code for address in EVERY}

    assert {address for address, status in statuses.items() if status != 403} == WEBHOOKS
