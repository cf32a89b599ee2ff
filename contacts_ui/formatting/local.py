"""Moments in the zone of whoever looks."""

from datetime import UTC, datetime

from django.utils import timezone


def local(moment: datetime) -> datetime:
    """A moment in the reader's zone; in UTC at the ends of the calendar, where that zone has no date for it."""
    try:
        return timezone.localtime(moment)
    except (OverflowError, ValueError):
        return moment.astimezone(UTC)
