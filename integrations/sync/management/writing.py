"""What the commands that write share: how a write is delivered in the foreground, and how it is told."""

import json
import sys
from typing import Any

from django.core.management.base import CommandParser

from integrations.sync import jobs
from integrations.sync.commands import Refused
from integrations.sync.management import acting
from integrations.sync.management.base import Failed, SyncCommand
from integrations.sync.models import Write
from integrations.workspace.models import User

# How long a command waits for GHL to take a write before it leaves it to the workers. Seconds.
PATIENCE = 60.0
GOOD = ("confirmed",)


def read_json(text: str) -> dict[str, Any]:
    """The object in `text`, or on stdin for "-". Raises ValueError, a sentence."""
    try:
        data = json.loads(sys.stdin.read() if text == "-" else text)
    except ValueError as error:
        raise ValueError(f"--data is not JSON: {error}.") from error
    if not isinstance(data, dict):
        raise ValueError("--data must be a JSON object.")
    return data


class OneWriteCommand(SyncCommand):
    """A command about one write, named by its number. Subclasses implement `act`."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--write", type=int, required=True, help="its number")
        acting.name_person(parser)

    def run(self, **options: Any) -> dict[str, Any]:
        write = Write.objects.select_related("connection__workspace").filter(pk=options["write"]).first()
        if write is None:
            raise Failed(f"There is no write {options['write']}.")
        try:
            return self.act(write, acting.person_about(options, write))
        except Refused as refused:
            state = write.status if write.state == Write.State.CONFLICT else "refused"
            answer = told(write) | {"state": state, "reason": str(refused)}
            raise Failed(str(refused), **answer) from refused

    def act(self, write: Write, actor: User | None) -> dict[str, Any]:
        """Do it and return the answer."""
        raise NotImplementedError


def deliver(write_ids: list[int], *, patience: float = PATIENCE) -> None:
    """Deliver these in the foreground, side by side where there are several."""
    jobs.side_by_side(lambda one: jobs.deliver_until_settled(one, timeout=patience), write_ids)


def following(write_ids: list[int]) -> list[int]:
    """What these left to do: a contact that was there already is filled in by writes of their own."""
    adopted = Write.objects.filter(pk__in=write_ids, operation="contact.create").exclude(target_id=None)
    left = Write.objects.open().filter(kind="contact", target_id__in=adopted.values("target_id"))
    return list(left.order_by("pk").values_list("pk", flat=True))


def told(write: Write | None, remote_id: str = "") -> dict[str, Any]:
    """A write as commands print it; without one the record stood so already."""
    if write is None:
        reason = "Nothing to send: the record has these values already."
        return {"write": None, "state": "confirmed", "reason": reason, "id": remote_id or None}
    return {
        "write": write.pk,
        "state": write.status,
        "reason": write.reason,
        "id": write.remote_id or remote_id or None,
    }


def checked(answer: dict[str, Any], *, may_wait: bool = False) -> dict[str, Any]:
    """The answer, or Failed with it where the write did not come to what was asked."""
    if answer["state"] in GOOD or (may_wait and answer["state"] == "queued"):
        return answer
    raise Failed(answer["reason"] or f"The write is {answer['state']}.", **answer)
