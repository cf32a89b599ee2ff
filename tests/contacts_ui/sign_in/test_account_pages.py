"""Account pages: what is not offered is not there, no answer tells who has an account."""

import re
import uuid

import pytest
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail
from django.template.loader import get_template
from django.test import Client

from config import account_urls
from integrations.workspace.models import User
from tests.authenticator_app import SECRET, code_now, stop_clock
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "another battery staple"
RESET = "/account/password/reset/"
CLOSED = [
    "/account/",
    "/account/email/",
    "/account/confirm-email/",
    "/account/confirm-email/abc/",
    "/account/signup/",
    "/account/login/code/",
    "/account/login/code/confirm/",
    "/account/2fa/webauthn/",
    "/account/2fa/trust/",
    "/account/3rdparty/",
]


@pytest.fixture(autouse=True)
def _own_counts(settings):
    """Attempts are counted in the cache: each test has one of its own."""
    backend = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": uuid.uuid4().hex}}


@pytest.fixture
def with_mail(settings):
    settings.SENDS_MAIL = True


def sign_in(email: str, password: str = PASSWORD) -> Client:
    client = Client()
    client.answer = client.post("/account/login/", {"login": email, "password": password})
    return client


def is_signed_in(client: Client) -> bool:
    return client.get("/contacts/").status_code == 200


def mailed_link() -> str:
    return re.search(r"https?://testserver(/\S+)", mail.outbox[-1].body)[1]


