"""Reads what a contact keeps of its last twelve weeks: items by day, and by the minute where they lie ahead."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta

WEEKS = 12


def recent_since(now: datetime) -> datetime:
    """The moment from which items are kept: the start of the first of 84 days, of which today is the last."""
    first = now.astimezone(UTC).date() - timedelta(days=7 * WEEKS - 1)
    return datetime.combine(first, time(), UTC)


class Weeks:
    """The twelve weeks up to `now`, for many contacts: seven days of UTC each, and today ends the last one."""

    def __init__(self, now: datetime) -> None:
        here = now.astimezone(UTC)
        self._now, first = f"{here:%Y-%m-%d %H:%M}", recent_since(now).date()
        self._place = {str(first + timedelta(days=day)): day // 7 for day in range(7 * WEEKS)}

    def counts(self, recent_items: Mapping[str, int]) -> tuple[int, ...]:
        """Items of each week, oldest first. What lay ahead counts once its minute has come."""
        found = [0] * WEEKS
        for moment, items in recent_items.items():
            if moment <= self._now and (place := self._place.get(moment[:10])) is not None:
                found[place] += items
        return tuple(found)
