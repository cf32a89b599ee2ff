"""Both lists of the inbox, a page at a time: what is open, oldest first, and what was settled, newest first."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from contacts_ui.components.field_names import names_for
from contacts_ui.components.task_row import UNLOCK, lock_of
from contacts_ui.conflicts.cards import Card, card_of
from integrations.sync.health import conflicts

OPEN_AT_ONCE, SETTLED_AT_ONCE = 25, 25


@dataclass(frozen=True, slots=True)
class Inbox:
    """`after` and `before` are where the next page of each list starts, None where there is none."""

    open: list[Card]
    settled: list[Card]
    after: int | None
    before: int | None


def inbox_of(
    person: int, mine: Collection[int], overseen: Collection[int], *, after: int | None, before: int | None
) -> Inbox:
    """What a person may settle and may read. A later page of one list leaves the other alone."""
    crossed = [] if before else conflicts.open_ones(person, mine, overseen, after=after, at_most=OPEN_AT_ONCE + 1)
    done = (
        [] if after else conflicts.settled_ones(person, mine, overseen, before=before, at_most=SETTLED_AT_ONCE + 1)
    )
    first, latest = crossed[:OPEN_AT_ONCE], done[:SETTLED_AT_ONCE]
    names = names_for(one.write for one in (*first, *latest))
    return Inbox(
        open=[
            card_of(
                one,
                names,
                viewer=person,
                may_remember=one.write.connection.workspace_id in overseen,
                lock=UNLOCK.get(lock_of(one.write.connection), ""),
            )
            for one in first
        ],
        settled=[card_of(one, names, viewer=person) for one in latest],
        after=first[-1].pk if len(crossed) > OPEN_AT_ONCE else None,
        before=latest[-1].pk if len(done) > SETTLED_AT_ONCE else None,
    )
