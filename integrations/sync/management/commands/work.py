"""Does everything that is due in the foreground: writes, runs; for cron-like set-ups and tests."""

from typing import Any

from django.core.management.base import CommandParser

from integrations.sync import jobs
from integrations.sync.management.base import Failed, SyncCommand, seconds


class Command(SyncCommand):
    help = "Deliver due writes and carry out due runs, then exit."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--until-idle", action="store_true", required=True, help="stop when nothing is due")
        parser.add_argument("--timeout", type=seconds, default=600.0, help="stop after this many seconds")

    def run(self, **options: Any) -> dict[str, Any]:
        done, idle = jobs.work_until_idle(timeout=options["timeout"])
        if not idle:
            raise Failed(f"Not everything was done within {options['timeout']:g} s. Run it again.", **done)
        return done
