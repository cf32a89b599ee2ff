"""The stretches that the past is read in: today, yesterday, the rest of this week, then month by month. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from contacts_ui.formatting import clock


@dataclass(frozen=True, slots=True)
class Period:
    """`first` is its first day and tells it from every other; the heading has a loud and a quiet half."""

    first: date
    loud: str
    quiet: str = ""


@lru_cache(maxsize=4096)
def period_of(day: date, today: date) -> Period:
    """The period that a day falls into. Weeks begin on Monday; what lies ahead is a day of its own."""
    monday = today - timedelta(days=today.weekday())
    if day >= today - timedelta(days=1):
        return Period(day, *clock.day_heading(day, today))
    if day >= monday:
        return Period(monday, "This week")
    return Period(day.replace(day=1), f"{day:%B}", "" if day.year == today.year else f"{day:%Y}")
