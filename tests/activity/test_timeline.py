"""The timeline pages through everything exactly once, in the order of the events' own times."""

import base64
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import F
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
        page = timeline.past(contact, filters, now=NOW, after=after).read()
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
        timeline.past(contact, Filters(), now=NOW).read()


def test_entries_that_arrive_while_paging_move_nothing(contact):
    entries(contact, [NOW - timedelta(hours=hour) for hour in range(60)])
    first = timeline.past(contact, Filters(), now=NOW).read()
    entries(contact, [NOW - timedelta(minutes=1)])

    second = timeline.past(contact, Filters(), now=NOW, after=first.next_cursor).read()

    assert not {entry.pk for entry in first.entries} & {entry.pk for entry in second.entries}
    assert len(second.entries) == 10


def test_what_is_open_or_still_to_come_is_not_past(contact):
    overdue, future = NOW - timedelta(days=2), NOW + timedelta(days=2)
    entries(contact, [overdue], kind="task", type="task.open", source_id=1, is_open=True, agenda_at=overdue)
    entries(contact, [future])
    entries(contact, [NOW - timedelta(days=1)])

    assert [
        entry.occurred_at for entry in timeline.agenda(contact, Filters(), now=NOW, size=10).read().entries
    ] == [future]
    assert [entry.occurred_at for entry in timeline.late(contact, Filters(), now=NOW, size=10).read().entries] == [
        overdue
    ]
    assert len(timeline.past(contact, Filters(), now=NOW).read().entries) == 1


def test_search_finds_all_words_in_any_order(contact):
    [wanted] = entries(contact, [NOW], text="asked for the revised quote")
    entries(contact, [NOW], text="quote sent")

    found = timeline.past(contact, Filters(text="Quote revised"), now=NOW).read().entries

    assert [entry.pk for entry in found] == [wanted.pk]


def test_counts_ignore_the_chosen_type_but_not_the_search(contact):
    entries(contact, [NOW, NOW], text="quote")
    entries(contact, [NOW], text="call")

    assert timeline.counted(contact, Filters(kind="note", text="quote"))[0].by_kind["change"] == 2


def test_a_person_and_a_stretch_of_time_narrow_every_list_and_count(contact):
    day = timedelta(days=1)
    entries(contact, [NOW - day], actor_remote_id="u1")
    [wanted] = entries(contact, [NOW - 3 * day], actor_remote_id="u1")
    entries(contact, [NOW - 3 * day, NOW - 9 * day], actor_remote_id="u2")
    filters = Filters(actor="u1", since=NOW - 4 * day, until=NOW - 2 * day)

    page, counts = searched(contact, filters)

    assert [entry.pk for entry in page.entries] == [wanted.pk]
    assert counts.total == 1
    assert len(timeline.past(contact, Filters(actor="u1"), now=NOW).read().entries) == 2
    assert len(timeline.past(contact, Filters(since=NOW - 4 * day), now=NOW).read().entries) == 3
    assert len(timeline.past(contact, Filters(until=NOW - 3 * day), now=NOW).read().entries) == 1  # the end is out


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


def searched(contact, filters):
    counts, known = timeline.counted(contact, filters)
    return timeline.past(contact, known, now=NOW).read(), counts


