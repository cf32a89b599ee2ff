"""The moments that a task is put to with one press, in the zone of its account. Pure."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

MORNING, EVENING, LAST = time(9), time(17), time(23, 59)
SUNDAY = 6
LABELS = {"today": "Today", "tomorrow": "Tomorrow", "next_week": "Next week"}


def moments(now: datetime, zone: ZoneInfo) -> dict[str, datetime]:
    """Later today, tomorrow morning, and the morning of next Monday: on a Sunday the one after tomorrow's."""
    here = now.astimezone(zone)
    today = here.date()
    monday = today + timedelta(days=14 - here.weekday() if here.weekday() == SUNDAY else 7 - here.weekday())
    return {
        "today": _today(here, zone),
        "tomorrow": datetime.combine(today + timedelta(days=1), MORNING, zone),
        "next_week": datetime.combine(monday, MORNING, zone),
    }


def after(days: int, now: datetime, zone: ZoneInfo) -> datetime:
    """So many days from today in the morning; today as `moments` tells it."""
    here = now.astimezone(zone)
    return datetime.combine(here.date() + timedelta(days=days), MORNING, zone) if days else _today(here, zone)


def _today(here: datetime, zone: ZoneInfo) -> datetime:
    """Five o'clock; once that is near the next full hour, and in the last hour the last minute."""
    evening = datetime.combine(here.date(), EVENING, zone)
    hour = here.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    if hour <= evening:
        return evening
    return hour if hour.date() == here.date() else datetime.combine(here.date(), LAST, zone)
