"""Lists the fields that two people changed and nobody has settled."""

from typing import Any

from django.core.management.base import CommandParser

from integrations.activity.kinds.kind import iso
from integrations.sync.management.base import SyncCommand
from integrations.sync.management.connections import named_or_all
from integrations.sync.models import Conflict
from integrations.sync.push.fields import exported


class Command(SyncCommand):
    help = "List the open conflicts."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--connection", help="the identifier that connect printed; all by default")

    def run(self, **options: Any) -> dict[str, Any]:
        found = Conflict.objects.open().filter(write__state="conflict").select_related("write")
        if connection := named_or_all(options["connection"]):
            found = found.filter(write__connection=connection)
        told = [_told(one) for one in found.iterator()]
        for one in told if not options["json"] else ():
            self.stdout.write(f"{one['conflict']}  {one['field']}  mine: {one['mine']}  theirs: {one['theirs']}")
        return {"conflicts": told}


def _told(one: Conflict) -> dict[str, Any]:
    return {
        "conflict": one.pk,
        "write": one.write_id,
        "kind": one.write.kind,
        "id": one.write.remote_id,
        "field": exported(one.field),
        "base": one.base,
        "mine": one.mine,
        "theirs": one.theirs,
        "since": iso(one.created_at),
    }
