"""A page of the contact list by next steps: it holds to one moment, however long somebody scrolls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from contacts_ui.contacts.cursor import BETWEEN, Cursor
from contacts_ui.contacts.filters import NEXT_WORDS
from integrations.activity.next_steps import Group, Order, Place, Walk, first

# As of an older moment a page would walk through what has long passed; a list left open for so long goes on as of
# the earliest that it may.
MOST_BEHIND = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Start:
    """Where a page starts, and the moment that decides what is late in it."""

    moment: datetime
    after: Place | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    """The contacts of a page in its order, and where the next one starts: "" for nowhere."""

    ids: list[int]
    next_cursor: str
    moment: datetime


def read(walks: Sequence[Walk], cursor: Cursor | None, now: datetime, *, is_turned: bool, size: int) -> Slice:
    """The page behind `cursor`, as of the moment of the page before it. Four queries at most."""
    start = (cursor and _start(cursor, now)) or Start(now)
    found = first(walks, Order(start.moment, is_turned, size + 1), start.after)
    shown = found[:size]
    goes_on = _cursor(shown[-1], start.moment) if len(found) > size else ""
    return Slice([place.contact for place in shown], goes_on, start.moment)


def _cursor(place: Place, moment: datetime) -> str:
    at = place.at.astimezone(UTC).isoformat() if place.at else ""
    return Cursor(BETWEEN.join((moment.isoformat(), str(int(place.group)), at)), place.row).encode()


def _start(cursor: Cursor, now: datetime) -> Start | None:
    """None for a place that we did not write, which then means the first page."""
    moment, group, at = cursor.words(NEXT_WORDS)
    try:
        place = Place(Group(int(group)), _moment(at) if at else None, cursor.contact_id)
        began = _moment(moment)
    except (ValueError, OverflowError):
        return None
    if (place.at is None) != (place.group == Group.NONE):
        return None
    return Start(min(max(began, now - MOST_BEHIND), now), place)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
