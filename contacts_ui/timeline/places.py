"""From which place on each list of a contact's page is shown, and how far."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.http import QueryDict

from integrations.activity import timeline
from integrations.activity.asked import Cursor

# Of the agenda at first: the screen must still reach today. Then a page, and at most as much for an open page that
# is drawn again.
AT_ONCE, LATE_AT_ONCE, PAGE, MOST = 7, 5, 50, 500
# Of meetings that were cancelled, in their closed fold.
OFF_AT_ONCE = 5
PINNED_AT_ONCE, MOST_PINNED = 2, 200
# How many rows an address says that its page shows, in the order of `as_deep_as`.
DEPTHS = ("rows", "coming", "pins", "overdue", "cancelled")
# An open page is brought up to date as far down as it has been read, within reason.
MOST_LIVE = 1000


@dataclass(frozen=True, slots=True)
class Places:
    """Where each list of the page begins (None at its start), and how many rows it shows at least.

    `raised` are the tasks that stand above the agenda already, wherever their own place is.
    """

    past_after: Cursor | None = None
    agenda_after: Cursor | None = None
    late_after: Cursor | None = None
    pinned_after: Cursor | None = None
    off_after: Cursor | None = None
    past_rows: int = timeline.PAGE_SIZE
    agenda_rows: int = AT_ONCE
    late_rows: int = LATE_AT_ONCE
    pinned_rows: int = PINNED_AT_ONCE
    off_rows: int = OFF_AT_ONCE
    raised: tuple[int, ...] = ()

    @classmethod
    def from_query(cls, query: QueryDict) -> Places:
        """Read the address; a place that we did not write is the start."""
        return cls(
            past_after=Cursor.decode(query.get("cursor", "")),
            agenda_after=Cursor.decode(query.get("agenda", "")),
            late_after=Cursor.decode(query.get("late", "")),
            pinned_after=Cursor.decode(query.get("pinned", "")),
            off_after=Cursor.decode(query.get("off", "")),
            raised=tuple(int(pk) for pk in query.get("raised", "").split(",")[:MOST] if _is_id(pk)),
        ).as_deep_as(" ".join(query.get(name, "") or "0" for name in DEPTHS))

    @property
    def fragment(self) -> str:
        """The one list that a part of the page is asked for; "" for all of its results."""
        if self.past_after:
            return "days"
        if self.agenda_after:
            return "agenda"
        if self.late_after:
            return "late"
        if self.off_after:
            return "off"
        return "pins" if self.pinned_after else ""

    def as_deep_as(self, shown: str) -> Places:
        """The same with at least as many rows as an open page says it shows: "past agenda pinned late off"."""
        past, in_agenda, pinned, late, off = [*map(_number, shown.split()[:5]), 0, 0, 0, 0, 0][:5]
        pages = max(1, min(-(-past // timeline.PAGE_SIZE), MOST_LIVE // timeline.PAGE_SIZE))
        return replace(
            self,
            past_rows=pages * timeline.PAGE_SIZE,
            agenda_rows=max(self.agenda_rows, in_agenda),
            pinned_rows=max(self.pinned_rows, pinned),
            late_rows=max(self.late_rows, late),
            off_rows=max(self.off_rows, off),
        )


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
