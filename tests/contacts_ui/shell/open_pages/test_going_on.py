"""A page that stays open while its token grows old, another person signs in, or a role is taken away."""

import pytest
from django.test import Client

from contacts_ui.shell import viewer
from integrations.sync.models import Write
from integrations.workspace.models import Membership
from tests.contacts_ui.shell.open_pages.conftest import SITE, headers, way_back

pytestmark = pytest.mark.django_db

# A token that is out of date -------------------------------------------------------------------------------


@pytest.fixture
def careful(alice):
    """Alice's browser as the real ones are: without a token nothing is taken."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice, "allauth.account.auth_backends.AuthenticationBackend")
    return browser


def test_an_open_page_without_a_token_is_told_and_its_next_press_is_good(careful, alice, task, page):
    address = f"/contacts/{task.contact_id}/tasks/{task.pk}/complete/"
    refused = careful.post(address, headers=headers(page, seen_by=alice))

    assert refused.status_code == 403
    assert refused["Content-Type"] == "text/plain; charset=utf-8"
    assert refused.text == "This page was too old, so “Complete” was not done. Nothing was changed. Do it again."
    assert not Write.objects.exists()

    token = careful.cookies["csrftoken"].value
    answer = careful.post(address, headers=headers(page, seen_by=alice) | {"X-CSRFToken": token})
    assert answer.status_code == 200
    assert Write.objects.count() == 1


def test_a_page_without_a_token_whose_person_is_signed_out_goes_to_sign_in(task, page):
    browser = Client(enforce_csrf_checks=True)
    address = f"/contacts/{task.contact_id}/tasks/{task.pk}/complete/"

    answer = browser.post(address, headers=headers(page))

    assert way_back(answer) == ("/account/login/", page)
    assert "before “Complete” was done" in browser.get(answer["HX-Redirect"]).text


def test_without_javascript_an_old_form_leads_back_to_its_page(careful, task, page):
    address = f"/contacts/{task.contact_id}/tasks/{task.pk}/complete/"

    answer = careful.post(address, headers={"Referer": SITE + page})

    assert answer.status_code == 403
    assert f'href="{page.replace("&", "&amp;")}"' in answer.text
    assert "evil" not in careful.post(address, headers={"Referer": "https://evil.example/"}).text


# Another person --------------------------------------------------------------------------------------------


def test_a_press_on_the_page_of_another_person_counts_for_nobody(as_bob, alice, task, page):
    address = f"/contacts/{task.contact_id}/tasks/{task.pk}/complete/"

    answer = as_bob.post(address, headers=headers(page, seen_by=alice))

    assert answer["HX-Refresh"] == "true"
    assert not Write.objects.exists()
    told = as_bob.get(page).text
    assert "You are signed in as Bob now, so “Complete” was not done. Nothing was changed." in told


def test_nor_does_one_of_a_form_without_htmx(as_bob, alice, run, task):
    here = f"/sync/runs/{run.pk}/"

    answer = as_bob.post(f"{here}stop/", {"viewer": viewer.key_of(alice)}, headers={"Referer": SITE + here})

    assert answer.status_code == 302
    assert answer["Location"] == here
    run.refresh_from_db()
    assert run.state == "running"


def test_nothing_of_one_person_is_drawn_into_the_page_of_another(as_bob, alice, parts, page):
    for method, address in parts:
        answer = getattr(as_bob, method)(address, headers=headers(page, seen_by=alice))
        assert answer["HX-Refresh"] == "true", address
        assert answer.content == b""
        if method == "get":
            assert "was not done" not in as_bob.get("/account/appearance/").text


def test_ones_own_page_goes_on_after_one_has_signed_in_again(as_alice, alice, sign_in, task, page):
    assert viewer.key_of(alice) in as_alice.get(page).text

    answer = sign_in(alice).get(f"/contacts/{task.contact_id}/?kind=note", headers=headers(page, seen_by=alice))

    assert "HX-Refresh" not in answer
    assert 'id="feed-results"' in answer.text


def test_a_key_is_different_for_each_person_and_tells_nobody_who_it_is(alice, bob):
    assert viewer.key_of(alice) != viewer.key_of(bob)
    assert str(alice.pk) != viewer.key_of(alice)
    assert len(viewer.key_of(alice)) == 16


# A role that was taken away --------------------------------------------------------------------------------


def test_an_open_page_of_somebody_without_access_is_told_in_a_sentence(as_alice, alice, parts, page):
    Membership.objects.all().delete()

    for method, address in parts:
        answer = getattr(as_alice, method)(address, headers=headers(page, seen_by=alice))
        if address.startswith("/contacts/?"):
            continue  # the list is open to everybody signed in, and empty
        assert answer.status_code == 404, address
        assert answer["Content-Type"] == "text/plain; charset=utf-8", address
        assert answer.text == "You don't have access to this any more, or it was removed.", address


def test_a_visit_by_somebody_without_access_gets_the_page_of_it(as_alice, page):
    Membership.objects.all().delete()

    answer = as_alice.get(page)

    assert answer.status_code == 404
    assert "You don't have access to this page" in answer.text
