"""The demo's people have a public password: they never meet real contacts."""

import io
import os
import sys
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.test import Client

from integrations.sync.management.commands.doctor import configuration
from integrations.workspace.checks import check_demo_people
from integrations.workspace.models import User, Workspace
from tests import warm
from tests.conftest import PASSWORD

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.django_db


@pytest.fixture
def visitor(db):
    """The demo's admin, as everybody knows them."""
    return User.objects.create_user("admin@demo.example", PASSWORD, is_staff=True, is_demo=True)


@pytest.fixture
def data(settings, tmp_path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


def sign_in(email: str) -> Client:
    client = Client()
    client.answer = client.post("/account/login/", {"login": email, "password": PASSWORD})
    return client


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_in_the_demo_its_people_sign_in(visitor, settings):
    settings.WORKSPACE_DEMO_PEOPLE = True

    assert is_signed_in(sign_in("admin@demo.example"))


@pytest.mark.parametrize("spelled", ["admin@demo.example", "Admin@DEMO.example"])
def test_in_a_real_installation_they_do_not_and_are_told_why(visitor, settings, spelled):
    settings.WORKSPACE_DEMO_PEOPLE = False

    client = sign_in(spelled)

    assert not is_signed_in(client)
    assert "demo sign-ins are closed" in client.answer.text


def test_under_another_address_they_do_not_either(visitor, settings):
    settings.WORKSPACE_DEMO_PEOPLE = False
    User.objects.filter(pk=visitor.pk).update(email="boss@example.com")

    assert not is_signed_in(sign_in("boss@example.com"))
    assert "boss@example.com" in check_demo_people(databases=["default"])[0].msg


def test_without_the_password_nobody_learns_who_is_of_the_demo(visitor, settings):
    settings.WORKSPACE_DEMO_PEOPLE = False

    pages = [
        Client().post("/account/login/", {"login": email, "password": "wrong password"}).context["form"].errors
        for email in ("admin@demo.example", "nobody@demo.example")
    ]

    assert pages[0] == pages[1]
    assert "do not match" in str(pages[0])


def test_an_ordinary_person_at_the_demos_domain_is_not_of_the_demo(settings):
    settings.WORKSPACE_DEMO_PEOPLE = False
    User.objects.create_user("dana@demo.example", PASSWORD)

    assert is_signed_in(sign_in("dana@demo.example"))
    assert check_demo_people(databases=["default"]) == []
    call_command("demo_people", "--shut-out")
    assert User.objects.get().is_active


def test_a_way_in_without_a_password_is_closed_too(visitor, settings, rf):
    from allauth.account.adapter import get_adapter

    settings.WORKSPACE_DEMO_PEOPLE = False
    request = rf.get("/")
    request.session = Client().session

    answer = get_adapter().pre_login(
        request,
        visitor,
        email_verification="none",
        signal_kwargs=None,
        email=None,
        signup=False,
        redirect_url=None,
    )

    assert answer is not None


def test_everybody_else_signs_in_either_way(alice, settings):
    for settings.WORKSPACE_DEMO_PEOPLE in (True, False):
        assert is_signed_in(sign_in("alice@example.com"))


def test_the_api_of_another_machine_means_a_real_installation():
    from config import settings

    assert settings.GHL_API_BASE_URL.startswith("https://")
    assert settings.WORKSPACE_DEMO_PEOPLE is False


def test_the_check_names_them_and_the_command_that_shuts_them_out(visitor, settings):
    settings.WORKSPACE_DEMO_PEOPLE = False

    found = check_demo_people(databases=["default"])

    assert [message.id for message in found] == ["workspace.E001"]
    assert "demo_people --shut-out" in found[0].hint
    assert found[0] in run_checks(databases=["default"])
    assert "workspace.E001" not in [message.id for message in run_checks()]  # asks no database unasked


def test_the_check_is_silent_in_the_demo_and_once_they_are_shut_out(visitor, settings, data):
    settings.WORKSPACE_DEMO_PEOPLE = True
    assert check_demo_people(databases=["default"]) == []

    settings.WORKSPACE_DEMO_PEOPLE = False
    call_command("demo_people", "--shut-out")
    assert check_demo_people(databases=["default"]) == []


def test_doctor_shows_it(visitor, settings):
    settings.WORKSPACE_DEMO_PEOPLE = False

    assert [finding for finding in configuration() if not finding.ok and "demo.example" in finding.says]


@pytest.mark.parametrize(
    "command",
    [
        ["check", "--database", "default"],
        ["demo_people", "--shut-out"],
        ["demo_people", "--claim-folder"],
        ["migrate", "--verbosity", "0"],
    ],
)
def test_before_the_first_migration_there_is_nobody_to_find(tmp_path, command):
    env = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "ENV_FILE": os.devnull}

    done = warm.run(["manage.py", *command], cwd=ROOT, env=env)

    assert done.returncode == 0, done.stderr


def test_shutting_them_out_ends_their_sessions_whatever_their_address_is(visitor, data):
    client = Client()
    client.force_login(visitor, "allauth.account.auth_backends.AuthenticationBackend")
    User.objects.filter(pk=visitor.pk).update(email="boss@example.com", is_superuser=True)
    assert client.get("/contacts/").status_code == 200

    call_command("demo_people", "--shut-out")

    assert client.get("/contacts/").status_code == 302
    visitor.refresh_from_db()
    assert (visitor.is_active, visitor.is_staff, visitor.is_superuser) == (False, False, False)


def test_the_demos_people_are_flagged_as_such(workspace, monkeypatch):
    User.objects.create_user("dana@example.com", PASSWORD)
    monkeypatch.setattr(sys, "stdin", io.StringIO("throughline-demo\n"))

    call_command("demo_people", stdout=io.StringIO())

    flagged = User.objects.filter(is_demo=True).order_by("email")
    assert [user.email for user in flagged] == ["admin@demo.example", "manager@demo.example", "rep@demo.example"]
    assert all(user.check_password("throughline-demo") for user in flagged)


def test_a_new_data_folder_becomes_the_demos_and_stays_it(data):
    call_command("demo_people", "--claim-folder")
    Workspace.objects.create(name="Cedar North")

    call_command("demo_people", "--claim-folder")

    assert (data / "demo").exists()


def test_a_real_installation_is_not_turned_into_a_demo(data, workspace):
    with pytest.raises(CommandError, match="Set GHL_CLIENT_ID, or choose another DATA_DIR for the demo"):
        call_command("demo_people", "--claim-folder", stdout=io.StringIO())

    assert not (data / "demo").exists()


def test_a_demo_that_became_real_does_not_become_a_demo_again(data, visitor):
    call_command("demo_people", "--claim-folder")
    Workspace.objects.create(name="Cedar North")

    call_command("demo_people", "--shut-out")

    assert not (data / "demo").exists()
    visitor.refresh_from_db()
    assert (visitor.is_active, visitor.is_staff) == (False, False)
    with pytest.raises(CommandError):
        call_command("demo_people", "--claim-folder")
