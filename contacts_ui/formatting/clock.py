"""Moments in the zone of whoever looks, and in words: how long ago, how overdue, which day.

The words are pure; their zone is that of the moments given.
"""

from datetime import UTC, date, datetime, timedelta, tzinfo

from django.utils import timezone

MINUTE = 60
HOUR = 3600
DAY = 86_400


def local(moment: datetime, zone: tzinfo | None = None) -> datetime:
    """A moment in the reader's zone; in UTC at the ends of the calendar, where that zone has no date for it.

    Whoever asks for many tells the zone, which takes longer to look up than to apply.
    """
    try:
        return moment.astimezone(zone or timezone.get_current_timezone())
    except (OverflowError, ValueError):
        return moment.astimezone(UTC)


def ago(moment: datetime, now: datetime) -> str:
    """How long before `now`: "just now", "26 min ago", "3 h ago", "Yesterday", "Tue", "3 Sep", "3 Sep 2025".

    Both in the reader's zone, because "Yesterday" is a matter of where one stands. A moment ahead of `now`
    (clocks differ by seconds between machines) reads as "just now"; far ahead it reads as `when`.
    """
    seconds = (now - moment).total_seconds()
    if seconds < -MINUTE:
        return when(moment, now)
    if seconds < MINUTE:
        return "just now"
    if seconds < HOUR:
        return f"{int(seconds // MINUTE)} min ago"
    days = (now.date() - moment.date()).days
    if days == 0 or seconds < 6 * HOUR:  # last night at 23:00 is "3 h ago" at 02:00, not "Yesterday"
        return f"{int(seconds // HOUR)} h ago"
    if days == 1:
        return "Yesterday"
    return f"{moment:%a}" if days < 7 else calendar_day(moment.date(), now.date())


def when(moment: datetime, now: datetime) -> str:
    """A moment ahead: "Today 15:30", "Tomorrow 09:00", "Mon 16 Nov", "16 Nov 2027"."""
    days = (moment.date() - now.date()).days
    if days == 0:
        return f"Today {moment:%H:%M}"
    if days == 1:
        return f"Tomorrow {moment:%H:%M}"
    if days < 0:
        return ago(moment, now)
    return f"{moment:%a} {moment.day} {moment:%b}" if days < 180 else calendar_day(moment.date(), now.date())


def overdue(due: datetime, now: datetime) -> str:
    """How late in words: whole days, hours on the first day, minutes in the first hour; empty when not late."""
    seconds = (now - due).total_seconds()
    if seconds <= 0:
        return ""
    if seconds < HOUR:
        return f"Overdue {max(1, int(seconds // MINUTE))} min"
    if seconds < DAY:
        return f"Overdue {int(seconds // HOUR)} h"
    days = int(seconds // DAY)
    return f"Overdue {days:,} {'day' if days == 1 else 'days'}"


def calendar_day(day: date, today: date) -> str:
    """ "3 Sep", with the year unless it lies within eleven months: "3 Sep" must not mean last year's."""
    near = abs(today - day) < timedelta(days=335)
    return f"{day.day} {day:%b}" if near else f"{day.day} {day:%b} {day.year}"


def day_heading(day: date, today: date) -> tuple[str, str]:
    """The loud and the quiet half of a day's heading, such as ("Today", "Thu 12 Nov")."""
    spelled = f"{day:%a} {day.day} {day:%b}" + ("" if day.year == today.year else f" {day.year}")
    near = {-1: "Tomorrow", 0: "Today", 1: "Yesterday"}.get((today - day).days)
    return (near, spelled) if near else (spelled, "")


def span(start: datetime, end: datetime | None) -> str:
    """ "09:00 to 10:00"; the end names its day when that is another one; just the start when no end is known."""
    if end is None or end <= start:
        return f"{start:%H:%M}"
    if end.date() == start.date():
        return f"{start:%H:%M} to {end:%H:%M}"
    return f"{start:%H:%M} to {end:%a} {end.day} {end:%b} {end:%H:%M}"


def exact(moment: datetime) -> str:
    """The full time with its zone, for whoever hovers or focuses: "Thu 12 Nov 2026, 10:38:08 GMT"."""
    return f"{moment:%a} {moment.day} {moment:%b %Y, %H:%M:%S} {moment.tzname() or 'UTC'}"