@pytest.mark.parametrize("most", [3, 250])
@pytest.mark.parametrize("kind", ["", "change", "task", "appointment"])
def test_what_a_search_has_found_makes_the_same_lists_as_searching_for_each(contact, kind, most, monkeypatch):
    monkeypatch.setattr(timeline, "MOST_COUNTED", most)
    hour, booking = timedelta(hours=1), {"kind": "appointment", "type": "appointment.cancelled"}
    entries(contact, [NOW - hour * number for number in range(4)], text="a quote")
    entries(contact, [NOW - hour * number for number in range(9)], text="a call")
    for number in range(6):
        done = {"kind": "task", "type": "task.completed", "source_id": number}
        entries(contact, [NOW - hour * (number + 0.5)], text="quote sent", **done)
        ahead = {"kind": "task", "type": "task.open", "source_id": 10 + number, "is_open": True}
        for text, at in (("send the quote", NOW + hour * (number - 3)), ("call", NOW + hour)):
            ahead["source_id"] += 100
            entries(contact, [at], text=text, agenda_at=at, **ahead)
    entries(contact, [NOW + hour * number for number in range(1, 4)], text="the quote", source_id=None, **booking)
    entries(contact, [NOW + hour], text="the quote", kind="appointment", type="appointment.booked")
    contact.entries_by_type = {"task.open": 12, "appointment.cancelled": 3}
    filters = Filters(kind=kind, text="quote")

    counts, known = timeline.counted(contact, filters)

    assert counts.is_complete == (known.hits is not None) == (most > 20)
    for each in (timeline.past, timeline.agenda, timeline.late, timeline.called_off):
        found = each(contact, known, now=NOW, size=2).read()
        assert found == each(contact, filters, now=NOW, size=2).read()
        assert found.entries or kind in ("change", "appointment", "task")
    assert timeline.agenda_sizes(contact, known, now=NOW) == timeline.agenda_sizes(contact, filters, now=NOW)
    whole = dict.fromkeys(timeline.KIND_NAMES, 0) | {"task": 12, "change": 4, "appointment": 4}
    assert counts.by_kind == whole if counts.is_complete else counts.total == most


def test_a_search_behind_a_place_goes_on_where_its_page_ended(contact):
    entries(contact, [NOW - timedelta(hours=number) for number in range(7)], text="a quote")
    filters = Filters(text="quote")
    _, known = timeline.counted(contact, filters)
    seen, place = [], None
    while True:
        page = timeline.past(contact, known, now=NOW, after=place, size=3).read()
        seen += [entry.pk for entry in page.entries]
        place = page.next_cursor
        if place is None:
            break
    assert seen == [entry.pk for entry in timeline.past(contact, filters, now=NOW).read().entries]


def test_a_place_that_lies_ahead_is_the_start_of_the_past(contact):
    entries(contact, [NOW + timedelta(days=1), NOW - timedelta(days=1)])
    ahead = Cursor(NOW + timedelta(days=9), 1)

    page = timeline.past(contact, Filters(), now=NOW, after=ahead).read()

    assert page == timeline.past(contact, Filters(), now=NOW).read()


def test_a_place_that_lies_ahead_is_the_start_of_what_is_late(contact):
    for number, days in enumerate((-1, 1)):
        due = NOW + timedelta(days=days)
        entries(contact, [due], kind="task", type="task.open", source_id=number, is_open=True, agenda_at=due)
    contact.entries_by_type = {"task.open": 2}
    late = timeline.late(contact, Filters(), now=NOW, size=9, after=Cursor(NOW + timedelta(days=9), 1)).read()

    assert [entry.source_id for entry in late.entries] == [0]


def test_all_lists_of_a_page_are_one_query(contact, django_assert_num_queries):
    entries(contact, [NOW + timedelta(days=1), NOW - timedelta(days=1)])
    with django_assert_num_queries(1):
        past, ahead, nothing = timeline.read(
            timeline.past(contact, Filters(), now=NOW),
            timeline.agenda(contact, Filters(), now=NOW, size=3),
            timeline.pinned(contact, size=3),
        )
    assert (len(past.entries), len(ahead.entries), len(nothing.entries)) == (1, 1, 0)


EDIT, MERGE = {"kind": "change", "type": "change.fields"}, {"kind": "change", "type": "change.merged"}
WITHOUT = Filters(has_changes=False)


