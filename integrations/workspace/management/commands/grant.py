"""Gives a person a role in a workspace, creating the person when there is none of that address."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations.workspace import audit
from integrations.workspace.models import Membership, User, Workspace


class Command(BaseCommand):
    help = "Give a person access to a workspace. A new person's password is read from stdin."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--workspace", required=True, help="its name, or its number")
        parser.add_argument("--role", choices=Membership.Role.values, default=Membership.Role.REP.value)

    def handle(self, *_: Any, **options: Any) -> None:
        workspace = _named(options["workspace"])
        person = User.objects.filter(email=options["email"].strip().lower()).first() or _create(options["email"])
        Membership.objects.update_or_create(user=person, workspace=workspace, defaults={"role": options["role"]})
        audit.record(act="member.grant", actor=None, workspace=workspace, target=options["role"])
        self.stdout.write(f"{person.email} is {options['role']} of {workspace.name}.")


def _named(given: str) -> Workspace:
    found = Workspace.objects.filter(name=given)
    if given.isdecimal():
        found = found | Workspace.objects.filter(pk=int(given))
    workspaces = list(found[:2])
    if len(workspaces) != 1:
        known = ", ".join(f"{one.pk} ({one.name})" for one in Workspace.objects.all()) or "none"
        raise CommandError(f"{given} names no workspace, or several. There are: {known}.", returncode=1)
    return workspaces[0]


def _create(email: str) -> User:
    password = sys.stdin.readline().strip()
    if len(password) < 10:
        raise CommandError("This person is new: pipe a password of at least ten characters in.", returncode=1)
    return User.objects.create_user(email, password)
