"""Takes a person's second factor away: one that got lost, or whose secret no key of this server can read."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from integrations.workspace.management import typed
from integrations.workspace.models import AuditEntry, User


class Command(BaseCommand):
    help = "Remove the second factor of a person, including recovery codes. The password does not change."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True, help="the address that the person signs in with")

    @transaction.atomic
    def handle(self, *_: Any, **options: Any) -> None:
        email = typed.address(options["email"])
        person = User.objects.filter(email=email).first()
        if person is None:
            raise CommandError(f"No person signs in as {email}. Nothing was changed.", returncode=1)
        found = Authenticator.objects.filter(user=person)
        if not found.exists():
            self.stdout.write(f"{person.email} has no second factor. Nothing was changed.")
            return
        found.delete()
        AuditEntry.record(act="second_factor.reset", actor=None, target=person.email)
        self.stdout.write(
            f"{person.email} now signs in with the password alone, and can set up a new second factor."
        )
