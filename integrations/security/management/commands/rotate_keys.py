"""Re-encrypts all stored secrets under the first key of SECRETS_KEYS; safe to stop and to run again."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations.security.rotation import Rotation, rotate_all

MOST_NAMES = 10


class Command(BaseCommand):
    help = "Put a new key first in SECRETS_KEYS, keep the old one behind it, run this, then remove the old one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object on the last line of stdout")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  Django passes positions
        done = rotate_all()
        if options["json"]:
            answer = {"moved": done.moved, "current": done.current, "unreadable": done.unreadable}
            self.stdout.write(json.dumps(answer))
        else:
            self.stdout.write(_sentence(done))
        if done.unreadable:
            raise CommandError(
                f"{done.unreadable} secrets cannot be read with any key of SECRETS_KEYS: {_names([*done.whose])}. "
                "Put the key they were written with back into the list, or connect those accounts again. "
                "To remove a second factor, run: python manage.py reset_second_factor --email ADDRESS",
                returncode=1,
            )


def _names(whose: list[str]) -> str:
    more = len(whose) - MOST_NAMES
    return ", ".join(whose[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _sentence(done: Rotation) -> str:
    if done.unreadable:
        return f"{done.moved} secrets were moved to the first key, {done.current} were there already."
    return (
        f"{done.moved} secrets were moved to the first key, {done.current} were there already. "
        "The other keys can be removed from SECRETS_KEYS."
    )
