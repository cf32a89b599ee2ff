"""The timeline pages through everything exactly once, in the order of the events' own times."""

import base64
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.activity import timeline
from integrations.activity.asked import Cursor, Filters
from integrations.activity.models import ActivityEntry, Contact
from integrations.sync.reconcile.project import refresh_derived

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
AWARE = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@pytest.fixture
def contact(workspace, connection):
    return Contact.objects.create(
        workspace=workspace, connection=connection, remote_id="c1", fingerprint="-", fetched_at=NOW, name="Dana"
    )


def entries(contact, moments, **fields):
    rows = [
        ActivityEntry(
            workspace=contact.workspace,
            connection=contact.connection,
            contact=contact,
            **({"kind": "change", "type": "change.fields", "occurred_at": moment} | fields),
        )
        for moment in moments
    ]
    made = ActivityEntry.objects.bulk_create(rows)
    refresh_derived([contact.pk], NOW)
    contact.refresh_from_db()
    return made


def pages(contact, filters=Filters()):  # noqa: B008  frozen, so safe to share
    after, seen = None, []
    while True:
        page = timeline.past(contact, filters, now=NOW, after=after)
        seen.append(page.entries)
        if page.next_cursor is None:
            return seen
        after = Cursor.decode(page.next_cursor.encode())


@given(at=AWARE, entry_id=st.integers(1, 2**63 - 1))
def test_a_cursor_survives_the_way_through_a_url(at, entry_id):
    assert Cursor.decode(Cursor(at, entry_id).encode()) == Cursor(at, entry_id)


@given(st.text(max_size=60))
def test_a_made_up_cursor_is_no_place_and_no_crash(text):
    found = Cursor.decode(text)

    assert found is None or found.encode()


@pytest.mark.parametrize("moments", [0, 1, 50, 51, 100, 137])
def test_every_entry_is_shown_exactly_once(contact, moments, django_assert_num_queries):
    # All at the same moment: only the id keeps the pages apart.
    entries(contact, [NOW - timedelta(hours=1)] * moments)

    seen = pages(contact)

    assert [len(page) for page in seen[:-1]] == [timeline.PAGE_SIZE] * (len(seen) - 1)
    ids = [entry.pk for page in seen for entry in page]
    assert len(ids) == len(set(ids)) == moments


def test_a_page_is_one_query(contact, django_assert_num_queries):
    entries(contact, [NOW - timedelta(hours=hour) for hour in range(60)])

    with django_assert_num_queries(1):
        timeline.past(contact, Filters(), now=NOW)


def test_entries_that_arrive_while_paging_move_nothing(contact):
    entries(contact, [NOW - timedelta(hours=hour) for hour in range(60)])
    first = timeline.past(contact, Filters(), now=NOW)
    entries(contact, [NOW - timedelta(minutes=1)])

    second = timeline.past(contact, Filters(), now=NOW, after=first.next_cursor)

    assert not {entry.pk for entry in first.entries} & {entry.pk for entry in second.entries}
    assert len(second.entries) == 10


def test_what_is_open_or_still_to_come_is_not_past(contact):
    overdue, future = NOW - timedelta(days=2), NOW + timedelta(days=2)
    entries(contact, [overdue], kind="task", type="task.open", source_id=1, is_open=True, agenda_at=overdue)
    entries(contact, [future])
    entries(contact, [NOW - timedelta(days=1)])

    to_do = timeline.agenda(contact, Filters(), now=NOW, size=10).entries
    assert [entry.occurred_at for entry in to_do] == [overdue, future]
    assert len(timeline.past(contact, Filters(), now=NOW).entries) == 1


def test_search_finds_all_words_in_any_order(contact):
    [wanted] = entries(contact, [NOW], text="asked for the revised quote")
    entries(contact, [NOW], text="quote sent")

    found = timeline.past(contact, Filters(text="Quote revised"), now=NOW).entries

    assert [entry.pk for entry in found] == [wanted.pk]


def test_counts_ignore_the_chosen_type_but_not_the_search(contact):
    entries(contact, [NOW, NOW], text="quote")
    entries(contact, [NOW], text="call")

    assert timeline.counts(contact, Filters(kind="note", text="quote")).by_kind["change"] == 2


def test_days_are_those_of_the_reader(contact):
    late = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
    found = entries(contact, [late])

    [(in_new_york, _)] = timeline.by_day(found, ZoneInfo("America/New_York"))
    [(in_london, _)] = timeline.by_day(found, ZoneInfo("Europe/London"))

    assert (in_new_york.day, in_london.day) == (1, 2)


@pytest.mark.parametrize(
    "content",
    [
        '["9999-12-31T23:59:59-14:00", 7]',
        '["0001-01-01T00:00:00+14:00", 7]',
        '["9999-12-31T23:59:59Z", 7]',
        '["0001-01-01T00:00:00Z", 7]',
        '["2026-03-02T15:00:00", 7]',
        '["\\ud800", 7]',
        '["2026-03-02T15:00:00Z", true]',
        '["2026-03-02T15:00:00Z", 9223372036854775808]',
        "[" * 200_000,
    ],
)
def test_a_cursor_that_no_database_can_compare_is_no_place(content):
    assert Cursor.decode(base64.urlsafe_b64encode(content.encode()).decode()) is None


@pytest.mark.parametrize("most", [3, 500])
@pytest.mark.parametrize("kind", ["", "change", "task"])
def test_the_first_page_of_a_search_is_what_reading_and_counting_apart_would_say(contact, kind, most, monkeypatch):
    monkeypatch.setattr(timeline, "MOST_COUNTED", most)
    entries(contact, [NOW - timedelta(hours=hour) for hour in range(4)], text="a quote")
    entries(contact, [NOW - timedelta(hours=hour) for hour in range(9)], text="a call")
    entries(contact, [NOW + timedelta(days=1)], text="the quote")
    for number in range(6):
        at = NOW - timedelta(hours=number, minutes=30)
        entries(contact, [at], kind="task", type="task.completed", source_id=number, text="quote sent")
    filters = Filters(kind=kind, text="quote")

    page, counts = timeline.first_page(contact, filters, now=NOW, size=2)

    assert page == timeline.past(contact, filters, now=NOW, size=2)
    whole = {"note": 0, "task": 6, "appointment": 0, "change": 5}
    assert counts.is_complete == (most > 11)
    assert counts.by_kind == whole if counts.is_complete else counts.total == most