def choose_new_password(client: Client) -> None:
    """What a person does with the link in their mail."""
    form = client.get(mailed_link(), follow=True).request["PATH_INFO"]
    answer = client.post(form, {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    assert answer["Location"] == "/account/password/reset/key/done/"


class TestClosedPages:
    @pytest.mark.parametrize("address", CLOSED)
    @pytest.mark.parametrize("method", ["get", "post"])
    def test_a_page_of_allauth_that_is_not_offered_does_not_exist(self, as_alice, client, address, method):
        assert getattr(as_alice, method)(address).status_code == 404
        assert getattr(client, method)(address).status_code == 404

    @pytest.mark.parametrize("action", ["action_add", "action_primary", "action_remove", "action_send"])
    def test_nobody_gives_themselves_another_address(self, as_alice, alice, action):
        for email in ("carol@example.com", "new@example.com", "a" * 295 + "@example.com"):
            as_alice.post("/account/email/", {"email": email, action: ""})

        alice.refresh_from_db()
        assert alice.email == "alice@example.com"
        assert not EmailAddress.objects.exists()

    def test_even_a_page_for_signing_up_would_be_closed(self, rf):
        assert not get_adapter().is_open_for_signup(rf.get("/"))

    def test_a_person_without_a_password_can_set_one(self, workspace, sign_in):
        person = User.objects.create_user("new@example.com")
        browser = sign_in(person)

        page = browser.get("/account/password/change/", follow=True)
        browser.post(page.request["PATH_INFO"], {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})

        person.refresh_from_db()
        assert person.check_password(NEW_PASSWORD)


class TestPasswordReset:
    def test_it_leads_by_mail_to_a_new_password_and_ends_other_sessions(self, with_mail, client, alice):
        elsewhere = sign_in(alice.email)

        client.post(RESET, {"email": "Alice@Example.com"})
        choose_new_password(client)

        assert is_signed_in(sign_in(alice.email, NEW_PASSWORD))
        assert not is_signed_in(elsewhere)

    def test_a_link_works_once_and_not_after_the_address_has_changed(self, with_mail, client, alice):
        client.post(RESET, {"email": alice.email})
        User.objects.filter(pk=alice.pk).update(email="alice@elsewhere.example")
        assert "This link no longer works" in client.get(mailed_link(), follow=True).text

        User.objects.filter(pk=alice.pk).update(email=alice.email)
        choose_new_password(client)
        assert "This link no longer works" in Client().get(mailed_link(), follow=True).text

    def test_it_helps_who_has_tried_too_often(self, with_mail, client, alice):
        for _ in range(6):
            refused = sign_in(alice.email, "wrong password")
        assert "Too many failed" in refused.answer.text

        client.post(RESET, {"email": alice.email})
        choose_new_password(client)

        assert is_signed_in(sign_in(alice.email, NEW_PASSWORD))

    def test_the_answer_is_the_same_for_an_address_without_an_account(self, with_mail, client, alice):
        known, unknown = (
            client.post(RESET, {"email": email}, follow=True) for email in (alice.email, "nobody@example.com")
        )

        assert (known.redirect_chain, known.text) == (unknown.redirect_chain, unknown.text)
        assert [message.to for message in mail.outbox] == [[alice.email]]

    def test_the_mail_links_to_open_pages_only(self, with_mail, client, alice):
        client.post(RESET, {"email": alice.email})

        (message,) = mail.outbox
        assert message.subject == "Throughline: Choose a new password"
        links = re.findall(r"https?://\S+", message.body)
        assert len(links) == 1
        assert client.get(links[0]).status_code == 302

    def test_the_mail_comes_from_the_set_address(self, with_mail, client, alice, settings):
        settings.DEFAULT_FROM_EMAIL = "Throughline <mail@cedar.example>"

        client.post(RESET, {"email": alice.email})

        assert mail.outbox[0].from_email == "Throughline <mail@cedar.example>"

    def test_without_mail_it_says_who_sets_a_password_and_does_not_look_for_the_address(
        self, settings, client, alice, django_assert_num_queries
    ):
        assert settings.SENDS_MAIL is False
        pages = [client.get(RESET).text]
        for email in (alice.email, "nobody@example.com"):
            with django_assert_num_queries(0):
                pages.append(client.post(RESET, {"email": email}).text)

        assert "python manage.py changepassword ADDRESS" in pages[0]
        assert len(set(pages)) == 1
        assert mail.outbox == []


class TestSecondFactor:
    @pytest.fixture(autouse=True)
    def _still(self, monkeypatch):
        stop_clock(monkeypatch)

    def activate(self, browser: Client) -> None:
        """What a person does: confirm the password, scan the secret, type a code."""
        browser.post("/account/reauthenticate/", {"password": PASSWORD})
        browser.get("/account/2fa/totp/activate/")
        session = browser.session
        session["mfa.totp.secret"] = SECRET
        session.save()
        browser.post("/account/2fa/totp/activate/", {"code": code_now()})

    def test_a_stranger_who_asks_for_a_reset_does_not_block_it(self, with_mail, client, as_alice, alice):
        client.post(RESET, {"email": alice.email})
        assert mail.outbox

        self.activate(as_alice)

        assert Authenticator.objects.filter(user=alice, type="totp").exists()
        assert not EmailAddress.objects.exists()

    def test_a_new_password_by_mail_still_needs_the_code(self, with_mail, client, alice):
        TOTP.activate(alice, SECRET)

        client.post(RESET, {"email": alice.email})
        choose_new_password(client)
        assert not is_signed_in(client)

        browser = sign_in(alice.email, NEW_PASSWORD)
        assert browser.answer["Location"] == "/account/2fa/authenticate/"
        assert not is_signed_in(browser)
        browser.post("/account/2fa/authenticate/", {"code": code_now()})
        assert is_signed_in(browser)

    def test_a_form_without_a_code_is_asked_for_again(self, alice):
        TOTP.activate(alice, SECRET)
        browser = sign_in(alice.email)

        answer = browser.post("/account/2fa/authenticate/", {"credential": "{}"}, follow=True)

        assert 'name="code"' in answer.text
        assert not is_signed_in(browser)


def views():
    """Each offered page of allauth that has a template."""
    classes = (getattr(pattern.callback, "view_class", None) for pattern in account_urls.urlpatterns)
    return [view for view in classes if getattr(view, "template_name", None)]


@pytest.mark.parametrize("view", views(), ids=lambda view: view.__name__)
def test_every_offered_page_is_drawn_by_a_template_of_ours(view, settings):
    assert view.template_name.endswith((".html", ".txt"))
    # What is downloaded is nothing but codes.
    if view.template_name.endswith(".html"):
        assert get_template(view.template_name).origin.name.startswith(str(settings.BASE_DIR / "templates"))
