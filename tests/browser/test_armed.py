"""A deletion for good in a real browser: it can be pressed only once the name is typed."""

import pytest
from django.test import Client
from playwright.sync_api import expect

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser without a house"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def page(browser, live_server, remote, workspace, connection, carol):
    client = Client()
    client.force_login(carol, "allauth.account.auth_backends.AuthenticationBackend")
    context = browser.new_context()
    key = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": key, "url": live_server.url}])
    opened = context.new_page()
    opened.goto(f"{live_server.url}/connections/{workspace.pk}/revoke/")
    yield opened
    context.close()


def test_revoke_and_delete_is_armed_only_once_the_name_is_typed(page):
    expect(page.get_by_role("button", name="Revoke")).to_be_enabled()
    page.get_by_label("Delete the cached history too").check()
    button = page.get_by_role("button", name="Revoke and delete")

    expect(button).to_be_disabled()
    page.get_by_label("to confirm the deletion").fill("Cedar Nort")
    expect(button).to_be_disabled()
    page.get_by_label("to confirm the deletion").fill("Cedar North")
    expect(button).to_be_enabled()
