"""A page that stays open while its person is signed out: where it goes, and what is told of the last press."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache

from contacts_ui.shell import unsaved
from integrations.sync.models import Write
from integrations.workspace.models import User
from tests.conftest import PASSWORD
from tests.contacts_ui.shell.open_pages.conftest import SITE, headers, way_back


@pytest.fixture(autouse=True)
def _no_attempts():
    """Sign-in attempts are counted in the cache, which outlives a test."""
    cache.clear()


def signs_in(browser, address, email="alice@example.com"):
    """Signs in on the page at `address`, and returns the page that follows."""
    form = {"login": email, "password": PASSWORD, "next": parse_qs(urlsplit(address).query)["next"][0]}
    return browser.post("/account/login/", form, follow=True)


# Signed out ------------------------------------------------------------------------------------------------


def test_whatever_an_open_page_asks_leads_the_whole_page_to_sign_in_and_back(client, parts, page):
    for method, address in parts:
        answer = getattr(client, method)(address, headers=headers(page))

        assert answer.status_code == 200, address
        assert way_back(answer) == ("/account/login/", page), address
        assert answer.content == b"", address
        assert answer["Cache-Control"] == "no-store"


def test_so_does_a_script_that_asks_without_htmx(client, task, page):
    asked = {"X-Viewer": "1", "HX-Current-URL": SITE + page, "X-Seen": "7"}

    assert way_back(client.get(f"/contacts/{task.contact_id}/live/", headers=asked)) == ("/account/login/", page)


def test_somebody_who_is_shut_out_counts_as_signed_out(as_alice, alice, parts, page):
    User.objects.filter(pk=alice.pk).update(is_active=False)

    for method, address in parts:
        assert way_back(getattr(as_alice, method)(address, headers=headers(page)))[1] == page


def test_a_session_that_ended_on_the_server_counts_as_signed_out(as_alice, task, page):
    Session.objects.all().delete()

    answer = as_alice.post(f"/contacts/{task.contact_id}/tasks/{task.pk}/complete/", headers=headers(page))

    assert way_back(answer)[1] == page
    assert not Write.objects.exists()


def test_a_form_without_javascript_returns_to_its_page_and_not_to_the_address_of_a_button(client, task, page):
    press = f"/contacts/{task.contact_id}/tasks/{task.pk}/complete/"

    answer = client.post(press, headers={"Referer": SITE + page})

    assert answer.status_code == 302
    assert way_back(answer) == ("/account/login/", page)
    assert way_back(client.post(press))[1] == "/"


def test_a_visit_returns_to_what_was_visited(client, page):
    assert way_back(client.get(page))[1] == page


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/contacts/",
        "http://testserver@evil.example/",
        "http://testserver.evil.example/",
        "//evil.example/",
        "http://testserver//evil.example/",
        "http://testserver/\\evil.example/",
        "http://[::1",
        "javascript:alert(1)",
        "http:///evil.example",
        "contacts/",
        "",
    ],
)
def test_no_address_of_another_site_is_returned_to(client, parts, elsewhere):
    method, address = parts[0]

    htmx = getattr(client, method)(address, headers={"HX-Request": "true", "HX-Current-URL": elsewhere})
    plain = client.post(parts[-1][1], headers={"Referer": elsewhere})

    for answer in (htmx, plain):
        assert answer.status_code < 400
        path, back = way_back(answer)
        assert (path, back) == ("/account/login/", "/")


def test_neither_does_the_sign_in_page_lead_to_another_site(client, alice):
    for elsewhere in ("https://evil.example/", "//evil.example/", "/\\evil.example/"):
        form = {"login": alice.email, "password": PASSWORD, "next": elsewhere}
        assert client.post("/account/login/", form)["Location"] == "/"
        client.logout()


# What was pressed ------------------------------------------------------------------------------------------


@pytest.fixture
def press(client, task, page, alice):
    """Presses a button of Alice's open page after her session ended, and returns the address it leads to."""

    def _press(act):
        address = f"/contacts/{task.contact_id}/tasks/{task.pk}/{act}/"
        return client.post(address, headers=headers(page, seen_by=alice))["HX-Redirect"]

    return _press


def test_what_was_pressed_is_told_on_the_sign_in_page_and_once_after_it(client, press, page):
    words = "You were signed out before “Complete” was done. Nothing was changed. Do it again."
    address = press("complete")

    assert words in client.get(address).text
    wrong = client.post("/account/login/", {"login": "alice@example.com", "password": "wrong"})
    assert words in wrong.text
    returned = signs_in(client, address)

    assert returned.request["PATH_INFO"] + "?" + returned.request["QUERY_STRING"] == page
    assert returned.text.count(words) == 1
    assert words not in client.get(page).text


def test_what_the_page_asks_by_itself_meanwhile_does_not_use_the_words_up(client, press, alice, page):
    press("complete")
    client.force_login(alice, "allauth.account.auth_backends.AuthenticationBackend")

    client.get(page, headers=headers(page, seen_by=alice))

    assert client.cookies[unsaved.COOKIE].value
    assert "before “Complete” was done" in client.get(page).text


def test_an_undo_that_came_too_late_says_that_the_change_is_sent(client, press):
    for act in ("undo", "hold"):
        told = client.get(press(act)).text

        assert "before “Undo” was done. The change will still be sent to GoHighLevel." in told
        assert "Nothing was changed" not in told


def test_nothing_of_the_contact_is_kept_in_a_browser_that_is_signed_out(client, press, task):
    kept = client.get(press("complete")).text + str(client.cookies)

    assert "Dana" not in kept
    assert task.title not in kept


def test_the_next_person_of_the_same_browser_is_not_told(client, press, page, bob):
    returned = signs_in(client, press("complete"), bob.email)

    assert returned.status_code == 200
    assert "You were signed out" not in returned.text
    assert unsaved.COOKIE not in client.cookies or not client.cookies[unsaved.COOKIE].value


def test_what_a_page_asks_by_itself_leaves_no_note(client, parts, page):
    for method, address in parts:
        if method == "get":
            client.get(address, headers=headers(page))

    assert unsaved.COOKIE not in client.cookies


def test_every_button_has_words_of_its_own(client, parts, page):
    for method, address in parts:
        if method == "post":
            told = client.get(client.post(address, headers=headers(page))["HX-Redirect"]).text
            assert "before “" in told, address


def test_a_note_that_somebody_made_up_is_only_a_name_that_is_looked_up(client, db):
    client.cookies[unsaved.COOKIE] = "<b>Call-555</b> x"

    told = client.get("/account/login/").text

    assert "Call-555" not in told
    assert "before your change was done" in told
