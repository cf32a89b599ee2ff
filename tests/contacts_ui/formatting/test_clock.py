"""Moments in words."""

from datetime import UTC, date, datetime, timedelta

import pytest

from contacts_ui.formatting import clock

NOW = datetime(2026, 11, 12, 10, 43, tzinfo=UTC)  # a Thursday


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ({"seconds": 20}, "just now"),
        ({"seconds": -30}, "just now"),
        ({"minutes": 1}, "1 min ago"),
        ({"minutes": 59}, "59 min ago"),
        ({"hours": 3}, "3 h ago"),
        ({"hours": 11}, "Yesterday"),
        ({"days": 2}, "Tue"),
        ({"days": 6}, "Fri"),
        ({"days": 7}, "5 Nov"),
        ({"days": 70}, "3 Sep"),
        ({"days": 435}, "3 Sep 2025"),
    ],
)
def test_the_past_is_relative_for_a_week_and_a_date_after(before, words):
    assert clock.ago(NOW - timedelta(**before), NOW) == words


def test_last_night_is_hours_ago_until_six_hours_have_passed():
    night = datetime(2026, 11, 12, 2, 0, tzinfo=UTC)
    assert clock.ago(datetime(2026, 11, 11, 23, 0, tzinfo=UTC), night) == "3 h ago"


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        ({"hours": 4, "minutes": 47}, "Today 15:30"),
        ({"days": 1}, "Tomorrow 10:43"),
        ({"days": 4}, "Mon 16 Nov"),
        ({"days": 400}, "17 Dec 2027"),
    ],
)
def test_the_future_names_the_hour_only_while_it_is_near(ahead, words):
    assert clock.when(NOW + timedelta(**ahead), NOW) == words


@pytest.mark.parametrize(
    ("late", "words"),
    [
        ({"minutes": -1}, ""),
        ({"minutes": 5}, "Overdue 5 min"),
        ({"hours": 23}, "Overdue 23 h"),
        ({"days": 1}, "Overdue 1 day"),
        ({"days": 2, "hours": 23}, "Overdue 2 days"),
        ({"days": 1204}, "Overdue 1,204 days"),
    ],
)
def test_lateness_is_in_hours_on_the_first_day_and_in_whole_days_after(late, words):
    assert clock.overdue(NOW - timedelta(**late), NOW) == words


def test_a_days_heading_is_loud_only_for_today_and_yesterday():
    today = NOW.date()
    assert clock.day_heading(today, today) == ("Today", "Thu 12 Nov")
    assert clock.day_heading(date(2026, 11, 11), today) == ("Yesterday", "Wed 11 Nov")
    assert clock.day_heading(date(2025, 10, 14), today) == ("Tue 14 Oct 2025", "")


def test_a_meeting_that_ends_on_another_day_says_so():
    assert clock.span(NOW, NOW + timedelta(hours=1)) == "10:43 to 11:43"
    assert clock.span(NOW, NOW + timedelta(days=1)) == "10:43 to Fri 13 Nov 10:43"
    assert clock.span(NOW, None) == "10:43"
