"""What GHL may send in one row: read alike for both databases, or kept as a failure with a reason."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from integrations.ghl import mapping

ZONE = ZoneInfo("America/New_York")
TASK = {"id": "t1", "contactId": "c1", "title": "Call"}
MEETING = {"id": "m1", "contactId": "c1", "startTime": "2026-03-02T10:00:00Z"}
CONTACT = {"id": "c1", "firstName": "Dana"}
NOTE = {"id": "n1", "contactId": "c1", "body": "Called"}


def nested(levels):
    value = []
    for _ in range(levels):
        value = [value]
    return value


def refusal(read, row):
    """The one failure that a row becomes, while the rows beside it are read."""
    beside = {**MEETING, "id": "beside"}
    records, bad = mapping.read_rows([beside, row, beside], read, ZONE)
    assert [record.remote_id for record in records] == ["beside", "beside"]
    (failure,) = bad
    assert failure.remote_id == row["id"]
    assert failure.reason.endswith("Kept as a failure, the rest went on.")
    return failure


@pytest.mark.parametrize("never", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00", -62135596800000, "", None])
def test_the_zero_time_of_other_languages_means_missing(never):
    assert mapping.task({**TASK, "dueDate": never}, ZONE).due_at is None


@pytest.mark.parametrize("never", ["0001-01-01T00:00:00+09:00", "0001-01-01T00:00:00-09:00"])
def test_the_zero_time_means_missing_whatever_its_offset(never):
    assert mapping.task({**TASK, "dueDate": never}, ZONE).due_at is None


@pytest.mark.parametrize(
    "far", ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59-05:00", "1899-12-31T00:00:00Z", "9001-01-01", 10**15]
)
def test_a_time_that_no_calendar_shows_is_a_failure(far):
    assert "dueDate" in refusal(mapping.task, {**TASK, "dueDate": far}).reason
    assert "startTime" in refusal(mapping.appointment, {**MEETING, "startTime": far}).reason


def test_an_appointment_that_starts_never_is_a_failure():
    assert "no start time" in refusal(mapping.appointment, {**MEETING, "startTime": "0001-01-01T00:00:00Z"}).reason


def test_an_end_in_milliseconds_before_the_start_is_read_like_any_other():
    ends = mapping.appointment({**MEETING, "endTime": 1700000000000}, ZONE).end_at
    assert ends == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


def test_an_end_in_the_hour_that_the_clocks_repeat_lies_after_its_start():
    row = {**MEETING, "startTime": "2026-11-01T05:45:00Z", "endTime": "2026-11-01T01:15:00"}
    assert mapping.appointment(row, ZONE).end_at == datetime(2026, 11, 1, 6, 15, tzinfo=UTC)


@pytest.mark.parametrize("levels", [150, 1200, 90_000])
def test_a_value_nested_too_deep_is_a_failure(levels):
    assert "nested" in refusal(mapping.task, {**TASK, "surprise": nested(levels)}).reason
    assert "nested" in refusal(mapping.contact, {**CONTACT, "customFields": nested(levels)}).reason


def test_a_value_nested_as_people_nest_is_kept():
    assert mapping.task({**TASK, "surprise": nested(50)}, ZONE).extra == {"surprise": nested(50)}


@pytest.mark.parametrize(
    ("read", "row", "key"),
    [
        (mapping.contact, CONTACT, "assignedTo"),
        (mapping.contact, CONTACT, "businessId"),
        (mapping.task, TASK, "contactId"),
        (mapping.task, TASK, "assignedTo"),
        (mapping.note, NOTE, "userId"),
        (mapping.note, NOTE, "contactId"),
        (mapping.appointment, MEETING, "calendarId"),
        (mapping.appointment, MEETING, "assignedUserId"),
        (mapping.appointment, MEETING, "contactId"),
    ],
)
def test_an_id_that_no_column_keeps_is_a_failure(read, row, key):
    assert read({**row, key: "x" * 128}, ZONE)
    records, bad = mapping.read_rows([{**row, key: "x" * 129}], read, ZONE)
    assert records == []
    assert key in bad[0].reason
    assert len(bad[0].contact_remote_id) <= 128


@pytest.mark.parametrize("tag", ["x" * 1001, "\N{MONEY BAG}" * 800])
def test_a_tag_that_the_index_cannot_keep_is_a_failure(tag):
    assert "tag" in mapping.read_rows([{**CONTACT, "tags": ["vip", tag]}], mapping.contact, ZONE)[1][0].reason


def test_tags_are_kept_once_each_in_their_order_and_never_empty():
    row = {**CONTACT, "tags": ["vip", "x" * 1000, "\x00", "", "vip", 7]}
    assert mapping.contact(row, ZONE).tags == ("vip", "x" * 1000, "7")


@pytest.mark.parametrize("error", [ValueError, TypeError, RecursionError, OverflowError])
def test_what_nobody_foresaw_in_a_row_costs_that_row_only(error):
    def read(row, zone):
        if row["id"] == "odd":
            raise error("secret content")
        return mapping.appointment(row, zone)

    failure = refusal(read, {"id": "odd"})
    assert "could not be read" in failure.reason
    assert failure.detail == error.__name__


def test_characters_that_no_database_keeps_are_dropped_from_unknown_keys_too():
    assert mapping.task({**TASK, "o\x00dd": "a\x00b"}, ZONE).extra == {"odd": "ab"}
