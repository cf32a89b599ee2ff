"""The moments that a task is put to with one press."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from contacts_ui.formatting.due import moments
from contacts_ui.tasks.forms import _words

NEW_YORK = ZoneInfo("America/New_York")


def told(now, zone=NEW_YORK):
    return {key: f"{at:%a %d %b %H:%M}" for key, at in moments(now, zone).items()}


@pytest.mark.parametrize(
    ("hour", "today"),
    [("08:00", "17:00"), ("15:59", "17:00"), ("16:00", "17:00"), ("16:30", "17:00"), ("17:00", "18:00"),
     ("22:10", "23:00"), ("23:05", "23:59"), ("23:59", "23:59"), ("00:00", "17:00")],
)  # fmt: skip
def test_today_is_five_oclock_and_later_the_next_hour_of_the_same_day(hour, today):
    now = datetime.fromisoformat(f"2026-11-30T{hour}").replace(tzinfo=NEW_YORK)
    assert told(now)["today"] == f"Mon 30 Nov {today}"


def test_days_are_those_of_the_account_not_of_the_machine():
    assert told(datetime(2026, 12, 1, 3, tzinfo=UTC)) == {
        "today": "Mon 30 Nov 23:00", "tomorrow": "Tue 01 Dec 09:00", "next_week": "Mon 07 Dec 09:00",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("today", "next_week"),
    [("2026-11-30", "Mon 07 Dec"), ("2026-12-01", "Mon 07 Dec"), ("2026-12-02", "Mon 07 Dec"),
     ("2026-12-03", "Mon 07 Dec"), ("2026-12-04", "Mon 07 Dec"), ("2026-12-05", "Mon 07 Dec"),
     ("2026-12-06", "Mon 14 Dec"), ("2026-12-28", "Mon 04 Jan")],
)  # fmt: skip
def test_next_week_is_the_coming_monday_and_on_a_sunday_never_tomorrow(today, next_week):
    found = moments(datetime.fromisoformat(f"{today}T12:00").replace(tzinfo=NEW_YORK), NEW_YORK)

    assert f"{found['next_week']:%a %d %b %H:%M}" == f"{next_week} 09:00"
    assert len({at.date() for at in found.values()}) == 3


def test_nine_oclock_stays_nine_oclock_when_the_clocks_change():
    found = moments(datetime(2026, 10, 31, 12, tzinfo=NEW_YORK), NEW_YORK)["tomorrow"]
    assert found.astimezone(UTC).hour == 14


def test_a_monday_that_is_not_this_weeks_is_told_with_its_date():
    sunday = datetime(2026, 12, 6, 12, tzinfo=UTC)
    words = {at.day: _words(at, sunday) for at in moments(sunday, ZoneInfo("UTC")).values()}

    assert words == {6: "17:00", 7: "09:00", 14: "Mon 14 Dec 09:00"}
