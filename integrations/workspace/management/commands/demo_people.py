"""Creates the sign-ins of the demo, shuts them out before real data comes in, keeps the demo off real data."""

import json
import sys
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations.workspace import demo
from integrations.workspace.models import Membership, User, Workspace

PEOPLE = (
    ("admin", "Robin", "Adler", None),
    ("manager", "Jo", "Marsh", Membership.Role.MANAGER),
    ("rep", "Sam", "Reyes", Membership.Role.REP),
)


class Command(BaseCommand):
    help = "Create the demo's people with the password read from stdin, or shut them out."

    def add_arguments(self, parser: CommandParser) -> None:
        way = parser.add_mutually_exclusive_group()
        way.add_argument("--shut-out", action="store_true", help="stop all demo sign-ins")
        way.add_argument("--claim-folder", action="store_true", help="stop if the data folder is not a demo's")

    def handle(self, *_: Any, **options: Any) -> None:
        if options["shut_out"]:
            self._shut_out()
        elif options["claim_folder"]:
            self._claim_folder()
        else:
            self._create()

    def _shut_out(self) -> None:
        demo.people().update(is_active=False, is_staff=False, is_superuser=False)
        # From here on the folder holds real contacts, and the demo must not come back to it.
        demo.marker().unlink(missing_ok=True)

    def _claim_folder(self) -> None:
        if demo.marker().exists():
            return
        if demo.has_workspaces():
            raise CommandError(
                "This data folder belongs to a real installation. Set GHL_CLIENT_ID, or choose "
                "another DATA_DIR for the demo."
            )
        demo.marker().touch()

    def _create(self) -> None:
        # One password for all, printed in public: hashed once, since that is slow on purpose.
        password = make_password(sys.stdin.readline().rstrip("\r\n"))
        people = [self._person(name, first, last, role, password) for name, first, last, role in PEOPLE]
        self.stdout.write(json.dumps([person.email for person in people]))

    def _person(self, name: str, first: str, last: str, role: str | None, password: str) -> User:
        user, _ = User.objects.get_or_create(email=f"{name}@{demo.DOMAIN}")
        user.first_name, user.last_name, user.is_active = first, last, True
        user.is_demo, user.is_staff = True, role is None
        user.password = password
        user.save()
        if role:
            for workspace in Workspace.objects.all():
                Membership.objects.update_or_create(user=user, workspace=workspace, defaults={"role": role})
        return user
