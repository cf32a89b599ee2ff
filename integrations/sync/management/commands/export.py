"""Writes a connection's cache as JSONL to a file or standard output, from model columns only."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from integrations.activity import export
from integrations.connections.models import Connection
from integrations.sync.management.base import SyncCommand
from integrations.sync.management.connections import named
from integrations.sync.management.output import writing_to
from integrations.workspace.models import AuditEntry


class Command(SyncCommand):
    help = "Export the cached records of a connection."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--connection", help="the identifier that connect printed; the only one by default")
        parser.add_argument("--out", required=True, type=Path, help="the file to write, - for standard output")

    def run(self, **options: Any) -> dict[str, Any]:
        connection, count = named(options["connection"]), 0
        try:
            with writing_to(options["out"], self.stdout.write) as write:
                for count, row in enumerate(export.rows(connection.pk), start=1):  # noqa: B007  how many there were
                    write(json.dumps(row, ensure_ascii=False) + "\n")
        except (BrokenPipeError, KeyboardInterrupt):
            _audit(connection, count)  # who went away early has had the rows before
            raise
        _audit(connection, count)
        return {"rows": count, "out": str(options["out"])}


def _audit(connection: Connection, rows: int) -> None:
    workspace = connection.workspace
    AuditEntry.record(act="export", actor=None, workspace=workspace, target=workspace.name, rows=rows)
