"""The place in the contact list where the next page begins, as its address carries it."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

BETWEEN = "\n"  # in none of these values but the last


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of the page before: its sort value (None sorts last) and its id."""

    value: str | None
    contact_id: int

    def words(self, letters: int) -> list[str]:
        """The values of an order by so many columns of letters."""
        return (self.value or "").split(BETWEEN, letters - 1)

    def encode(self) -> str:
        """A short text safe in an address."""
        return base64.urlsafe_b64encode(json.dumps([self.value, self.contact_id]).encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str, *, letters: int) -> Cursor | None:
        """The place a text names, in an order by so many columns of `letters` or, without any, by time.

        None for one that we did not write, which then means the first page.
        """
        if not text:
            return None
        try:
            value, contact_id = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            place = _comparable(value, letters)
        except (ValueError, TypeError, OverflowError, RecursionError):
            return None
        return cls(place, contact_id) if type(contact_id) is int and 0 < contact_id < 2**63 else None


def _comparable(value: Any, letters: int) -> str | None:
    """A sort value that both databases can compare; ValueError, TypeError or OverflowError for any other."""
    if value is None and not letters:
        return None
    if not isinstance(value, str) or "\x00" in value:
        raise TypeError("No column sorts by this.")
    if letters:
        if len(value.split(BETWEEN, letters - 1)) != letters:
            raise ValueError("It is of another order.")
        return value.encode().decode()  # half a surrogate pair raises here, and not in the database
    given = datetime.fromisoformat(value)
    if given.tzinfo is None:
        raise ValueError("Without an offset it names no moment.")
    return given.astimezone(UTC).isoformat()
