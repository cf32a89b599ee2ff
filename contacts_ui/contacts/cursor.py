"""The place in the contact list where the next page begins, as its address carries it."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of the page before: its sort value (None sorts last) and its id."""

    value: str | None
    contact_id: int

    def encode(self) -> str:
        """A short text safe in an address."""
        return base64.urlsafe_b64encode(json.dumps([self.value, self.contact_id]).encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str, *, by_name: bool) -> Cursor | None:
        """The place a text names; None for one that we did not write, which then means the first page."""
        if not text:
            return None
        try:
            value, contact_id = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            place = _comparable(value, by_name=by_name)
        except (ValueError, TypeError, OverflowError, RecursionError):
            return None
        return cls(place, contact_id) if type(contact_id) is int and 0 < contact_id < 2**63 else None


def _comparable(value: Any, *, by_name: bool) -> str | None:
    """A sort value that both databases can compare; ValueError, TypeError or OverflowError for any other."""
    if value is None and not by_name:
        return None
    if not isinstance(value, str) or "\x00" in value:
        raise TypeError("No column sorts by this.")
    if by_name:
        return value.encode().decode()  # half a surrogate pair raises here, and not in the database
    given = datetime.fromisoformat(value)
    if given.tzinfo is None:
        raise ValueError("Without an offset it names no moment.")
    return given.astimezone(UTC).isoformat()
