"""What is to be done and what is pinned: all of it can be reached, a page at a time, with and without scripts."""

import html
import re

import pytest

from contacts_ui.timeline import places
from contacts_ui.timeline.rows import TOKEN
from integrations.activity.kinds import BY_MODEL
from integrations.activity.models import Note
from integrations.sync.reconcile import project

HTMX = {"HX-Request": "true"}


@pytest.fixture
def dana(workspace, make_contact):
    return make_contact(workspace)


@pytest.fixture
def many(dana, make_task):
    for number in range(70):
        make_task(dana, f"Task {number:02}", due_in=number - 30.5)
    make_task(dana, "Some day", due_at=None)
    return dana


def shown(client, contact, address="", **headers):
    answer = client.get(f"/contacts/{contact.pk}/{address}", headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def titles(text):
    return re.findall(r'task__title" title="([^"]*)"', text)


def more(text):
    found = re.search(r'class="agenda__more" href="([^"#]*)', text)
    return html.unescape(found[1]) if found else None


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_every_open_task_is_reached_once_in_its_order(as_alice, many, headers):
    first = shown(as_alice, many)
    assert "Show 50 more of 61" in first
    seen, address = titles(first), more(first)
    while address:
        part = shown(as_alice, many, address, **headers)
        seen += titles(part)
        address = more(part)
    assert seen == [*(f"Task {number:02}" for number in range(70)), "Some day"]


def test_the_rest_of_few_is_counted(as_alice, dana, make_task):
    for number in range(13):
        make_task(dana, f"Task {number}")
    assert "Show 3 more" in shown(as_alice, dana)


def test_an_answer_with_more_to_do_holds_nothing_else(as_alice, many):
    part = shown(as_alice, many, more(shown(as_alice, many)), **HTMX)
    assert "<html" not in part
    assert "feed-results" not in part


def test_an_open_page_is_brought_up_to_date_as_far_as_it_shows(as_alice, many):
    answer = as_alice.get(f"/contacts/{many.pk}/live/", headers={"X-Seen": "", "X-Shown": "0 60 0"})
    assert len(titles(answer.content.decode())) == 60


def test_pinned_notes_beyond_two_are_shown_on_request(as_alice, dana, make_note):
    for number in range(5):
        make_note(dana, f"Pin {number}.", is_pinned=True, days_ago=number + 1)
    first = shown(as_alice, dana)
    assert first.count('class="pinned"') == 2
    assert "Show 3 more pinned" in first
    for headers in ({}, HTMX):
        whole = shown(as_alice, dana, "?pinned=all", **headers)
        assert whole.count('class="pinned"') == 5
        assert "more pinned" not in whole


def test_pinned_notes_beyond_a_page_are_counted(as_alice, dana, make_note, monkeypatch):
    monkeypatch.setattr("contacts_ui.timeline.agenda.MOST_PINNED", 3)
    for number in range(5):
        make_note(dana, f"Pin {number}.", is_pinned=True)
    assert "and 2 more, which stand in the timeline below" in shown(as_alice, dana, "?pinned=all")


def test_a_search_of_very_many_hits_says_that_there_are_more(as_alice, dana, make_note, monkeypatch):
    monkeypatch.setattr("integrations.activity.timeline.MOST_COUNTED", 4)
    for number in range(4):
        make_note(dana, f"roof {number}")
    assert ">4<" in "".join(shown(as_alice, dana, "?q=roof").split())
    make_note(dana, "roof")
    assert ">4+<" in "".join(shown(as_alice, dana, "?q=roof").split())


def test_a_row_that_changes_is_drawn_anew_and_an_equal_one_keeps_no_token(as_alice, as_bob, dana, make_note):
    note = make_note(dana, "Before")
    assert "Before" in shown(as_alice, dana)
    Note.objects.filter(pk=note.pk).update(body="After")
    note.refresh_from_db()

    project.store_entries(BY_MODEL[Note], [note])
    assert "After" in shown(as_alice, dana)


def test_the_form_of_a_kept_row_has_the_token_of_its_own_answer(as_alice, dana, make_task):
    make_task(dana, is_completed=True, due_in=-1)
    tokens = [set(re.findall(r'csrfmiddlewaretoken" value="(\w+)"', shown(as_alice, dana))) for _ in range(2)]
    assert tokens[0]
    assert not tokens[0] & tokens[1]
    assert TOKEN not in tokens[0] | tokens[1]


def test_places_read_what_a_page_shows_and_nothing_else():
    none = places.Places()
    assert none.as_deep_as("51 30 7").past_rows == 100
    assert (none.as_deep_as("51 30 7").agenda_rows, none.as_deep_as("51 30 7").pinned_rows) == (30, 7)
    for odd in ("", "x", "-1 -2 -3", "1 2 3 4", "9" * 20):
        assert none.as_deep_as(odd).past_rows == 50
