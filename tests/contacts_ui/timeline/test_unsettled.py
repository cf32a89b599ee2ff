"""Changes that wait or failed stand in their own place on the contact's page, and cost little."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations.sync.health.contacts import MOST_TOLD
from integrations.sync.models import Write
from integrations.sync.push.commands import new_write
from integrations.workspace.models import Workspace
from tests.contacts_ui.timeline.test_contact_timeline import page


@pytest.fixture
def dana(workspace, make_contact):
    return make_contact(workspace)


@pytest.fixture
def make_create(dana, alice):
    """A new record that is on its way, or whatever `fields` say of it."""

    def _make(kind, changes, **fields):
        known = {"state": "sending", "actor": alice, "not_before": timezone.now(), "base": {}}
        return Write.objects.create(
            connection=dana.connection, operation=f"{kind}.create", kind=kind, contact=dana, changes=changes,
            **(known | fields),
        )  # fmt: skip

    return _make


def feed(client, contact, query=""):
    return page(client, contact, query).partition('id="feed-results"')[2]


def test_a_new_note_stands_above_the_past_and_a_new_task_above_what_comes(
    as_alice, dana, make_create, make_task, make_note
):
    make_task(dana, "Known task")
    make_note(dana, "Known note")
    make_create("note", {"title": "Fresh note", "body": "<b>Hi</b><script>x()</script>"})
    make_create("task", {"title": "Fresh task", "due_at": "2031-05-06T14:30:00+00:00"})
    shown = feed(as_alice, dana)

    places = [shown.index(words) for words in ("Fresh task", "Known task", "Fresh note", "Known note")]
    assert places == sorted(places)
    assert "<b>Hi</b>" in shown
    assert "<script>x" not in shown


def test_an_edited_note_shows_what_it_will_say(as_alice, dana, make_note):
    note = make_note(dana, "Old words", title="Old title")
    wanted = {"title": "New title", "body": "<i>New</i> words<script>x()</script>", "colour": "#C9DAF8"}
    new_write("note.update", note, wanted, state="sending", not_before=timezone.now()).save()
    shown = feed(as_alice, dana)

    assert "New title" in shown
    assert "<i>New</i> words" in shown
    assert "<script>x" not in shown
    assert "note--blue" in shown
    assert "Old title" not in shown


def test_an_edited_task_shows_what_it_will_be(as_alice, dana, make_task, make_user, workspace):
    make_user(workspace, "Priya Raman", remote_id="u2")
    task = make_task(dana, "Old title")
    wanted = {"title": "New title", "due_at": "2031-05-06T14:30:00+00:00", "owner_remote_id": "u2"}
    new_write("task.update", task, wanted, state="sending", not_before=timezone.now()).save()
    shown = feed(as_alice, dana)

    assert "New title" in shown
    assert "6 May 2031" in shown
    assert "Assigned to Priya Raman" in shown
    assert "task--idle" in shown


def test_a_failed_edit_says_why_and_can_be_sent_again_by_whoever_asked(as_alice, as_bob, alice, dana, make_note):
    Workspace.objects.update(reps_edit_notes="all")
    write = new_write("note.update", make_note(dana), {"title": "New"}, state="failed", not_before=timezone.now())
    write.actor, write.reason = alice, "GHL said no."
    write.save()

    assert "GHL said no." in feed(as_alice, dana)
    assert f"/changes/{write.pk}/retry/" in feed(as_alice, dana)
    assert f"/changes/{write.pk}/retry/" in feed(as_bob, dana), "a manager may, too"


@pytest.mark.parametrize(
    ("query", "shown"),
    [("?kind=note", "note"), ("?kind=task", "task"), ("?kind=change", ""), ("?q=Fresh", ""), ("", "note task")],
)
def test_a_new_record_is_hidden_by_filters_like_every_other(as_alice, dana, make_create, query, shown):
    make_create("note", {"body": "Fresh note"})
    make_create("task", {"title": "Fresh task"})
    feed_now = feed(as_alice, dana, query)

    found = [kind for kind in ("note", "task") if f"Fresh {kind}" in feed_now]
    assert " ".join(found) == shown


@pytest.mark.parametrize("state", ["confirmed", "undone", "dismissed"])
def test_what_is_over_is_no_row_of_its_own(as_alice, dana, make_create, state):
    make_create("note", {"body": "Fresh note"}, state=state)
    assert "Fresh note" not in feed(as_alice, dana)


def test_a_rep_is_offered_their_own_notes_and_a_manager_every_one(as_alice, as_bob, dana, make_note, make_create):
    mine, other = make_note(dana, "Mine"), make_note(dana, "Of another")
    make_create("note", {"body": "Mine"}, state="confirmed", target_id=mine.pk)

    assert f"/notes/{mine.pk}/edit/" in feed(as_alice, dana)
    assert f"/notes/{other.pk}/edit/" not in feed(as_alice, dana)
    assert f"/notes/{other.pk}/edit/" in feed(as_bob, dana)


def test_a_rep_keeps_their_own_notes_however_much_was_written_since(as_alice, dana, make_note, make_create):
    mine = make_note(dana, "Mine")
    make_create("note", {"body": "Mine"}, state="confirmed", target_id=mine.pk)
    for _ in range(60):
        make_create("task", {"title": "x"}, state="confirmed", target_id=1)

    assert f"/notes/{mine.pk}/edit/" in feed(as_alice, dana)


@pytest.fixture
def many(dana, alice, bob, make_create):
    """Three changes that failed, two of them by a rep, and more that were saved since than the page looks at."""
    for actor in (alice, bob, alice):
        make_create("task", {"title": "Call"}, state="failed", actor=actor)
    for _ in range(MOST_TOLD):
        make_create("task", {"title": "x"}, state="confirmed", target_id=1)


def test_older_changes_that_are_not_saved_are_counted_with_the_way_to_them(as_alice, as_bob, dana, many):
    told = {client: words_of(feed(client, dana)) for client in (as_alice, as_bob)}

    assert "3 older changes of this contact are not saved yet, 2 of them yours. See your changes" in told[as_alice]
    assert "See the sync log" not in told[as_alice]
    assert "3 older changes of this contact are not saved yet, 1 of them yours." in told[as_bob]
    assert 'href="/changes/">See your changes' in feed(as_alice, dana)
    assert 'href="/sync/">See the sync log' in feed(as_bob, dana)


def test_the_sync_log_is_named_only_for_what_it_lists(as_bob, dana, many):
    Write.objects.filter(state="failed").update(state="queued")

    assert "See the sync log" not in feed(as_bob, dana)


def test_of_what_others_want_a_rep_is_told_the_number(as_alice, dana, many, bob):
    Write.objects.filter(state="failed").update(actor=bob)

    assert "3 older changes of this contact are not saved yet, none of them yours." in words_of(
        feed(as_alice, dana)
    )
    assert "older change" not in feed(as_alice, dana, "?kind=note&q=x")


def test_what_is_all_shown_counts_nothing_as_older(as_alice, dana, make_create):
    for _ in range(MOST_TOLD - 1):
        make_create("task", {"title": "Call"}, state="failed")
    assert "older change" not in feed(as_alice, dana)


def test_a_page_that_looks_at_not_all_writes_asks_three_queries_more_however_many_there_are(
    as_alice, dana, make_create, django_assert_max_num_queries
):
    """Who added notes, what is wanted of the contact itself, and how many older changes there are."""
    for _ in range(MOST_TOLD - 1):
        make_create("task", {"title": "Call"}, state="failed")
    page(as_alice, dana)
    with CaptureQueriesContext(connection) as usual:
        page(as_alice, dana)
    for _ in range(20):
        make_create("task", {"title": "Call"}, state="failed")

    with django_assert_max_num_queries(len(usual) + 3):
        assert "19 older changes" in words_of(feed(as_alice, dana))


def words_of(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html))


def test_a_pinned_note_of_ones_own_can_be_taken_down(as_bob, as_alice, dana, make_note):
    note = make_note(dana, "Ask for Rosa", is_pinned=True)
    assert f"/notes/{note.pk}/unpin/" in feed(as_bob, dana)
    assert f"/notes/{note.pk}/unpin/" not in feed(as_alice, dana)


def test_a_deleted_contact_has_no_composer(as_bob, dana, make_note):
    note = make_note(dana)
    type(dana).objects.update(deleted_at=timezone.now())
    shown = page(as_bob, dana)

    assert 'id="composer"' not in shown
    assert f"/notes/{note.pk}/edit/" not in shown


def test_the_page_version_changes_with_every_step_of_a_change(as_alice, dana, make_create):
    def version():
        return page(as_alice, dana).partition('data-version="')[2].partition('"')[0]

    before, write = version(), make_create("note", {"body": "Fresh"})
    assert version() != before
    before = version()
    Write.objects.filter(pk=write.pk).update(state="failed")
    assert version() != before


def test_changes_under_way_cost_one_query_however_many(
    as_alice, dana, make_create, make_note, django_assert_num_queries
):
    notes = [make_note(dana, f"Note {number}") for number in range(9)]
    for number in range(9):
        make_create("note", {"body": f"Fresh {number}"})
        make_create("task", {"title": f"Fresh {number}"})
    for note in notes:
        new_write("note.update", note, {"title": "New"}, state="sending", not_before=timezone.now()).save()
    # The eight of a page at rest, and the changes.
    with django_assert_num_queries(9):
        page(as_alice, dana)
