"""Whether a task is open, overdue or completed narrows a contact's timeline, and the address keeps it."""

import re

import pytest

from tests.contacts_ui.timeline.narrowed import OTHERS, left_under, text

NAMES = ("Due tomorrow", "Due some day", "Due last week", "Done with")


@pytest.fixture
def dana(workspace, make_contact, make_task, make_note, make_appointment):
    contact = make_contact(workspace, "Dana Whitlock")
    make_task(contact, "Due tomorrow")
    make_task(contact, "Due some day", due_at=None)
    make_task(contact, "Due last week", due_in=-7)
    make_task(contact, "Done with", due_in=-3, is_completed=True)
    make_note(contact, "Spoke about the roof")
    make_appointment(contact, "Site visit")
    contact.refresh_from_db()
    return contact


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=open", {"Due tomorrow", "Due some day", "Due last week"}),
        ("status=overdue", {"Due last week"}),
        ("status=completed", {"Done with"}),
        ("status=open&kind=task", {"Due tomorrow", "Due some day", "Due last week"}),
        ("status=open&kind=note", set()),
        ("status=open&q=week", {"Due last week"}),
        ("status=completed&priority=high", set()),
        ("status=late", {*NAMES, *OTHERS}),
    ],
)
def test_it_narrows_the_agenda_and_the_past_to_such_tasks(as_alice, dana, query, found):
    assert left_under(query, as_alice, dana, NAMES) == found


def test_the_filter_says_what_it_shows_and_how_many(as_alice, dana):
    page = text(as_alice.get(f"/contacts/{dana.pk}/?status=open"))
    assert '<option value="open" selected>Open</option>' in page
    chip = re.search(r'id="chip-narrowed" href="([^"]*)"[^>]*>([^<]*)', page)
    assert chip[2].strip() == "open tasks"
    assert "status" not in chip[1]
    assert "kind=task&amp;status=open" in page
    assert re.search(r'chip__count">3<', page.replace(" ", ""))


def test_none_of_that_status_is_said_in_words(as_alice, workspace, make_contact, make_task):
    contact = make_contact(workspace)
    make_task(contact, "Due tomorrow")
    assert "Nothing for overdue tasks" in text(as_alice.get(f"/contacts/{contact.pk}/?status=overdue"))


@pytest.mark.parametrize("status", ["open", "overdue", "completed"])
def test_it_asks_no_more_queries_than_a_person_does(as_alice, dana, status, django_assert_max_num_queries):
    as_alice.get(f"/contacts/{dana.pk}/?by=u1")
    with django_assert_max_num_queries(10) as by_person:
        as_alice.get(f"/contacts/{dana.pk}/?by=u1")
    with django_assert_max_num_queries(len(by_person.captured_queries)):
        as_alice.get(f"/contacts/{dana.pk}/?status={status}")
