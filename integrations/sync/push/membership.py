"""Members of a list, such as tags: they join or leave whatever else it holds by now, so nothing is crossed."""

from collections.abc import Mapping
from typing import Any

from integrations.activity.records import Record
from integrations.sync.models import Write
from integrations.sync.models.writes import fields_of
from integrations.sync.push import waiting
from integrations.sync.push.attempt import Attempt, Step
from integrations.sync.push.operations import Act
from integrations.sync.push.waiting import NotShown

State = Write.State


def look_ahead(attempt: Attempt) -> bool:
    """Whether all of them are still to be sent."""
    return left(attempt, attempt.read()) == attempt.changes


def look(attempt: Attempt) -> Step:
    asked_at, theirs = attempt.clock(), attempt.read()
    if rest := left(attempt, theirs):
        attempt.wait_for_echo()
        return rest
    attempt.store(theirs, asked_at)
    return attempt.settle(State.CONFIRMED)


def read_back(attempt: Attempt, sent: Mapping[str, Any]) -> str:  # noqa: ARG001
    asked_at, theirs = attempt.clock(), attempt.read()
    attempt.store(theirs, asked_at)
    if left(attempt, theirs):
        raise NotShown(waiting.LOOKS[0])
    return attempt.settle(State.CONFIRMED)


def left(attempt: Attempt, theirs: Record) -> dict[str, Any]:
    """The members that are still to join or to leave, by the list's name; {} when there are none."""
    (name, wanted), *_ = attempt.write.changes.items()
    there = {str(one).casefold() for one in fields_of(theirs, [name])[name]}
    joins = attempt.row.act == Act.ADD
    rest = [one for one in wanted if (one.casefold() in there) != joins]
    return {name: rest} if rest else {}
