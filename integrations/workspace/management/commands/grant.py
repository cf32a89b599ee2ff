"""Gives a person a role in a workspace, creating the person when there is none of that address."""

import sys
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q

from integrations.workspace.management import typed
from integrations.workspace.models import AuditEntry, Membership, User, Workspace

HIGHEST_ID = 2**63 - 1


class Command(BaseCommand):
    help = "Give a person access to a workspace. A new person's password is read from stdin."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True, help="the address that the person signs in with")
        parser.add_argument("--workspace", required=True, help="its name, or its number")
        parser.add_argument(
            "--role", choices=Membership.Role.values, default=Membership.Role.REP.value, help="rep unless given"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        workspace = _named(options["workspace"])
        address = typed.address(options["email"])
        person = User.objects.filter(email=address).first()
        kept = " Their password and second factor stay as they are." if person else ""
        person = _invited(person) if person else User.objects.create_user(address, _password(address))
        Membership.objects.update_or_create(user=person, workspace=workspace, defaults={"role": options["role"]})
        AuditEntry.record(act="member.grant", actor=None, workspace=workspace, target=options["role"])
        self.stdout.write(f"{person.email} is {options['role']} of {workspace.name}.{kept}")


def _named(given: str) -> Workspace:
    name = typed.text(given, "--workspace")
    wanted = Q(name=name)
    # A longer number is no id, and Python refuses to read one of thousands of digits.
    if name.isdecimal() and len(name) < len(str(HIGHEST_ID)):
        wanted |= Q(pk=int(name))
    workspaces = list(Workspace.objects.filter(wanted)[:2])
    if len(workspaces) != 1:
        known = ", ".join(f"{one.pk} ({one.name})" for one in Workspace.objects.all()) or "none"
        raise CommandError(
            f"{name} matches no workspace, or more than one. Known workspaces: {known}.", returncode=1
        )
    return workspaces[0]


def _password(address: str) -> str:
    """The first line of stdin as it is, blanks too: the sign-in page takes nothing off either."""
    try:
        line = sys.stdin.readline()
    except UnicodeDecodeError as error:
        raise CommandError("The password on stdin is not UTF-8 text.", returncode=1) from error
    password = typed.text(line.removesuffix("\n").removesuffix("\r"), "The password")
    if not password:
        raise CommandError("This person is new. Pipe a password in on stdin.", returncode=1)
    try:
        validate_password(password, User(email=address))
    except ValidationError as error:
        raise CommandError(f"The password cannot be used. {typed.words(error)}", returncode=1) from error
    return password


def _invited(person: User) -> User:
    if person.is_demo:
        raise CommandError(
            f"{person.email} belongs to the demo, and its password is public. Invite another address.",
            returncode=1,
        )
    return person
