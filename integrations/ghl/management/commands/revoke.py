"""Revokes a connection: tells GHL, wipes the tokens, keeps or purges the cache."""

from typing import Any

from django.core.management.base import CommandParser

from integrations.sync import commands
from integrations.sync.management.base import SyncCommand
from integrations.sync.management.connections import named


class Command(SyncCommand):
    help = "Revoke a connection and wipe its tokens. The cache stays unless you add --purge."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--connection", required=True, help="the identifier that connect printed")
        parser.add_argument("--purge", action="store_true", help="also delete the cached records permanently")

    def run(self, **options: Any) -> dict[str, Any]:
        """{"connection", "state", "purged", "answer": what GHL said to it}"""
        connection = named(options["connection"])
        answer = commands.revoke(connection=connection, actor=None, purge=options["purge"])
        connection.refresh_from_db()
        return {
            "connection": str(connection.pk),
            "state": str(connection.state),
            "purged": options["purge"],
            "answer": answer,
        }
