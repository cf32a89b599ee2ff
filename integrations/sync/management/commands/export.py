"""Writes a connection's cache as JSONL to a file or standard output, from model columns only."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.db import DatabaseError
from django.db.models import QuerySet

from integrations.activity import export
from integrations.connections.models import Connection
from integrations.sync.management.base import SyncCommand
from integrations.sync.management.connections import named
from integrations.sync.management.output import writing_to
from integrations.workspace.models import AuditEntry

# How the audit calls an export that has not come to its end.
BEGUN = "begun"


class Command(SyncCommand):
    help = "Export the cached records of a connection."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--connection", help="the identifier that connect printed; the only one by default")
        parser.add_argument("--out", required=True, type=Path, help="the file to write, - for standard output")

    def run(self, **options: Any) -> dict[str, Any]:
        connection = named(options["connection"])
        with writing_to(options["out"], self.stdout.write) as write:
            audit = _begin(connection)
            count = _write_all(connection, write, audit)
        audit.update(result="done")
        return {"rows": count, "out": str(options["out"])}


def _begin(connection: Connection) -> QuerySet[AuditEntry]:
    """Audited before any of it leaves: whatever ends it early, some of it may be out already."""
    workspace = connection.workspace
    entry = AuditEntry.record(act="export", actor=None, workspace=workspace, target=workspace.name, result=BEGUN)
    return AuditEntry.objects.filter(pk=entry.pk)


def _write_all(connection: Connection, write: Callable[[str], object], audit: QuerySet[AuditEntry]) -> int:
    count = 0
    try:
        for count, row in enumerate(export.rows(connection.pk), start=1):  # noqa: B007  how many there were
            write(json.dumps(row, ensure_ascii=False) + "\n")
    except BaseException:
        with suppress(DatabaseError):  # which may be on the same full disk
            audit.update(detail={"rows": count})
        raise
    audit.update(detail={"rows": count})
    return count
