"""Asks for a change like a page's control, without its undo window, and waits for the proof."""

from typing import Any

from django.core.management.base import CommandParser

from integrations.sync.management import acting, writing
from integrations.sync.management.base import Failed, SyncCommand, seconds
from integrations.sync.management.connections import named
from integrations.sync.models import Write
from integrations.sync.push.asking import ask
from integrations.sync.push.invalid import Invalid
from integrations.sync.push.permission import Refused, require_write_access


class Command(SyncCommand):
    help = "Write something to the provider and read it back."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("operation", metavar="OP", help="such as note.create or task.update")
        parser.add_argument("--connection", help="the identifier that connect printed; the only one by default")
        parser.add_argument("--data", required=True, help="the fields as a JSON object, - for stdin")
        parser.add_argument(
            "--undo", type=seconds, default=0.0, metavar="SECONDS", help="time to undo before it is sent"
        )
        acting.name_person(parser)
        parser.add_argument("--queue", action="store_true", help="leave the delivery to the workers")

    def run(self, **options: Any) -> dict[str, Any]:
        connection = named(options["connection"])
        try:
            require_write_access(connection)
            actor = acting.person_of(options, connection)
            data = writing.read_json(options["data"])
            made = ask(options["operation"], connection, data, actor=actor, undo_seconds=options["undo"])
        except (Invalid, ValueError) as error:
            raise self.wrong_use(str(error)) from error
        except Refused as error:
            answer = {"write": None, "state": "refused", "reason": str(error), "id": None}
            raise Failed(str(error), **answer) from error
        if not options["queue"]:
            writes = [write.pk for _, write in made if write]
            patience = writing.PATIENCE + options["undo"]
            writing.deliver(writes, patience=patience)
            writing.deliver(writing.following(writes), patience=patience)
        return _answer(made, is_many="ids" in data, may_wait=options["queue"])


def _answer(made: list[tuple[str, Write | None]], *, is_many: bool, may_wait: bool) -> dict[str, Any]:
    now = Write.objects.in_bulk([write.pk for _, write in made if write])
    told = [(one, writing.told(write and now.get(write.pk), one)) for one, write in made]
    if not is_many:
        return writing.checked(told[0][1], may_wait=may_wait)
    good = ("queued", *writing.GOOD) if may_wait else writing.GOOD
    failed = [(one, answer) for one, answer in told if answer["state"] not in good]
    whole = dict((failed or told)[0][1])
    ids = {"done": [one for one, answer in told if answer["state"] in good], "failed": [one for one, _ in failed]}
    return writing.checked(whole | {"id": None, "ids": ids}, may_wait=may_wait)
