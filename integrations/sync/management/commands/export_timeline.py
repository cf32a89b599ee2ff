"""Writes one contact's activity with where each item came from, as JSON or CSV on stdout."""

import csv
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations.activity import export
from integrations.activity.models import Contact
from integrations.workspace.models import AuditEntry

COLUMNS = ["kind", "id", "occurred_at", "title", "body", "status", "completed"]
COLUMNS += ["edited_at", "earlier_title", "earlier_body", "of", "change"]
COLUMNS += ["channel", "inbound", "subject", "seconds", "attachments", "name", "pipeline", "stage", "value"]
COLUMNS += ["fetched_at", "run", "priority"]
COLUMNS += ["due_at", "start_at", "end_at", "added_at", "sent_at", "updated_at", "owner_id", "user_id", "address"]
COLUMNS += ["pinned", "source", "calendar_id", "conversation_id", "pipeline_id", "stage_id"]

# What may begin a formula; spreadsheets of East Asia read the wide signs as the narrow ones.
FORMULA = tuple("=+-@\t\r\n＝＋－＠")


class Command(BaseCommand):
    help = "Export the timeline of one contact."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--contact", required=True, help="the contact's id at the provider")
        parser.add_argument("--format", choices=("json", "csv"), default="json", help="json unless given")

    def handle(self, *_: Any, **options: Any) -> None:
        found = list(Contact.objects.filter(remote_id=options["contact"]).select_related("workspace")[:2])
        if len(found) != 1:
            raise CommandError(
                f"Contact {options['contact']} is not in the cache. Run a sync first.", returncode=1
            )
        rows = list(export.timeline(found[0]))
        # Before any of it leaves: a reader that goes away early has had some all the same.
        AuditEntry.record(act="export", actor=None, workspace=found[0].workspace, target=found[0].remote_id)
        if options["format"] == "json":
            self.stdout.write(json.dumps(rows, ensure_ascii=False, indent=1))
        else:
            writer = csv.DictWriter(self.stdout, COLUMNS)
            writer.writeheader()
            writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows)


def _cell(value: Any) -> Any:
    """A cell that no spreadsheet runs as a formula: text from outside may begin with one of these signs."""
    if isinstance(value, list):
        value = "; ".join(part if isinstance(part, str) else _change(part) for part in value)
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _change(part: dict[str, Any]) -> str:
    return f"{part['field']}: {_said(part['old'])} -> {_said(part['new'])}"


def _said(value: Any) -> str:
    if value in (None, "", []):
        return "none"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
