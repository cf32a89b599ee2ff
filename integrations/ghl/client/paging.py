"""How a listing goes on, and when it is at its end. No I/O.

Two ways may lead on: behind the row that came last, as seen on the live API, and by counting, as specified. Where
the first one fails, the second one takes over. An end is proved by a total that was reached or by an empty page.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

SearchAfter = list[Any]
"""Opaque: sort values of a row, to be sent back as they came."""

type Row = Mapping[str, Any]

BEHIND, SKIP, PAGE = "behind", "skip", "page"
# Where pages of this size come too late, the fault is another one.
SMALLEST = 125
REPEATS = "GoHighLevel showed the same page again, so the rest of this list was not read."


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a listing stands: by which of its `ways` the next page is asked for, what the pages so far held."""

    limit: int
    ways: tuple[str, ...]
    after: SearchAfter | None = None  # BEHIND: the row to go on behind
    skip: int = 0
    page: int = 1
    read: int = 0  # rows
    pages: int = 0
    most: int = 0  # rows of the fullest page
    last: str = ""  # digest of the page before
    mark: str = ""  # digest of an earlier one: whoever runs in circles comes by it again

    @property
    def way(self) -> str:
        return self.ways[0]

    @property
    def is_smallest(self) -> bool:
        """Whether pages cannot be asked for in halves. Those that are counted by number keep their size."""
        return self.limit < 2 * SMALLEST or self.way == PAGE

    def halved(self) -> "Position":
        return replace(self, limit=self.limit // 2)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Position":
        known = {field.name: stored[field.name] for field in fields(cls) if field.name in stored}
        return cls(**known | {"ways": tuple(stored["ways"])})


@dataclass(frozen=True, slots=True)
class Turn:
    """What follows a page: the next position, None at the end; and why that end is not proved, if it is not."""

    position: Position | None
    doubt: str = ""


def turn(at: Position, rows: Sequence[Any], total: int | None) -> Turn:
    """What follows the page that was asked for at this position. `total` as its answer tells it, if it does."""
    if not rows:
        missing = total is not None and at.read < total
        return _other_way(at, "" if not missing else f"GoHighLevel counts {total:,} and showed {at.read:,}.")
    digest = _digest(rows)
    if digest in (at.last, at.mark):
        return _repeated(at, digest, len(rows), total)
    is_full = len(rows) >= (min(at.limit, at.most) if at.pages else at.limit)
    pages = at.pages + 1
    now = replace(
        at,
        read=at.read + len(rows),
        pages=pages,
        most=max(at.most, len(rows)),
        last=digest,
        # At the first, second, fourth, eighth page and so on: no circle is too large to be found.
        mark=digest if pages & (pages - 1) == 0 else at.mark,
    )
    # A full page that reaches the total proves nothing: where totals are capped, it may be the cap.
    if now.read == total and not is_full:
        return Turn(None)
    return _onward(now, rows)


def total_of(data: Mapping[str, Any]) -> int | None:
    """How many there are in all, where an answer says so."""
    meta = data.get("meta")
    said = (data.get("total"), data.get("count"), meta.get("total") if isinstance(meta, Mapping) else None)
    texts = [str(one) for one in said]
    return next((int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 16), None)


def _onward(now: Position, rows: Sequence[Any]) -> Turn:
    if now.way == SKIP:
        return Turn(replace(now, skip=now.read))
    if now.way == PAGE:
        return Turn(replace(now, page=now.page + 1))
    cursor = rows[-1].get("searchAfter") if isinstance(rows[-1], Mapping) else None
    if not isinstance(cursor, list) or not cursor or cursor == now.after:
        return _other_way(now, "GoHighLevel did not say how to read the rest of this list.")
    return Turn(replace(now, after=cursor))


def _repeated(at: Position, digest: str, count: int, total: int | None) -> Turn:
    """A page that brings nothing new. The next way goes on from there; after a circle, from the beginning."""
    is_complete = at.read >= total if total is not None else len(at.ways) == 1 and count < at.limit
    if is_complete:
        return Turn(None)
    return _other_way(at if digest == at.last else replace(at, read=0, pages=0), REPEATS)


def _other_way(at: Position, doubt: str) -> Turn:
    if not doubt or len(at.ways) == 1:
        return Turn(None, doubt)
    is_even = at.read % at.limit == 0
    read, page = (at.read, at.read // at.limit + 1) if at.ways[1] == SKIP or is_even else (0, 1)
    return Turn(
        Position(
            limit=at.limit,
            ways=at.ways[1:],
            skip=read,
            page=page,
            read=read,
            pages=at.pages if read else 0,
            most=at.most,
            # By number nothing tells that a page is the one before, except that it is.
            last=at.last if read else "",
        )
    )


def _digest(rows: Sequence[Any]) -> str:
    """Of the ids of a page, in whatever order."""
    names = (str((row.get("id") or row.get("_id") or row) if isinstance(row, Mapping) else row) for row in rows)
    return hashlib.blake2b("\n".join(sorted(names)).encode("utf-8", "replace"), digest_size=8).hexdigest()
