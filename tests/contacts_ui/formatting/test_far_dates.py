"""Dates at the ends of the calendar, where a zone has no date for a moment: the pages still open."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from contacts_ui.templatetags import display

LAST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
FIRST = datetime(1, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(("moment", "zone"), [(LAST, "Asia/Tokyo"), (FIRST, "America/New_York")])
def test_a_moment_without_a_date_in_the_readers_zone_is_told_in_utc(moment, zone):
    with timezone.override(zone):
        assert display.local(moment) == moment
        assert display.local(moment).tzinfo is UTC


def test_any_other_moment_is_told_in_the_readers_zone():
    with timezone.override("Asia/Tokyo"):
        assert display.local(datetime(2026, 3, 2, 20, tzinfo=UTC)).hour == 5


@pytest.mark.parametrize(("due", "zone"), [(LAST, "Asia/Tokyo"), (FIRST, "America/New_York")])
def test_a_task_due_at_the_end_of_the_calendar_breaks_no_page(
    as_alice, workspace, make_contact, make_task, due, zone
):
    contact = make_contact(workspace)
    make_task(contact, "Some day", due_at=due)
    as_alice.cookies["tz"] = zone
    for address in (f"/contacts/{contact.pk}/", "/contacts/"):
        answer = as_alice.get(address)
        assert answer.status_code == 200
        assert "Some day" in answer.content.decode()
