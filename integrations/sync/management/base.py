"""What management commands share: one JSON object on stdout, one sentence on failure, exit status 0, 1 or 2."""

import json
import sys
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations.connections.ports import SyncError
from integrations.sync.commands import Refused
from integrations.sync.management import failures


class Failed(Exception):
    """The command ran and did not succeed; `answer` joins the JSON, `str()` is the sentence."""

    def __init__(self, message: str, **answer: Any) -> None:
        super().__init__(message)
        self.answer = answer


LONGEST = 86_400.0  # seconds that any command may be told to wait


def seconds(text: str) -> float:
    """For arguments: how long to wait, at most a day."""
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found <= LONGEST:  # neither is what is no number
        raise ArgumentTypeError(f"a number of seconds from 0 to {LONGEST:,.0f} is needed, not {text[:40]}")
    return found


EXPECTED = (SyncError, Refused, Failed)


class SyncCommand(BaseCommand):
    """Subclasses implement `run(**options)` and return the JSON answer; they say progress with `self.say`."""

    # They import every page, which costs more than many a command; servers and `doctor` are there to run them.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object on the last line of stdout")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        try:
            answer = self.run(**options)
        except Exception as error:
            said = str(error) if isinstance(error, EXPECTED) else failures.sentence(error)
            if said is None or options["traceback"]:
                raise
            self._print({"error": said} | getattr(error, "answer", {}), options)
            if not getattr(self, "_called_from_command_line", False):
                raise CommandError(said, returncode=1) from error
            self.stderr.write(said)
            sys.exit(1)
        self._print(answer, options)

    def run(self, **options: Any) -> dict[str, Any]:
        """Do the work and return the answer. Raise Failed, Refused or a SyncError when it could not be done."""
        raise NotImplementedError

    def say(self, text: str) -> None:
        """A line of progress for people, on stderr."""
        self.stderr.write(text)

    def wrong_use(self, text: str) -> CommandError:
        """The error to raise when the arguments do not fit together: exit status 2."""
        return CommandError(text, returncode=2)

    def _print(self, answer: dict[str, Any], options: dict[str, Any]) -> None:
        if options["json"]:
            sys.stderr.flush()
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
