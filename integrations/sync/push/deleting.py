"""A record that is to be deleted: gone only when a direct question says so."""

from collections.abc import Mapping
from typing import Any

from integrations.connections.ports import Absent
from integrations.sync.models import Write
from integrations.sync.models.writes import fields_of
from integrations.sync.push import waiting
from integrations.sync.push.attempt import Attempt, Step
from integrations.sync.push.operations import CONTACT, NOTE, TAGS, TASK
from integrations.sync.push.waiting import NotShown

State = Write.State
# What of a record somebody would want back, by kind.
TOLD = {"contact": CONTACT | TAGS, "task": TASK, "note": NOTE}


def look_ahead(attempt: Attempt) -> bool:
    """Whether it is there."""
    attempt.read()
    return True


def look(attempt: Attempt) -> Step:
    """It is deleted as it stands; what it said last is kept with the trail of the write."""
    try:
        theirs = attempt.read()
    except Absent:
        return _gone(attempt)
    attempt.wait_for_echo()
    attempt.remember(base=attempt.write.base | fields_of(theirs, TOLD[attempt.write.kind]))
    return attempt.changes


def read_back(attempt: Attempt, sent: Mapping[str, Any]) -> str:  # noqa: ARG001
    try:
        attempt.read()
    except Absent:
        return _gone(attempt)
    raise NotShown(waiting.LOOKS[0])


def _gone(attempt: Attempt) -> str:
    attempt.forget()
    was_gone = attempt.write.sent_at is None
    return attempt.settle(State.CONFIRMED, f"It was already deleted in {attempt.system}." if was_gone else "")
