"""Reads the last twelve weeks out of the days that a contact keeps of its timeline. Pure."""

from collections.abc import Mapping
from datetime import date, timedelta

WEEKS = 12


class Weeks:
    """The twelve weeks up to a day, for many contacts: seven days each, and that day ends the last one.

    `today` is the reader's; a workspace may be a day ahead.
    """

    def __init__(self, today: date) -> None:
        first = today - timedelta(days=7 * WEEKS - 1)
        self._week = {str(first + timedelta(days=day)): day // 7 for day in range(7 * WEEKS)}
        self._week[str(today + timedelta(days=1))] = WEEKS - 1

    def counts(self, by_day: Mapping[str, int]) -> tuple[int, ...]:
        """Items of each week, oldest first."""
        found = [0] * WEEKS
        for day, items in by_day.items():
            if (week := self._week.get(day)) is not None:
                found[week] += items
        return tuple(found)
