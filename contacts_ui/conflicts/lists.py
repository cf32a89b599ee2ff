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


@dataclass(frozen=True, slots=True)
class Extent:
    """From where on both lists are shown, and how many rows of each."""

    after: int | None
    before: int | None
    open: int
    settled: int


def inbox_of(person: int, mine: Collection[int], overseen: Collection[int], extent: Extent) -> Inbox:
    """What a person may settle and may read. A later page of one list leaves the other alone."""
    after, before, who = extent.after, extent.before, (person, mine, overseen)
    crossed = [] if before else conflicts.open_ones(*who, after=after, at_most=extent.open + 1)
    done = [] if after else conflicts.settled_ones(*who, before=before, at_most=extent.settled + 1)
    first, latest = crossed[: extent.open], done[: extent.settled]
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
        after=first[-1].pk if len(crossed) > extent.open else None,
        before=latest[-1].pk if len(done) > extent.settled else None,
    )
