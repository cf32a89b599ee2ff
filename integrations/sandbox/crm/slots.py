"""When a calendar can be booked: on weekdays in the sub-account's working hours, where nothing is booked yet."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from integrations.sandbox.crm.calendars import booked, find_calendar, milliseconds, with_offset
from integrations.sandbox.crm.records import Appointment, Calendar, Json
from integrations.sandbox.crm.store import LocationStore
from integrations.sandbox.http.errors import bad_request
from integrations.sandbox.http.messages import Answer, Call
from integrations.sandbox.seed.moments import DAY, MINUTE

STEP = 15  # minutes between two starts
_OPENS, _CLOSES = 9 * 60, 17 * 60  # minutes of the day
_LONGEST_DAYS = 31
_OPEN_AGAIN = ("cancelled", "noshow", "invalid")


@dataclass(frozen=True, slots=True)
class Diary:
    """One calendar as somebody sees who wants a time that is not over at `now`, with one user or with anybody."""

    store: LocationStore
    calendar: Calendar
    now: int
    user_id: str = ""

    def free(self, low: int, high: int) -> Iterator[int]:
        """Every start in the closed range whose slot is free, the earliest first."""
        length, taken = self.calendar.minutes * MINUTE, self._taken(low, high, "")
        for start in self._starts(low, high):
            if not any(one.start < start + length and start < one.end for one in taken):
                yield start

    def takes(self, start: int, end: int, *, besides: str = "") -> bool:
        """Whether an appointment fits there, apart from the one with the id `besides`."""
        taken = self._taken(start, end, besides)
        return start in self._starts(start, start) and not any(
            one.start < end and start < one.end for one in taken
        )

    def _starts(self, low: int, high: int) -> Iterator[int]:
        zone = self.store.sub.zone
        day, last = _day(low, zone), _day(high, zone)
        while day <= last:
            if day.weekday() < 5:
                yield from (start for start in self._starts_of(day) if max(low, self.now + 1) <= start <= high)
            day += timedelta(days=1)

    def _starts_of(self, day: date) -> Iterator[int]:
        for minute in range(_OPENS, _CLOSES - self.calendar.minutes + 1, STEP):
            local = datetime.combine(day, time(minute // 60, minute % 60), self.store.sub.zone)
            yield round(local.timestamp() * 1000)

    def _taken(self, low: int, high: int, besides: str) -> list[Appointment]:
        """What is booked around there: on this calendar by anybody, on the others by this user."""
        calendars = self.store.sub.calendars if self.user_id else (self.calendar,)
        return [
            item
            for calendar in calendars
            # A day back: what is longer than that blocks nothing here.
            for item in booked(self.store, calendar, low - DAY, high + DAY)
            if item.status not in _OPEN_AGAIN
            and item.id != besides
            and (calendar is self.calendar or item.owner == self.user_id)
        ]


def free_slots(call: Call) -> Answer:
    """GET /calendars/{id}/free-slots: starts by day, both in the zone that was asked for."""
    calendar = find_calendar(call.store, call.params["calendar_id"])
    low, high = milliseconds(call, "startDate"), milliseconds(call, "endDate")
    if not 0 <= high - low <= _LONGEST_DAYS * DAY:
        raise bad_request(f"Date range cannot be more than {_LONGEST_DAYS} days")
    zone, days = _zone(call), dict[str, Json]()
    diary = Diary(call.store, calendar, call.now, call.request.query.get("userId", ""))
    for start in diary.free(low, high):
        days.setdefault(_day(start, zone).isoformat(), {"slots": []})["slots"].append(with_offset(start, zone))
    return Answer(days)


def _zone(call: Call) -> ZoneInfo:
    name = call.request.query.get("timezone", "")
    if name and name not in available_timezones():
        raise bad_request(f"Invalid timezone {name}")
    return ZoneInfo(name) if name else call.store.sub.zone


def _day(moment: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(moment / 1000, UTC).astimezone(zone).date()
