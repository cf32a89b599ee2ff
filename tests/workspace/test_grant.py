"""A person gets a role in a workspace from the command line, under the same rules as on the sign-in page."""

import io
import sys
import uuid

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management import CommandError, call_command
from django.test import Client

from integrations.workspace.models import AuditEntry, Membership, User
from tests.conftest import PASSWORD

GIVEN = "a long password"


@pytest.fixture(autouse=True)
def _own_counts(settings):
    """Attempts to sign in are counted in the cache: each test has one of its own."""
    backend = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": uuid.uuid4().hex}}


@pytest.fixture
def grant(workspace, monkeypatch):
    """The command with the password on stdin; returns what it says."""

    def _grant(email: str, role: str = "rep", *, place: str = workspace.name, given: str = f"{GIVEN}\n") -> str:
        monkeypatch.setattr(sys, "stdin", io.StringIO(given, newline=""))
        out = io.StringIO()
        call_command("grant", "--email", email, "--workspace", place, "--role", role, stdout=out)
        return out.getvalue()

    return _grant


def signs_in(email: str, password: str) -> bool:
    client = Client()
    client.post("/account/login/", {"login": email, "password": password})
    return "_auth_user_id" in client.session


def test_a_new_person_may_see_the_workspace(grant):
    grant("Dana@Example.com", "manager")

    person = User.objects.get(email="dana@example.com")
    assert person.check_password(GIVEN)
    assert Membership.objects.get(user=person).role == "manager"


def test_a_known_person_changes_role_and_keeps_password_and_second_factor(grant, alice):
    TOTP.activate(alice, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    before = list(Authenticator.objects.values())

    said = grant(" ALICE@example.com ", "admin", given="another long password\n")

    assert Membership.objects.get(user=alice).role == "admin"
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)
    assert list(Authenticator.objects.values()) == before
    assert "password and second factor stay" in said


@pytest.mark.parametrize(
    "password", ["  blanks before and after  ", "tab\tat the end\t", "ünï ©ode wörds", "\u3000wide blanks\u3000"]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_a_password_is_what_was_given_down_to_its_blanks(grant, password, end):
    grant("dana@example.com", given=f"{password}{end}")

    assert signs_in("dana@example.com", password)
    assert password == password.strip() or not signs_in("dana@example.com", password.strip())


@pytest.mark.parametrize(
    ("given", "because"),
    [
        ("", "Pipe a password in"),
        ("\n", "Pipe a password in"),
        ("short\n", "at least 10 characters"),
        ("password123\n", "too common"),
        ("dana@example\n", "too similar"),
        ("nul\0nul\0nul\n", "not text"),
        ("half a sign \udce9\n", "not text"),
    ],
)
def test_a_password_that_the_site_would_not_take_is_refused(grant, given, because):
    with pytest.raises(CommandError, match=because):
        grant("dana@example.com", given=given)
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "email",
    [
        "",
        "dana",
        "dana@",
        "dana example@example.com",
        "däna@example.com",
        "dana@example",
        "dana@exam ple.com",
        "dana@example.com, ann@example.com",
        "Dana <dana@example.com>",
        "a" * 295 + "@example.com",
        "dana@exa\0mple.com",
        "dana@\udced.com",
        "dana@example.com\nx",
    ],
)
def test_an_address_that_can_never_sign_in_is_refused(grant, email):
    with pytest.raises(CommandError, match="--email"):
        grant(email)
    assert not User.objects.exists()


@pytest.mark.parametrize("email", ["dana+crm@example.com", "O'Neil@Example.com", " dana@İstanbul.example "])
def test_an_address_that_is_taken_signs_in_as_it_was_given(grant, email):
    grant(email)

    assert signs_in(email, GIVEN)


@pytest.mark.parametrize("place", ["Elsewhere", "9" * 30, "9" * 5000, "0", "-1", "²", "Ce\0dar", "Ce\udceddar"])
def test_an_unknown_workspace_is_one_sentence(grant, place):
    with pytest.raises(CommandError, match=r"Cedar North|not text"):
        grant("dana@example.com", place=place)
    assert not User.objects.exists()


def test_somebody_of_the_demo_is_not_invited(grant, alice):
    User.objects.filter(pk=alice.pk).update(is_demo=True)

    with pytest.raises(CommandError, match="belongs to the demo"):
        grant(alice.email, "admin")
    assert Membership.objects.get(user=alice).role == "rep"
    assert not AuditEntry.objects.exists()


def test_an_address_at_the_demos_domain_makes_an_ordinary_person(grant, settings):
    settings.WORKSPACE_DEMO_PEOPLE = False

    grant("dana@demo.example")

    assert not User.objects.get().is_demo
    assert signs_in("dana@demo.example", GIVEN)
