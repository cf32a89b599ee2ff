"""Reads again what received webhooks were about: one of them, or all of a span of time."""

from argparse import ArgumentTypeError
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandParser

from integrations.sync import commands
from integrations.sync.management.base import SyncCommand
from integrations.sync.management.connections import named_or_all


class Command(SyncCommand):
    help = "Replay received webhooks. Each record is read again and stored as it is now."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--event", type=int, help="the number of one event")
        parser.add_argument(
            "--since", type=_moment, help="from this time on, in ISO 8601; UTC unless it has an offset"
        )
        parser.add_argument("--until", type=_moment, help="up to this time, in ISO 8601")
        parser.add_argument("--connection", help="only events of this connection")

    def run(self, **options: Any) -> dict[str, Any]:
        if (options["event"] is None) == (options["since"] is None or options["until"] is None):
            raise self.wrong_use("Give --event, or both --since and --until.")
        done = commands.replay_events(
            actor=None,
            event_id=options["event"],
            since=options["since"],
            until=options["until"],
            connection=named_or_all(options["connection"]),
        )
        self.say(f"{done.events} events will be read again, {done.skipped} do not name a record to read.")
        return {"events": done.events, "skipped": done.skipped}


def _moment(text: str) -> datetime:
    """Raises ArgumentTypeError also for a time that in UTC lies outside of the calendar."""
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ArgumentTypeError(f"a time such as 2026-03-02T09:00:00Z is needed, not {text[:40]}") from None
