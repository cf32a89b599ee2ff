"""How a listing goes on: the cursor of the next page, and the guard against running in circles."""

from collections.abc import Mapping, Sequence
from typing import Any

from integrations.ghl.client.errors import MalformedAnswer

SearchAfter = list[Any]
"""Opaque: sort values of a row, to be sent back as they came."""


def next_search_after(
    rows: Sequence[Mapping[str, Any]], limit: int, previous: SearchAfter | None = None
) -> SearchAfter | None:
    """The cursor for the page after `rows`, or None when this was the last: it is shorter than `limit`.

    Each row carries its own `searchAfter`; sort and filters must stay the same on every page. A full page whose
    last row has none, or the one that was just used, is MalformedAnswer: going on would lose or repeat rows.
    """
    if len(rows) < limit:
        return None
    cursor = rows[-1].get("searchAfter")
    if not isinstance(cursor, list) or not cursor:
        raise MalformedAnswer("a full page whose last row has no searchAfter, so the listing cannot go on")
    if cursor == previous:
        raise MalformedAnswer("the same searchAfter twice in a row, so the listing would never end")
    return cursor


def next_skip(rows: Sequence[object], limit: int, skip: int = 0) -> int | None:
    """The same for listings that count: how many rows to skip for the next page, None after the last."""
    return skip + len(rows) if len(rows) >= limit else None
