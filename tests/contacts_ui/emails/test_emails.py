"""The whole of an email: asked for once, when somebody opens it; made safe, its pictures kept out at first."""

import re

import pytest

from integrations.activity.kinds.message import Email
from integrations.connections.ports import Transient
from integrations.security import callouts, throttle

HTMX = {"HX-Request": "true"}
PIXEL = '<img src="https://track.example/open.gif" width="1">'
BODY = f'<p onclick="steal()">Dear <b>Dana</b></p><script>alert(1)</script><form><input></form>{PIXEL}'


@pytest.fixture
def dana(workspace, make_contact):
    return make_contact(workspace)


@pytest.fixture
def mail(dana, make_message, remote):
    """A message of two emails, neither of which was opened yet."""
    shared = {"subject": "Quote", "sender": "rep@firm.example", "sent_at": "2026-03-02T10:00:00Z"}
    for name, body in (("e1", "First\nletter"), ("e2", BODY)):
        remote.emails[name] = Email(body=body, attachments=("https://files.example/quote.pdf",), **shared)
    return make_message(dana, "", channel="email", subject="Quote", email_ids=["e1", "e2"])


def address(mail, rest=""):
    return f"/contacts/{mail.contact_id}/messages/{mail.pk}/{rest}"


def test_the_row_offers_to_open_it_and_holds_no_body(as_alice, dana, mail, remote):
    shown = as_alice.get(f"/contacts/{dana.pk}/").text

    assert f'hx-get="{address(mail)}"' in shown
    assert "Open email" in shown
    assert ("email", "messages") not in remote.calls


def test_opening_it_asks_for_each_e_mail_once_and_keeps_them(as_alice, mail, remote):
    first = as_alice.get(address(mail), headers=HTMX)
    again = as_alice.get(address(mail), headers=HTMX)

    assert (first.status_code, first.text) == (200, again.text)
    assert "First<br>letter" in first.text
    assert "Dear <b>Dana</b>" in first.text
    assert "<html" not in first.text
    assert remote.calls.count(("email", "messages")) == 2


def test_without_javascript_it_is_a_page(as_alice, mail):
    page = as_alice.get(address(mail))
    assert "Dear <b>Dana</b>" in page.text
    assert f'href="/contacts/{mail.contact_id}/"' in page.text


def test_it_is_as_strict_as_a_note_and_shows_no_picture(as_alice, mail):
    shown = as_alice.get(address(mail), headers=HTMX).text.partition("note__text")[2]

    assert not re.search("onclick|<script|<form|<input|<img|track.example", shown)
    assert "Show 1 picture from the web" in shown


def test_pictures_come_only_in_a_frame_that_may_do_nothing_else(as_alice, mail):
    assert "<img" not in as_alice.get(address(mail, "pictures/")).text  # it was never opened

    as_alice.get(address(mail), headers=HTMX)
    frame = as_alice.get(address(mail, "pictures/"))

    assert '<img src="https://track.example/open.gif" width="1">' in frame.text
    assert not re.search("onclick|<script|<form|<input", frame.text)
    policy = frame["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert (frame["X-Frame-Options"], frame["Referrer-Policy"]) == ("SAMEORIGIN", "no-referrer")


def test_attachments_of_an_email_are_links(as_alice, mail):
    shown = as_alice.get(address(mail), headers=HTMX).text
    assert 'href="https://files.example/quote.pdf"' in shown
    assert "<bdi>quote.pdf</bdi>" in shown


def test_what_cannot_be_read_says_why_and_offers_another_try(as_alice, mail, remote):
    remote.fail("email", "messages", Transient("GoHighLevel did not answer in time."))
    shown = as_alice.get(address(mail), headers=HTMX).text

    assert "This email could not be read. GoHighLevel did not answer in time." in shown
    assert "Try again" in shown
    assert "Dear <b>Dana</b>" in as_alice.get(address(mail), headers=HTMX).text


def test_nobody_asks_for_more_than_ten_in_a_minute_and_what_is_kept_stays_readable(
    as_alice, dana, mail, make_message, monkeypatch
):
    as_alice.get(address(mail), headers=HTMX)
    monkeypatch.setattr(callouts, "RATE", throttle.Rate(1))
    other = make_message(dana, "", channel="email", email_ids=["e1"])

    held = as_alice.get(address(other), headers=HTMX)

    assert held.status_code == 429
    assert "This email could not be read. You asked" in held.text
    assert as_alice.get(address(mail), headers=HTMX).status_code == 200


def test_only_e_mails_of_this_contact_are_opened(as_alice, as_mallory, dana, mail, make_message, make_contact):
    text = make_message(dana)
    other = make_contact(dana.workspace, "Otto Else")
    mail_of_other = f"/contacts/{other.pk}/messages/{mail.pk}/"

    for client, path in ((as_alice, address(text)), (as_alice, mail_of_other), (as_mallory, address(mail))):
        assert client.get(path).status_code == 404
        assert client.get(f"{path}pictures/").status_code == 404
