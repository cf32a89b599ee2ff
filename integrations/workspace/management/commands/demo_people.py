"""Creates the sign-ins of the demo, or shuts them out before real data comes in."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from integrations.workspace.models import Membership, User, Workspace

DOMAIN = "demo.example"
PEOPLE = (
    ("admin", "Robin", "Adler", None),
    ("manager", "Jo", "Marsh", Membership.Role.MANAGER),
    ("rep", "Sam", "Reyes", Membership.Role.REP),
)


class Command(BaseCommand):
    help = "Create the demo's people with the password read from stdin, or shut them out."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--shut-out", action="store_true", help="nobody of the demo may sign in any more")

    def handle(self, *_: Any, **options: Any) -> None:
        if options["shut_out"]:
            User.objects.filter(email__endswith=f"@{DOMAIN}").update(
                is_active=False, is_staff=False, is_superuser=False
            )
            return
        password = sys.stdin.readline().strip()
        people = [self._person(name, first, last, role, password) for name, first, last, role in PEOPLE]
        self.stdout.write(json.dumps([person.email for person in people]))

    def _person(self, name: str, first: str, last: str, role: str | None, password: str) -> User:
        user, _ = User.objects.get_or_create(email=f"{name}@{DOMAIN}")
        user.first_name, user.last_name, user.is_active = first, last, True
        user.is_staff = role is None
        user.set_password(password)
        user.save()
        if role:
            for workspace in Workspace.objects.all():
                Membership.objects.update_or_create(user=user, workspace=workspace, defaults={"role": role})
        return user