def test_all_without_changes_leaves_out_edits_and_pages_through_the_rest(contact):
    entries(contact, [NOW - timedelta(hours=hour) for hour in range(60)], **EDIT)
    kept = entries(contact, [NOW - timedelta(hours=hour) for hour in range(60)], **MERGE)

    seen = [entry.pk for page in pages(contact, WITHOUT) for entry in page]

    assert seen == [entry.pk for entry in kept]
    counts = timeline.counted(contact, WITHOUT)[0]
    assert (counts.total, counts.edits, counts.by_kind["change"]) == (60, 60, 120)
    assert timeline.counted(contact, Filters())[0].total == 120
    assert (
        len(timeline.past(contact, replace(WITHOUT, kind="change"), now=NOW).read().entries) == timeline.PAGE_SIZE
    )


def test_a_search_without_changes_counts_them_and_shows_the_rest(contact):
    entries(contact, [NOW - timedelta(hours=1)] * 3, text="quote", **EDIT)
    [kept] = entries(contact, [NOW - timedelta(hours=2)], text="quote", **MERGE)

    page, counts = searched(contact, replace(WITHOUT, text="quote"))

    assert [entry.pk for entry in page.entries] == [kept.pk]
    assert (counts.total, counts.edits) == (1, 3)


def test_all_without_changes_is_one_range_of_an_index_of_its_own(contact):
    """Behind thousands of edits as well: none of them is looked at.

    There are many pages of the rest too: PostgreSQL rightly sorts what is hardly more than one.
    """
    entries(contact, [NOW - timedelta(minutes=minute) for minute in range(3_000)], **EDIT)
    entries(contact, [NOW - timedelta(days=day) for day in range(1_000)], **MERGE)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE activity_activityentry")
    after = Cursor(NOW, 10**6)

    for place in (None, after):
        plan = plan_of(timeline.past(contact, WITHOUT, now=NOW, after=place).read)
        assert "activity_entry_unedited" in plan
        assert "sort" not in plan.lower().replace("temp b-tree", "sort")


def test_tasks_of_a_status_are_a_range_of_an_index(contact):
    """Neither the notes between completed tasks nor the tasks ahead of the late ones are looked at."""
    notes = {"kind": "note", "type": "note"}
    entries(contact, [NOW - timedelta(minutes=minute) for minute in range(3_000)], **notes)
    made = entries(
        contact, [NOW - timedelta(days=day) for day in range(1_000)], kind="task", type="task.completed"
    )
    ahead = entries(contact, [NOW + timedelta(days=day) for day in range(-40, 40)], kind="task", type="task.open")
    ActivityEntry.objects.filter(pk__in=[one.pk for one in ahead]).update(is_open=True, agenda_at=F("occurred_at"))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE activity_activityentry")

    done, late = Filters(status="completed"), Filters(status="overdue", due_before=NOW)
    assert "entry_of_kind" in plan_of(timeline.past(contact, done, now=NOW).read)
    assert "entry_on_agenda" in plan_of(timeline.late(contact, late, now=NOW, size=50).read)
    assert len(timeline.late(contact, late, now=NOW, size=50).read().entries) == 40
    assert timeline.agenda(contact, late, now=NOW, size=50).read().entries == []
    assert len(timeline.past(contact, done, now=NOW, size=2_000).read().entries) == len(made)


def plan_of(read):
    """How the database finds what `read` asks for; PostgreSQL's for all values, as a connection keeps it."""
    asked = []

    def keep(execute, sql, params, many, context):
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(keep):
        read()
    [(sql, params)] = asked
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
        else:
            cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
            marks = iter(range(1, 1000))
            cursor.execute(f"PREPARE asked AS {re.sub('%s', lambda _: f'${next(marks)}', sql).replace('%%', '%')}")
            cursor.execute(f"EXPLAIN EXECUTE asked({', '.join(['%s'] * len(params))})", params)
        plan = cursor.fetchall()
        if connection.vendor == "postgresql":
            cursor.execute("DEALLOCATE asked")
    return " ".join(str(row) for row in plan)
