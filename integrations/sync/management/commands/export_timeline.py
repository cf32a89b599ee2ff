"""Writes one contact's activity with where each item came from, as JSON or CSV on stdout."""

import csv
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations.activity import export
from integrations.activity.models import Contact
from integrations.workspace.models import AuditEntry

COLUMNS = ["kind", "id", "occurred_at", "title", "body", "status", "completed", "fetched_at", "run"]


class Command(BaseCommand):
    help = "Export the timeline of one contact."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--contact", required=True, help="the contact's id at the provider")
        parser.add_argument("--format", choices=("json", "csv"), default="json")

    def handle(self, *_: Any, **options: Any) -> None:
        found = list(Contact.objects.filter(remote_id=options["contact"]).select_related("workspace")[:2])
        if len(found) != 1:
            raise CommandError(f"There is no contact {options['contact']} in the cache. Sync first.", returncode=1)
        rows = list(export.timeline(found[0]))
        if options["format"] == "json":
            self.stdout.write(json.dumps(rows, ensure_ascii=False, indent=1))
        else:
            writer = csv.DictWriter(self.stdout, COLUMNS, extrasaction="ignore")
            writer.writeheader()
            writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows)
        AuditEntry.record(act="export", actor=None, workspace=found[0].workspace, target=found[0].remote_id)


def _cell(value: Any) -> Any:
    """A cell that no spreadsheet runs as a formula: text from outside may begin with = + - @."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" else value
