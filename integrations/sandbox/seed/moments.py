"""Turns days before today into believable moments: working hours of a zone, with odd minutes."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

DAY = 86_400_000
MINUTE = 60_000
_EPOCH = date(1970, 1, 1)
_PAST_DAYS, _FUTURE_DAYS = 900, 200


class Almanac:
    """Working moments around `today` in one zone, as epoch milliseconds.

    `now` (epoch milliseconds) bounds the past: nothing that happened lies after it. The offset of each day is
    looked up once, at noon: working hours never touch the hour in which clocks change.
    """

    def __init__(self, zone: ZoneInfo, today: date, now: int) -> None:
        self.zone, self.today, self.now = zone, today, now
        self.today_number = (today - _EPOCH).days
        first = self.today_number - _PAST_DAYS
        self._first = first
        self._offsets = [self._noon_offset(day) for day in range(first, self.today_number + _FUTURE_DAYS)]

    def _noon_offset(self, day: int) -> int:
        noon = datetime.combine(_EPOCH + timedelta(days=day), time(12), self.zone)
        offset = noon.utcoffset()
        return int(offset.total_seconds() * 1000) if offset else 0

    def at(self, days_ago: float, minute_of_day: float) -> int:
        """The moment on that day at that local minute."""
        day = self.today_number - int(days_ago)
        return day * DAY + int(minute_of_day * MINUTE) - self._offsets[day - self._first]

    def weekday(self, days_ago: int) -> int:
        """Monday is 0."""
        return (self.today_number - days_ago + 3) % 7

    def happened(self, rng: Random, days_ago: float) -> int:
        """A past moment in working hours, to the millisecond, never after `now`."""
        back = self._working_day(rng, int(days_ago), step=1)
        moment = self.at(back, working_minute(rng)) + rng.randrange(MINUTE)
        # The story may not know the future: what would lie ahead of now moves back by days.
        while moment >= self.now:
            back += 1
            moment = self.at(back, working_minute(rng)) + rng.randrange(MINUTE)
        return moment

    def planned(self, rng: Random, days_ago: float, grid: int = 5) -> int:
        """A moment that somebody chose (a due time, a start), on a grid of minutes; a negative day is ahead."""
        step = 1 if days_ago > 0 else -1
        minute = int(working_minute(rng)) // grid * grid
        return self.at(self._working_day(rng, int(days_ago), step), minute)

    def _working_day(self, rng: Random, days_ago: int, step: int) -> int:
        # One in fourteen items keeps its weekend: somebody always writes on a Sunday.
        if self.weekday(days_ago) < 5 or rng.random() < 0.07:
            return days_ago
        while self.weekday(days_ago) >= 5:
            days_ago += step
        return days_ago


def working_minute(rng: Random) -> float:
    """Local minutes after midnight: mostly 07:35 to 12:20 and 12:50 to 18:10, sometimes the evening."""
    draw = rng.random()
    if draw < 0.56:
        return 455 + rng.random() * 285
    if draw < 0.97:
        return 770 + rng.random() * 320
    return 1090 + rng.random() * 140


def epoch_ms(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware moment."""
    return int(moment.timestamp() * 1000)


def iso(ms: int) -> str:
    """As the vendor writes UTC: 2026-11-21T09:30:15.250Z."""
    moment = datetime.fromtimestamp(ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"
