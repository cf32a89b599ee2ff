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
    assert failure.reason.endswith("Everything else synced.")
    return failure


@pytest.mark.parametrize("never", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00", -62135596800000, "", None])
def test_the_zero_time_of_other_languages_means_missing(never):
    assert mapping.task({**TASK, "dueDate": never}, ZONE).due_at is None


@pytest.mark.parametrize("never", ["0001-01-01T00:00:00+09:00", "0001-01-01T00:00:00-09:00"])
def test_the_zero_time_means_missing_whatever_its_offset(never):
    assert mapping.task({**TASK, "dueDate": never}, ZONE).due_at is None


@pytest.mark.parametrize(
    "far", ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59-05:00", "1899-12-31T00:00:00Z", "9001-01-01", "null"]
)
def test_a_time_that_no_calendar_shows_is_left_empty_and_kept_as_it_came(far):
    task = mapping.task({**TASK, "dueDate": far}, ZONE)
    assert (task.due_at, task.extra) == (None, {"dueDate": far})


@pytest.mark.parametrize("never", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "Invalid date", None, {}])
def test_only_an_appointment_needs_its_time(never):
    assert "no valid start time" in refusal(mapping.appointment, {**MEETING, "startTime": never}).reason


@pytest.mark.parametrize("at", [1700000000, 1700000000.0, "1700000000", "1700000000000", 1700000000000000])
def test_a_number_is_a_time_by_its_size(at):
    assert mapping.note({**NOTE, "dateAdded": at}, ZONE).added_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


@pytest.mark.parametrize(("said", "means"), [(1, True), ("true", True), ("True", True), ("0", False), (0, False)])
def test_yes_and_no_are_read_however_they_are_spelled(said, means):
    assert mapping.task({**TASK, "completed": said}, ZONE).is_completed is means
    assert mapping.note({**NOTE, "pinned": said}, ZONE).is_pinned is means
    assert mapping.contact({**CONTACT, "dnd": said}, ZONE).is_dnd is means
    assert mapping.contact({**CONTACT, "deleted": said}, ZONE).is_deleted is means
    assert mapping.calendar({"id": "k1", "isActive": said}, ZONE).is_active is means


def test_a_task_whose_completion_is_odd_is_read_by_its_status():
    assert mapping.task({**TASK, "completed": {}, "status": "completed"}, ZONE).is_completed


def test_an_end_in_milliseconds_before_the_start_is_read_like_any_other():
    ends = mapping.appointment({**MEETING, "endTime": 1700000000000}, ZONE).end_at
    assert ends == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


def test_an_end_in_the_hour_that_the_clocks_repeat_lies_after_its_start():
    row = {**MEETING, "startTime": "2026-11-01T05:45:00Z", "endTime": "2026-11-01T01:15:00"}
    assert mapping.appointment(row, ZONE).end_at == datetime(2026, 11, 1, 6, 15, tzinfo=UTC)


@pytest.mark.parametrize("levels", [150, 1200, 90_000])
def test_what_is_nested_too_deep_is_cut_off_and_costs_no_record(levels):
    assert mapping.task({**TASK, "surprise": nested(levels)}, ZONE).title == "Call"
    assert mapping.contact({**CONTACT, "customFields": nested(levels)}, ZONE).custom_fields == ()


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
@pytest.mark.parametrize("odd", ["x" * 129, {"id": "u1"}, ["u1"], "..", True])
def test_what_is_no_id_of_another_record_is_left_empty_and_kept_as_it_came(read, row, key, odd):
    assert not read({**row, key: "x" * 128}, ZONE).extra
    assert read({**row, key: odd}, ZONE).extra == {key: odd}


@pytest.mark.parametrize("odd", [None, "", [], {}, True, "..", "x" * 129])
def test_without_an_id_of_its_own_there_is_no_record(odd):
    records, bad = mapping.read_rows([{**NOTE, "id": odd}], mapping.note, ZONE)
    assert (records, len(bad)) == ([], 1)
    assert "without a usable ID" in bad[0].reason


@pytest.mark.parametrize("tag", ["x" * 1001, "\N{MONEY BAG}" * 800, {"name": "vip"}])
def test_a_tag_that_the_index_cannot_keep_costs_itself_alone(tag):
    contact = mapping.contact({**CONTACT, "tags": ["vip", tag]}, ZONE)
    assert contact.tags == ("vip",)
    assert contact.extra["tags"] == ["vip", tag]


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


@pytest.mark.parametrize(
    ("sent", "country"),
    [("us", "US"), ("GB", "GB"), ("", "CA"), (None, "CA"), ("United States", "CA"), ({}, "CA")],
)
def test_a_contact_is_of_its_own_country_or_of_its_locations(sent, country):
    assert mapping.contact({**CONTACT, "country": sent}, ZONE, "CA").country == country


def test_free_slots_are_read_in_their_order_and_what_is_none_is_left_out():
    days = {
        "2026-12-02": {"slots": ["2026-12-02T09:00:00-05:00"]},
        "2026-12-01": {"slots": ["2026-12-01T10:00:00-05:00", "soon", None, "2026-12-01T09:00:00-05:00"]},
        "traceId": "abc",
        "odd": {"slots": "none"},
    }

    assert [slot.isoformat() for slot in mapping.slots(days, ZONE)] == [
        "2026-12-01T14:00:00+00:00",
        "2026-12-01T15:00:00+00:00",
        "2026-12-02T14:00:00+00:00",
    ]
