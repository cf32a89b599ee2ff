"""The past is read in stretches that people think in, and each row says when it was."""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from contacts_ui.timeline.periods import period_of

WEDNESDAY, MONDAY = date(2026, 1, 14), date(2026, 1, 12)


@pytest.mark.parametrize(
    ("day", "today", "heading"),
    [
        (WEDNESDAY, WEDNESDAY, "Today Wed 14 Jan"),
        (date(2026, 1, 13), WEDNESDAY, "Yesterday Tue 13 Jan"),
        (date(2026, 1, 12), WEDNESDAY, "This week"),
        (date(2026, 1, 11), WEDNESDAY, "January"),
        (date(2026, 1, 1), WEDNESDAY, "January"),
        (date(2025, 12, 31), WEDNESDAY, "December 2025"),
        (date(2026, 1, 11), MONDAY, "Yesterday Sun 11 Jan"),
        (date(2026, 1, 10), MONDAY, "January"),
        (date(2026, 1, 15), WEDNESDAY, "Tomorrow Thu 15 Jan"),
    ],
)
def test_a_day_belongs_to_today_yesterday_this_week_or_its_month(day, today, heading):
    period = period_of(day, today)
    assert f"{period.loud} {period.quiet}".strip() == heading


def test_periods_follow_each_other_and_never_come_twice():
    days = [WEDNESDAY - timedelta(days=number) for number in range(800)]
    firsts = [period_of(day, WEDNESDAY).first for day in days]
    assert firsts == sorted(firsts, reverse=True)
    found = [period_of(day, WEDNESDAY) for day in days]
    assert len(set(found)) == len({(one.loud, one.quiet) for one in found})


@pytest.mark.parametrize(
    ("zone", "heading", "said"),
    [
        ("America/New_York", "February 2025", "28 Feb 2025, 21:30"),
        ("Asia/Tokyo", "March 2025", "1 Mar 2025, 11:30"),
    ],
)
def test_periods_and_days_are_the_readers(
    as_alice, workspace, make_contact, make_note, settings, zone, heading, said
):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "contacts_ui.shell.middleware.ViewerZone"]
    dana = make_contact(workspace)
    make_note(dana, added_at=datetime(2025, 3, 1, 2, 30, tzinfo=ZoneInfo("UTC")))
    as_alice.cookies["tz"] = zone
    page = as_alice.get(f"/contacts/{dana.pk}/").content.decode()
    assert (
        " ".join(re.search(r'day__head"><strong>([^<]+)</strong>([^<]*)', page).groups()).split()
        == heading.split()
    )
    assert f">{said}<" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("by=u1", {"old of u1", "new of u1"}),
        ("by=u1&since={three}", {"new of u1"}),
        ("until={three}", {"old of u1", "old of u2"}),
        ("since={nine}&until={nine}", {"old of u1", "old of u2"}),
        ("by=u1&q=old", {"old of u1"}),
        ("by=nobody", set()),
        ("since=tomorrow&until=0001-01-01", {"old of u1", "new of u1", "old of u2"}),
    ],
)
def test_a_person_and_days_narrow_the_feed_and_stay_in_the_address(
    as_alice, workspace, make_contact, make_note, make_user, query, found
):
    dana = make_contact(workspace)
    make_user(workspace, "Priya Raman", remote_id="u1")
    for days, name, user in ((9, "old of u1", "u1"), (1, "new of u1", "u1"), (9, "old of u2", "u2")):
        make_note(dana, name, days_ago=days, author_remote_id=user)
    today = timezone.localtime(timezone=ZoneInfo(workspace.timezone))
    three, nine = ((today - timedelta(days=days)).date() for days in (3, 9))
    query = query.format(three=three, nine=nine)
    answer = as_alice.get(f"/contacts/{dana.pk}/?{query}", headers={"HX-Request": "true"})
    text = re.sub("</?mark>", "", answer.content.decode())
    assert {name for name in ("old of u1", "new of u1", "old of u2") if name in text} == found
    assert f'__count">{len(found)}<' in "".join(text.split())
    if "nobody" not in query and "tomorrow" not in query:
        assert set(query.split("&")) == set(answer["HX-Replace-Url"].partition("?")[2].split("&"))
