"""What was edited is told on the timeline: old value beside new, and what a note said before."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection as database
from django.db import transaction
from django.test.utils import CaptureQueriesContext

from integrations.activity.models import ActivityEntry, Contact, Note, Task
from integrations.sync.reconcile import apply, merges, remove
from integrations.sync.reconcile.batch import Batch, prepare
from tests.sync.conftest import a_contact, a_note, a_task, an_appointment

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def arrive(connection, remote):
    """Store records as a sync would, so many minutes after the first."""

    def arrive(*records, minutes=0):
        for record in records:
            stream = f"{type(record).__name__.removesuffix('Record').lower()}s"
            apply(Batch(connection, stream, None, NOW + minutes * MINUTE), prepare([record]))

    arrive(a_contact(1))
    return arrive


def edits():
    """[(of, title, {field: (old, new)})] of the rows that tell of changes, oldest first."""
    rows = ActivityEntry.objects.filter(type="change.fields").order_by("occurred_at", "pk")
    return [
        (row.facts.get("of", ""), row.title, {p["field"]: (p["old"], p["new"]) for p in row.facts["changes"]})
        for row in rows
    ]


def iso(moment):
    return moment.isoformat()


def test_a_first_sync_tells_of_no_changes(arrive):
    arrive(a_task(), an_appointment(), a_note())

    assert edits() == []
    assert Note.objects.get().earlier == {}


def test_a_changed_task_is_a_row_with_old_and_new(arrive):
    arrive(a_task(due_at=NOW, owner_remote_id="u1"))
    arrive(a_task(due_at=NOW + DAY, owner_remote_id="u2", is_completed=True, title="Call again"), minutes=60)

    assert edits() == [
        (
            "task",
            "Call again",
            {
                "Title": ("Call", "Call again"),
                "Due": (iso(NOW), iso(NOW + DAY)),
                "Owner": ("u1", "u2"),
                "Completed": (False, True),
            },
        )
    ]
    row = ActivityEntry.objects.get(type="change.fields")
    assert (row.contact.remote_id, row.remote_id, row.source_id) == ("c1", "t1", None)
    assert row.contact.entries_by_type["change.fields"] == 1


def test_a_moved_appointment_shows_both_times_and_a_new_status(arrive):
    arrive(an_appointment(title="Visit", status="new"))
    first = ActivityEntry.objects.get(kind="appointment").occurred_at
    arrive(an_appointment(title="Visit", status="confirmed", start_at=first + DAY), minutes=60)

    fields = {"Start": (iso(first), iso(first + DAY)), "Status": ("new", "confirmed")}
    assert edits() == [("appointment", "Visit", fields)]


@pytest.mark.parametrize(("told", "minutes"), [(NOW + 50 * MINUTE, 50), (None, 60), (NOW, 60), (NOW + DAY, 60)])
def test_a_change_stands_where_its_provider_says_or_when_it_was_seen(arrive, told, minutes):
    arrive(a_task(title="one", updated_at=NOW))
    arrive(a_task(title="two", updated_at=told), minutes=60)

    assert ActivityEntry.objects.get(type="change.fields").occurred_at == NOW + minutes * MINUTE


def test_what_nobody_would_call_changed_makes_no_row(arrive):
    arrive(a_task(body="one"), an_appointment(notes="one"))
    arrive(a_task(body="two"), an_appointment(notes="two"), minutes=60)

    assert edits() == []


def test_edits_within_ten_minutes_are_one_row_from_the_first_to_the_last(arrive):
    arrive(a_task(title="one"))
    arrive(a_task(title="two"), minutes=60)
    arrive(a_task(title="three", due_at=None), minutes=65)
    arrive(a_task(title="four", due_at=None), minutes=70)

    [(_, title, fields)] = edits()
    assert (title, fields["Title"], fields["Due"][1]) == ("four", ("one", "four"), None)
    assert ActivityEntry.objects.get(type="change.fields").occurred_at == NOW + 60 * MINUTE


def test_a_later_edit_is_a_row_of_its_own(arrive):
    arrive(a_task(title="one"))
    arrive(a_task(title="two"), minutes=60)
    arrive(a_task(title="three"), minutes=71)

    assert [fields["Title"] for _, _, fields in edits()] == [("one", "two"), ("two", "three")]


def test_where_nothing_differs_in_the_end_the_row_goes(arrive):
    arrive(a_task(title="one"))
    arrive(a_task(title="two"), minutes=60)
    arrive(a_task(title="one"), minutes=61)

    assert edits() == []
    assert "change.fields" not in Contact.objects.get().entries_by_type


def test_edits_of_different_things_stay_apart(arrive):
    arrive(a_task(1), a_task(2), an_appointment(1))
    changed = [a_task(1, title="x"), a_task(2, title="y"), an_appointment(1, title="z"), a_contact(1, phone="+1")]
    arrive(*changed, minutes=60)

    assert sorted(title for _, title, _ in edits()) == ["", "x", "y", "z"]


def test_so_do_those_of_two_kinds_with_one_id(arrive):
    arrive(a_task(1, remote_id="x"), an_appointment(1, remote_id="x"))
    arrive(a_task(1, remote_id="x", title="y"), an_appointment(1, remote_id="x", title="z"), minutes=60)

    assert sorted(title for _, title, _ in edits()) == ["y", "z"]


def test_edits_of_a_contact_within_ten_minutes_are_one_row(arrive):
    later = NOW + 60 * MINUTE
    arrive(a_contact(1, email="a@example.com", updated_at=later), minutes=60)
    arrive(a_contact(1, email="b@example.com", tags=("new",), updated_at=later + MINUTE), minutes=61)

    assert edits() == [("", "", {"Email": ("", "b@example.com"), "Tags": ([], ["new"])})]


def test_edits_of_two_contacts_that_go_on_stay_apart(connection, arrive):
    arrive(a_contact(2))
    for minutes, name in ((60, "one"), (61, "two")):
        edited = [a_contact(number, email=f"{name}@{number}.example") for number in (1, 2)]
        apply(Batch(connection, "contacts", None, NOW + minutes * MINUTE), prepare(edited))

    assert [fields["Email"] for _, _, fields in edits()] == [("", "two@1.example"), ("", "two@2.example")]


def test_an_edit_does_not_go_on_with_a_merge_of_a_moment_ago(arrive):
    arrive(a_contact(2))
    merges.record([(Contact.objects.get(remote_id="c2"), Contact.objects.get(remote_id="c1"))], NOW + 60 * MINUTE)
    arrive(a_contact(1, email="a@example.com"), minutes=61)

    assert edits() == [("", "", {"Email": ("", "a@example.com")})]
    assert ActivityEntry.objects.filter(type="change.merged").exists()


def told():
    return ActivityEntry.objects.get(kind="note").facts


def test_an_edited_note_keeps_what_it_said_as_safe_as_itself(arrive):
    arrive(a_note(title="Roof", body="<p>Spoke</p><script>alert(1)</script><img src=x onerror=alert(1)>"))
    arrive(a_note(title="Roof, again", body="Spoke twice"), minutes=60)

    facts = told()
    assert (facts["earlier"], facts["earlier_title"]) == ("<p>Spoke</p>", "Roof")
    assert datetime.fromisoformat(facts["edited_at"]) == NOW + 60 * MINUTE
    assert edits() == []


def test_edits_of_a_note_within_ten_minutes_are_one(arrive):
    arrive(a_note(body="one"))
    arrive(a_note(body="two"), minutes=60)
    arrive(a_note(body="three"), minutes=70)
    assert told()["earlier"] == "one"

    arrive(a_note(body="one"), minutes=70)
    assert "earlier" not in told()


def test_a_later_edit_shows_what_the_note_said_last(arrive):
    arrive(a_note(body="one"))
    arrive(a_note(body="two"), minutes=60)
    arrive(a_note(body="three"), minutes=71)

    assert told()["earlier"] == "two"


def test_a_note_that_is_only_pinned_was_not_edited(arrive):
    arrive(a_note(body="one"))
    arrive(a_note(body="two"), minutes=60)
    arrive(a_note(body="two", is_pinned=True), minutes=120)

    assert told()["earlier"] == "one"


def test_only_the_beginning_of_a_long_earlier_text_is_shown(arrive):
    arrive(a_note(body="x" * 60_000))
    arrive(a_note(body="short"), minutes=60)

    assert len(told()["earlier"]) == 10_000
    assert len(Note.objects.get().earlier["body"]) == 60_000


def test_edits_that_go_on_cost_the_same_for_one_task_as_for_fifty(connection, arrive):
    def queries(count, title, minutes):
        tasks = [a_task(number, title=title) for number in range(count)]
        with CaptureQueriesContext(database) as asked:
            apply(Batch(connection, "tasks", None, NOW + minutes * MINUTE), prepare(tasks))
        return len(asked)

    for minutes, title in enumerate(("First", "Second")):
        queries(50, title, minutes)
    one, fifty = queries(1, "Third", 2), queries(50, "Fourth", 3)

    assert fifty < 2 * one, "in parts, and not one by one"
    assert {(fields["Title"]) for _, _, fields in edits()} == {("First", "Fourth")}
    assert len(edits()) == 50


def test_a_removed_task_takes_its_changes_along_and_one_that_comes_back_begins_anew(connection, arrive):
    arrive(a_task(1, title="one"), a_task(2, title="one"), an_appointment(1, title="one"))
    arrive(a_task(1, title="two"), a_task(2, title="two"), an_appointment(1, title="two"), minutes=60)
    gone = Task.objects.get(remote_id="t1")

    remove(Task, [gone.pk], NOW + 90 * MINUTE)
    assert [(of, title) for of, title, _ in edits()] == [("task", "two"), ("appointment", "two")]

    back = Batch(connection, "tasks", None, NOW + 120 * MINUTE, revives=True)
    apply(back, prepare([a_task(1, title="three")]))
    assert len(edits()) == 2


def test_a_task_that_changes_hands_takes_its_changes_along(arrive):
    arrive(a_contact(2), a_task(title="one"))
    arrive(a_task(title="two"), minutes=60)
    arrive(a_task(title="two", contact="c2"), minutes=120)

    assert {row.contact.remote_id for row in ActivityEntry.objects.all()} == {"c2"}
    assert Contact.objects.get(remote_id="c1").entries_by_type == {}


def test_a_moved_meeting_says_when_it_would_have_begun_until_it_is_back_in_its_place(arrive):
    tomorrow = NOW + DAY

    def moved_from(start_at, minutes, **fields):
        arrive(an_appointment(1, start_at=start_at, end_at=start_at + 60 * MINUTE, **fields), minutes=minutes)
        return ActivityEntry.objects.get(kind="appointment").facts.get("moved_from")

    assert moved_from(NOW, 0) is None
    assert moved_from(tomorrow, 20) == "2026-03-02T15:00:00Z"
    assert moved_from(tomorrow, 40, title="Roof") == "2026-03-02T15:00:00Z"
    assert moved_from(NOW, 60) is None
    assert edits()[0][2] == {"Start": ("2026-03-02T15:00:00+00:00", "2026-03-03T15:00:00+00:00")}


@pytest.mark.skipif(database.vendor != "postgresql", reason="an embedded database has one writer")
@pytest.mark.django_db(transaction=True)
def test_of_two_that_read_the_same_change_at_once_the_second_finds_it_stored(arrive, connection):
    arrive(a_task(title="Call back"))
    later = prepare([a_task(title="Call again")])

    def store():
        """In a thread of its own, which has a connection of its own."""
        try:
            with transaction.atomic():
                return apply(Batch(connection, "tasks", None, NOW + MINUTE), later)[0]
        finally:
            database.close()

    with ThreadPoolExecutor(1) as second:
        with transaction.atomic():
            first = apply(Batch(connection, "tasks", None, NOW + MINUTE), later)[0]
            found = second.submit(store)
            while not waiting_for_a_lock() and not found.done():
                time.sleep(0.01)
        found = found.result(timeout=30)

    assert [(one.changed, one.same) for one in (first, found)] == [(1, 0), (0, 1)]
    assert edits() == [("task", "Call again", {"Title": ("Call back", "Call again")})]


def waiting_for_a_lock():
    with database.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted")
        return cursor.fetchone() is not None
