"""From which place on each list of a contact's page is shown, and how far."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from django.http import QueryDict

from integrations.activity import timeline
from integrations.activity.asked import Cursor

# Of the agenda at first: the screen must still reach today. Then a page, and at most as much for an open page that
# is drawn again.
AT_ONCE, PAGE, MOST = 10, 50, 500
PINNED_AT_ONCE, MOST_PINNED = 2, 200
# An open page is brought up to date as far down as it has been read, within reason.
MOST_LIVE = 1000


@dataclass(frozen=True, slots=True)
class Places:
    """Where each list of the page begins (None at its start), and how many rows it shows at least."""

    past_after: Cursor | None = None
    agenda_after: Cursor | None = None
    past_rows: int = timeline.PAGE_SIZE
    agenda_rows: int = AT_ONCE
    pinned_rows: int = PINNED_AT_ONCE

    @classmethod
    def from_query(cls, query: QueryDict) -> Self:
        """Read the address; a place that we did not write is the start."""
        return cls(
            past_after=Cursor.decode(query.get("cursor", "")),
            agenda_after=Cursor.decode(query.get("agenda", "")),
            pinned_rows=MOST_PINNED if query.get("pinned") == "all" else PINNED_AT_ONCE,
        )

    @property
    def fragment(self) -> str:
        """The one list that a part of the page is asked for; "" for all of its results."""
        if self.past_after:
            return "days"
        if self.agenda_after:
            return "agenda"
        return "pins" if self.pinned_rows > PINNED_AT_ONCE else ""

    def as_deep_as(self, shown: str) -> Places:
        """The same with at least as many rows as an open page says it shows: "past agenda pinned"."""
        past, in_agenda, pinned = [*map(_number, shown.split()[:3]), 0, 0, 0][:3]
        pages = max(1, min(-(-past // timeline.PAGE_SIZE), MOST_LIVE // timeline.PAGE_SIZE))
        return replace(
            self,
            past_rows=pages * timeline.PAGE_SIZE,
            agenda_rows=max(self.agenda_rows, in_agenda),
            pinned_rows=max(self.pinned_rows, pinned),
        )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
