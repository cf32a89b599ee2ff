"""Fields of a record that is there: each is merged with what the provider has by now, and read back."""

from collections.abc import Mapping
from typing import Any

from integrations.activity.records import Record
from integrations.sync.models import Write
from integrations.sync.models.writes import fields_of
from integrations.sync.push import conflicts, waiting
from integrations.sync.push.attempt import Attempt, Step
from integrations.sync.push.edited import credit_edit
from integrations.sync.push.merge import Merge, merge
from integrations.sync.push.outcome import row_of
from integrations.sync.push.same import same
from integrations.sync.push.waiting import NotShown

State = Write.State


def look_ahead(attempt: Attempt) -> bool:
    """Whether all of it can be sent as it is."""
    return merged(attempt.write, attempt.read()).is_clear


def look(attempt: Attempt) -> Step:
    """What is to be sent: whatever nobody else changed. What was crossed waits for somebody to settle it."""
    asked_at, theirs = attempt.clock(), attempt.read()
    result = conflicts.decide(attempt.write, merged(attempt.write, theirs), theirs, asked_at)
    if result.send:
        attempt.wait_for_echo()
        return result.send
    attempt.store(theirs, asked_at)
    if attempt.write.sent_at is not None and not attempt.differs(theirs, attempt.write.changes):
        credit_edit(attempt.write, attempt.write.changes)  # it had arrived, whatever became of the answer
    return _end(attempt)


def read_back(attempt: Attempt, sent: Mapping[str, Any]) -> str:
    """Confirmed only by what the provider then says."""
    asked_at, theirs = attempt.clock(), attempt.read()
    attempt.store(theirs, asked_at)
    if attempt.differs(theirs, sent):
        raise NotShown(waiting.LOOKS[0])
    credit_edit(attempt.write, sent)
    return _end(attempt)


def merged(write: Write, theirs: Record) -> Merge:
    """What the write comes to now."""
    seen = fields_of(theirs, write.changes)
    overwritten = {name: seen[name] for name in row_of(write).overwrites if name in seen}
    return merge(base=write.base | overwritten, changes=write.changes, theirs=seen, same=same)


def _end(attempt: Attempt) -> str:
    if conflicts.any_open(attempt.write):
        crossed = f"It was changed in {attempt.system} before your change was sent. Nothing was overwritten."
        return attempt.settle(State.CONFLICT, crossed)
    return attempt.settle(State.CONFIRMED)
