"""A new record. The provider has no idempotency keys: what was there before is noted, and what is new is adopted.

After a lost answer it is only looked for. One new record with the same fields is ours; anything else is unknown
and is never sent again by itself.
"""

from collections.abc import Mapping
from typing import Any

from integrations.activity.records import Record
from integrations.connections.ports import Absent, Permanent
from integrations.sync.models import Write
from integrations.sync.models.options import Option
from integrations.sync.push import commands, waiting
from integrations.sync.push.attempt import Attempt, Step, labels
from integrations.sync.push.priority import set_priority
from integrations.sync.push.waiting import NotShown

State = Write.State


def look_ahead(attempt: Attempt) -> bool:
    """Note what is there while the undo window still runs."""
    if attempt.write.known_ids is None:
        Write.objects.waiting().filter(pk=attempt.write.pk).update(known_ids=_ids(_alike(attempt)))
        return True
    return False


def look(attempt: Attempt) -> Step:
    write = attempt.write
    if write.remote_id:
        return _finish(attempt)
    found = _alike(attempt)
    if write.known_ids is None:
        attempt.remember(known_ids=_ids(found))
    if write.sent_at is None:
        return attempt.changes
    return _look_for_it(attempt, found)


def read_back(attempt: Attempt, sent: Mapping[str, Any]) -> str:  # noqa: ARG001
    return _finish(attempt)


def adopt(attempt: Attempt, remote_id: str) -> str:
    """The contact exists: what is empty there is filled in by a write of its own, and what differs is crossed."""
    write = attempt.write
    attempt.remember(remote_id=remote_id)
    asked_at, theirs = attempt.clock(), attempt.read()
    attempt.store(theirs, asked_at)
    attempt.link()
    words = f"{attempt.system} had this contact already. It was used instead of a second one."
    state = attempt.settle(State.CONFIRMED, words)
    fields = {name: write.changes[name] for name in attempt.differs(theirs, write.changes) if name != "tag_names"}
    how: dict[str, Any] = {"actor": write.actor, "undo_seconds": 0}
    if state and fields:
        commands.write("contact.update", write.target, fields, base=dict.fromkeys(fields, ""), **how)
    if state and (tags := write.changes.get("tag_names")):
        commands.write("contact.add_tags", write.target, {"tag_names": tags}, **how)
    return state


def doubt(attempt: Attempt, refusal: Permanent) -> str:
    """Refused when it was sent again: what stands in its way may be what the first time made after all."""
    ours = _ours(attempt, _alike(attempt))
    if len(ours) == 1:
        return _take_up(attempt, ours[0])
    if not ours:
        raise refusal
    return _unknown(attempt, ours)


def _look_for_it(attempt: Attempt, found: list[Record]) -> Step:
    """What was sent and never answered for."""
    write, ours = attempt.write, _ours(attempt, found)
    if len(ours) == 1:
        return _take_up(attempt, ours[0])
    if wait := waiting.until_next_look(write.sent_at or attempt.clock(), attempt.clock()):
        raise NotShown(wait)
    # An answer that said it failed, and nothing of it is there: it was not carried out.
    if not ours and (write.options.get(Option.ANSWERED) or write.options.get(Option.MAY_REPEAT)):
        return attempt.changes
    return _unknown(attempt, ours)


def _ours(attempt: Attempt, found: list[Record]) -> list[Record]:
    """What is new there and just as it was asked for."""
    new = [one for one in found if one.remote_id not in (attempt.write.known_ids or ())]
    return [one for one in new if not attempt.differs(one, attempt.write.changes)]


def _take_up(attempt: Attempt, ours: Record) -> str:
    attempt.remember(remote_id=ours.remote_id, accepted_at=attempt.write.sent_at)
    return _finish(attempt)


def _unknown(attempt: Attempt, ours: list[Record]) -> str:
    there = f"{len(ours)} new records like it are there" if ours else "it is not there so far"
    words = f"{attempt.system} did not answer, and {there}. Look in {attempt.system}, then retry or dismiss this."
    return attempt.settle(State.FAILED, words, is_unknown=True)


def _finish(attempt: Attempt) -> str:
    """Confirmed by reading what was made, and the cache has it."""
    write = attempt.write
    asked_at, wait = (
        attempt.clock(),
        waiting.until_next_look(write.accepted_at or attempt.clock(), attempt.clock()),
    )
    try:
        theirs = attempt.read()
    except Absent:
        if wait:
            raise NotShown(wait) from None
        words = f"{attempt.system} accepted this but does not show it. Look there before you retry it."
        return attempt.settle(State.FAILED, words, is_unknown=True)
    attempt.store(theirs, asked_at)
    attempt.link()
    attempt.credit()
    if write.target is not None and (ours := write.options.get(Option.PRIORITY)):
        set_priority(write.target, ours)
    differing = attempt.differs(theirs, write.changes)
    if differing and wait:
        raise NotShown(wait)
    words = f"{attempt.system} stored the {labels(differing)} differently from what was sent." if differing else ""
    return attempt.settle(State.CONFIRMED, words)


def _alike(attempt: Attempt) -> list[Record]:
    return list(attempt.reader.alike(attempt.row.stream, attempt.target.contact_id, attempt.write.changes))


def _ids(found: list[Record]) -> list[str]:
    return [one.remote_id for one in found]
