"""Lists what waits, failed, is unknown or in conflict; with --all also what is settled."""

from typing import Any

from django.core.management.base import CommandParser

from integrations.activity.kinds.kind import iso
from integrations.sync.management.base import SyncCommand
from integrations.sync.management.connections import named_or_all
from integrations.sync.models import Write

STATES = (*Write.State.values, "unknown")


class Command(SyncCommand):
    help = "List the writes that are not settled."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--connection", help="the identifier that connect printed; all by default")
        parser.add_argument("--state", choices=STATES, help="only those in this state")
        parser.add_argument("--all", action="store_true", help="also what is settled")

    def run(self, **options: Any) -> dict[str, Any]:
        found = Write.objects.select_related("actor").order_by("pk")
        state = options["state"]
        if connection := named_or_all(options["connection"]):
            found = found.filter(connection=connection)
        if state:
            is_unknown = {"is_unknown": state == "unknown"} if state in ("failed", "unknown") else {}
            found = found.filter(state="failed" if state == "unknown" else state, **is_unknown)
        elif not options["all"]:
            found = found.unsettled()
        writes = [_told(write) for write in found.iterator()]
        for one in writes if not options["json"] else ():
            self.stdout.write(f"{one['write']}  {one['op']}  {one['state']}  {one['reason']}")
        return {"writes": writes}


def _told(write: Write) -> dict[str, Any]:
    return {
        "write": write.pk,
        "op": write.operation,
        "state": write.status,
        "reason": write.reason,
        "id": write.remote_id or None,
        "actor": write.actor.email if write.actor else None,
        "wished_at": iso(write.created_at),
        "sent_at": iso(write.sent_at),
        "settled_at": iso(write.settled_at),
    }
