"""The moments that a task is put to with one press."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from contacts_ui.formatting.due import moments

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


def test_next_week_is_the_coming_monday_from_any_day_and_over_the_end_of_a_year():
    assert told(datetime(2026, 12, 27, 12, tzinfo=NEW_YORK))["next_week"] == "Mon 28 Dec 09:00"
    assert told(datetime(2026, 12, 28, 12, tzinfo=NEW_YORK))["next_week"] == "Mon 04 Jan 09:00"


def test_nine_oclock_stays_nine_oclock_when_the_clocks_change():
    found = moments(datetime(2026, 10, 31, 12, tzinfo=NEW_YORK), NEW_YORK)["tomorrow"]
    assert found.astimezone(UTC).hour == 14
