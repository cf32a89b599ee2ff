"""A person gets a role in a workspace from the command line."""

import io
import sys

import pytest
from django.core.management import CommandError, call_command

from integrations.workspace.models import Membership, User


def grant(*arguments, given="", monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO(given))
    call_command("grant", *arguments, stdout=io.StringIO())


def test_a_new_person_may_see_the_workspace(workspace, monkeypatch):
    arguments = ("--email", "Dana@Example.com", "--workspace", workspace.name, "--role", "manager")
    grant(*arguments, given="a long password\n", monkeypatch=monkeypatch)

    person = User.objects.get(email="dana@example.com")
    assert person.check_password("a long password")
    assert Membership.objects.get(user=person).role == "manager"


def test_a_known_person_keeps_the_password_and_changes_role(workspace, alice, monkeypatch):
    grant("--email", alice.email, "--workspace", str(workspace.pk), "--role", "admin", monkeypatch=monkeypatch)

    assert Membership.objects.get(user=alice).role == "admin"


@pytest.mark.parametrize("given", ["", "short\n"])
def test_a_new_person_needs_a_password(workspace, monkeypatch, given):
    with pytest.raises(CommandError, match="password"):
        grant("--email", "x@example.com", "--workspace", workspace.name, given=given, monkeypatch=monkeypatch)


def test_an_unknown_workspace_is_named_with_those_there_are(workspace, monkeypatch):
    with pytest.raises(CommandError, match="Cedar North"):
        grant("--email", "x@example.com", "--workspace", "Elsewhere", monkeypatch=monkeypatch)
