"""Pages with people's data stay out of every cache, the browser's own on a shared machine included."""

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from contacts_ui.shell.middleware import PrivatePages
from integrations.workspace.models import User

pytestmark = pytest.mark.django_db


def rules(answer):
    return {rule.strip() for rule in answer.headers.get("Cache-Control", "").split(",")}


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_no_cache_keeps_the_page_of_somebody_signed_in(as_alice, workspace, make_contact, headers):
    contact = make_contact(workspace)
    address = reverse("contacts_ui:contact-timeline", kwargs={"contact_id": contact.pk})

    for answer in (as_alice.get("/contacts/", headers=headers), as_alice.get(address, headers=headers)):
        assert {"private", "no-store"} <= rules(answer)
        assert answer.status_code == 200


def test_neither_does_it_keep_the_pages_that_say_no(as_mallory, workspace, make_contact):
    address = reverse("contacts_ui:contact-timeline", kwargs={"contact_id": make_contact(workspace).pk})

    answer = as_mallory.get(address)

    assert answer.status_code == 404
    assert {"private", "no-store"} <= rules(answer)


def test_going_back_shows_the_whole_page_again(as_alice, workspace, make_contact):
    make_contact(workspace, "Dana Whitlock")

    answer = as_alice.get("/contacts/", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})

    # Nothing was kept, so the browser asks again, and a fragment would be shown bare.
    assert "<html" in answer.text
    assert '"historyCacheSize": 0' in answer.text


def test_a_page_that_forbids_more_keeps_its_own_rules(as_staff):
    assert {"private", "no-store", "no-cache", "must-revalidate"} <= rules(as_staff.get("/integrations/connect/"))


def test_what_everybody_may_see_is_left_alone(rf, alice):
    request = rf.get("/")
    request.user = type("Nobody", (), {"is_authenticated": False})()

    assert "Cache-Control" not in PrivatePages(lambda _: HttpResponse())(request).headers
    request.user = User()
    assert PrivatePages(lambda _: HttpResponse())(request).headers["Cache-Control"] == "private, no-store"


def test_static_files_are_served_without_it(as_alice):
    answer = as_alice.get("/static/css/tokens.css")

    assert answer.status_code == 200
    assert "no-store" not in rules(answer)


def test_signing_in_is_not_kept_either(alice):
    from tests.conftest import PASSWORD

    answer = Client().post("/account/login/", {"login": "alice@example.com", "password": PASSWORD})

    assert answer.status_code == 302
    assert "no-store" in rules(answer)
