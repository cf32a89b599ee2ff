"""Settles one conflict, and delivers its write with the last one."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from integrations.sync.management import acting, writing
from integrations.sync.management.base import Failed, SyncCommand
from integrations.sync.models import Conflict, Write
from integrations.sync.push.again import settle_conflict
from integrations.sync.push.conflicts import Settled
from integrations.sync.push.fields import read_value
from integrations.sync.push.invalid import Invalid


class Command(SyncCommand):
    help = "Settle a field that two people changed."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--conflict", type=int, required=True, help="its number")
        acting.name_person(parser)
        parser.add_argument("--take", required=True, metavar="mine|theirs|=VALUE", help="whose value stays")

    def run(self, **options: Any) -> dict[str, Any]:
        found = Conflict.objects.filter(pk=options["conflict"])
        conflict, take = found.first(), options["take"]
        if conflict is None:
            raise Failed(f"There is no conflict {options['conflict']}.")
        of_it = Write.objects.select_related("connection__workspace").filter(pk=conflict.write_id)
        (conflict.write,) = of_it.with_targets()
        taken, value = (take, None) if take in ("mine", "theirs") else ("edited", self._value(conflict, take))
        actor = acting.person_about(options, conflict.write)
        try:
            write = settle_conflict(conflict=conflict, taken=taken, value=value, actor=actor, now=timezone.now())
        except Settled as error:
            raise Failed(str(error), **writing.told(conflict.write)) from error
        if write.state in Write.OPEN:
            writing.deliver([write.pk])
            write.refresh_from_db()
        return _settled(write)

    def _value(self, conflict: Conflict, take: str) -> Any:
        if not take.startswith("="):
            raise self.wrong_use("--take is mine, theirs, or = and a value.")
        try:
            return read_value(conflict.write.operation, conflict.field, take[1:], conflict.write.connection)
        except Invalid as error:
            raise self.wrong_use(str(error)) from error


def _settled(write: Write) -> dict[str, Any]:
    """As long as other fields of it are crossed, this one was settled all the same."""
    answer = writing.told(write)
    if write.state == Write.State.CONFLICT:
        return answer
    return writing.checked(answer)
