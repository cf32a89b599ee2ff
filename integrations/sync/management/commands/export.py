"""Writes a connection's cache as JSONL, from model columns only."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from integrations.activity import export
from integrations.sync.management.base import SyncCommand
from integrations.sync.management.connections import named
from integrations.workspace.models import AuditEntry


class Command(SyncCommand):
    help = "Export the cached records of a connection."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--connection", help="the identifier that connect printed; the only one by default")
        parser.add_argument("--out", required=True, type=Path, help="the file to write")

    def run(self, **options: Any) -> dict[str, Any]:
        connection = named(options["connection"])
        count = 0
        with options["out"].open("w", encoding="utf-8") as file:
            for row in export.rows(connection.pk):
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
                count += 1
        workspace = connection.workspace
        AuditEntry.record(act="export", actor=None, workspace=workspace, target=workspace.name, rows=count)
        return {"rows": count, "out": str(options["out"])}
