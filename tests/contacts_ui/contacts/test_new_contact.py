"""A new contact: checked before any call, made once however often it is sent, and opened once it is there."""

import re

import pytest
from django.utils import timezone

from integrations.sync.models import Write
from tests.conftest import home_of

HTMX = {"headers": {"HX-Request": "true"}}
FORM = "0123456789abcdef0123456789abcdef"


def text(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def send(browser, **typed):
    return browser.post("/contacts/new/", {"form": FORM, **typed})


def test_the_list_offers_it(as_alice, workspace, make_contact):
    make_contact(workspace)
    assert 'href="/contacts/new/"' in text(as_alice.get("/contacts/"))


def test_what_was_filled_in_is_written(as_alice, alice, workspace):
    answer = send(as_alice, first_name="Arlo", email="arlo@example.com", company="Bell & Co", tags="vip, roof")

    write = Write.objects.get()
    assert answer["Location"] == f"/contacts/new/{write.pk}/"
    assert (write.operation, write.actor, write.target_id) == ("contact.create", alice, None)
    filled = {"first_name": "Arlo", "email": "arlo@example.com", "company": "Bell & Co"}
    assert write.changes == filled | {"tag_names": ["vip", "roof"]}


def test_sent_twice_it_is_made_once(as_alice, workspace):
    first, again = send(as_alice, first_name="Arlo"), send(as_alice, first_name="Arlo")
    assert first["Location"] == again["Location"]
    assert Write.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "A new contact needs a name, an email or a phone number."),
        ({"first_name": "Arlo", "email": "nope"}, "nope is no email address."),
        ({"first_name": "Arlo", "phone": "12"}, "12 is no phone number."),
        ({"first_name": "Arlo", "owner_id": "u9"}, "The user u9 is not known here."),
    ],
)
def test_what_cannot_be_taken_is_said_before_any_call(as_alice, workspace, remote, typed, sentence):
    answer = send(as_alice, source="Web", **typed)
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert 'value="Web"' in text(answer)
    assert f'value="{FORM}"' in text(answer)
    assert not Write.objects.exists()
    assert remote.calls == []


def test_an_account_that_is_only_read_says_so(as_alice, workspace):
    home_of(workspace).__class__.objects.update(may_write=False)
    assert "connected for reading" in text(as_alice.get("/contacts/new/"))
    assert "connected for reading" in text(send(as_alice, first_name="Arlo"))
    assert not Write.objects.exists()


class TestHowItStands:
    @pytest.fixture
    def write(self, as_alice, workspace):
        send(as_alice, first_name="Arlo")
        return Write.objects.get()

    def test_it_is_told_while_it_is_on_its_way(self, as_alice, write):
        shown = text(as_alice.get(f"/contacts/new/{write.pk}/"))
        assert "Arlo" in shown
        assert "Sending to" in shown
        assert as_alice.get(f"/contacts/new/{write.pk}/?seen=sending", **HTMX).status_code == 204

    @pytest.mark.parametrize(
        ("reason", "words"),
        [
            ("", "Added in "),
            ("GHL had this contact already. It was used instead of a second one.", "used instead"),
        ],
    )
    def test_its_page_opens_once_it_is_there(self, as_alice, write, make_contact, workspace, reason, words):
        contact = make_contact(workspace, "Arlo", remote_id="new1")
        known = {"remote_id": "new1", "target_id": contact.pk, "reason": reason}
        Write.objects.update(state="confirmed", settled_at=timezone.now(), **known)

        asked = as_alice.get(f"/contacts/new/{write.pk}/?seen=sending", **HTMX)

        assert asked["HX-Redirect"] == f"/contacts/{contact.pk}/"
        assert words in text(as_alice.get(f"/contacts/{contact.pk}/"))

    def test_a_failure_is_told_with_what_can_be_done(self, as_alice, write):
        Write.objects.update(state="failed", reason="GHL said no.")
        shown = text(as_alice.get(f"/contacts/new/{write.pk}/"))
        assert "GHL said no." in shown
        assert f"/changes/{write.pk}/retry/" in shown

    def test_it_is_nobody_elses(self, as_mallory, write):
        assert as_mallory.get(f"/contacts/new/{write.pk}/").status_code == 404
