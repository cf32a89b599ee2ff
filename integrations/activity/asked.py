"""What a reader asks of a timeline: which entries, and from which place on."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader asked to see. Empty fields do not filter; changes may be left out of all kinds.

    `priority` is that of a task, "normal" where nobody chose one, `status` one of `task.STATUSES`,
    with `due_before` for those that are overdue: with either nothing but tasks is asked for.
    `hits` are the keys of all entries of any kind that a search found, where they are known.
    """

    kind: str = ""
    text: str = ""
    actor: str = ""
    priority: str = ""
    status: str = ""
    due_before: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None  # the first moment that is out again
    has_changes: bool = True
    hits: tuple[int, ...] | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.kind or self.is_search)

    @property
    def leaves_out_changes(self) -> bool:
        return not (self.kind or self.has_changes)

    @property
    def is_search(self) -> bool:
        """Whether entries have to be looked at to know how many fit: numbers are kept of kinds alone."""
        return bool(self.text or self.actor or self.priority or self.status or self.since or self.until)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list of entries that is sorted by a moment, then by id; the rest lies strictly behind it."""

    occurred_at: datetime
    entry_id: int

    def encode(self) -> str:
        """A short text safe in a URL."""
        raw = json.dumps([self.occurred_at.isoformat(), self.entry_id])
        return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> Cursor | None:
        """The place a text names, or None for a text that we did not write (a bookmark cut short, a guess)."""
        try:
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            moment, entry_id = json.loads(raw)
            given = datetime.fromisoformat(moment)
            at = given.astimezone(UTC)
        except (ValueError, TypeError, OverflowError, RecursionError):
            return None
        # The first and the last year have moments that some zone has no date for.
        fits = given.tzinfo and 1 < at.year < 9999 and type(entry_id) is int and 0 < entry_id < 2**63
        return cls(at, entry_id) if fits else None
