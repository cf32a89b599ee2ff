"""A task's priority narrows a contact's timeline, and its mark stands wherever a line of the task does."""

import re

import pytest

from integrations.sync import commands
from tests.contacts_ui.timeline.narrowed import HTMX, OTHERS, left_under, text

MARK = 'class="priority priority--{}" title="{} priority, only in Throughline"'
HIGH, LOW = MARK.format("high", "High"), MARK.format("low", "Low")
NAMES = ("Urgent call", "Plain call", "Idle call", "Urgent and done", "Late and urgent")


def make(make_task, contact, title, priority="", **fields):
    task = make_task(contact, title, **fields)
    if priority:
        commands.set_priority(task, priority)
    return task


@pytest.fixture
def dana(workspace, make_contact, make_task, make_note, make_appointment):
    contact = make_contact(workspace, "Dana Whitlock")
    make(make_task, contact, "Urgent call", "high")
    make(make_task, contact, "Plain call")
    make(make_task, contact, "Idle call", "low")
    make(make_task, contact, "Urgent and done", "high", is_completed=True)
    make(make_task, contact, "Late and urgent", "high", due_in=-3)
    make_note(contact, "Spoke about the roof")
    make_appointment(contact, "Site visit")
    contact.refresh_from_db()
    return contact


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("priority=high", {"Urgent call", "Urgent and done", "Late and urgent"}),
        ("priority=low", {"Idle call"}),
        ("priority=normal", {"Plain call"}),
        ("priority=high&kind=task", {"Urgent call", "Urgent and done", "Late and urgent"}),
        ("priority=high&kind=note", set()),
        ("priority=high&q=done", {"Urgent and done"}),
        ("priority=urgent", {*NAMES, *OTHERS}),
    ],
)
def test_it_narrows_the_agenda_and_the_past_to_such_tasks(as_alice, dana, query, found):
    assert left_under(query, as_alice, dana, NAMES) == found


def test_the_filter_says_what_it_shows_and_how_many(as_alice, dana):
    page = text(as_alice.get(f"/contacts/{dana.pk}/?priority=high"))
    assert '<option value="high" selected>High</option>' in page
    assert "Priority is kept only in Throughline." in page
    chip = re.search(r'id="chip-narrowed" href="([^"]*)"[^>]*>([^<]*)', page)
    assert chip[2].strip() == "high priority"
    assert "priority" not in chip[1]
    assert re.search(r'chip__count">3<', page.replace(" ", ""))


def test_it_stays_with_the_other_filters_of_the_address(as_alice, dana):
    page = text(as_alice.get(f"/contacts/{dana.pk}/?priority=high", **HTMX))
    assert "kind=task&amp;priority=high" in page


def test_nothing_of_that_priority_is_said_in_words(as_alice, workspace, make_contact, make_task):
    contact = make_contact(workspace)
    make_task(contact, "Plain call")
    assert "Nothing for low priority" in text(as_alice.get(f"/contacts/{contact.pk}/?priority=low"))


def test_it_asks_no_more_queries_than_a_person_does(as_alice, dana, django_assert_max_num_queries):
    as_alice.get(f"/contacts/{dana.pk}/?by=u1")
    with django_assert_max_num_queries(10) as by_person:
        as_alice.get(f"/contacts/{dana.pk}/?by=u1")
    with django_assert_max_num_queries(len(by_person.captured_queries)):
        as_alice.get(f"/contacts/{dana.pk}/?priority=high")


class TestItsMark:
    @pytest.fixture
    def urgent(self, workspace, make_contact, make_task, make_business):
        firm = make_business(workspace, "Parkway Dental Group")
        contact = make_contact(workspace, "Dana Whitlock", business_remote_id=firm.remote_id)
        task = make(make_task, contact, "Send references", "high")
        contact.refresh_from_db()
        task.contact = contact
        return task

    def test_stands_in_the_next_step_of_the_contact_list(self, as_alice, urgent):
        assert HIGH in text(as_alice.get("/contacts/"))

    def test_is_none_there_for_a_normal_one(self, as_alice, workspace, make_contact, make_task):
        make_task(make_contact(workspace), "Plain call")
        assert "priority--" not in text(as_alice.get("/contacts/"))

    def test_stands_on_the_agenda_and_beside_a_completed_one(self, as_alice, dana):
        page = text(as_alice.get(f"/contacts/{dana.pk}/"))
        assert (page.count(HIGH), page.count(LOW)) == (3, 1)

    def test_stands_in_the_list_of_own_changes(self, as_alice, alice, urgent):
        commands.write("task.complete", urgent, actor=alice)
        assert HIGH in text(as_alice.get("/changes/"))

    def test_stands_there_for_a_task_that_is_not_made_yet(self, as_alice, alice, urgent):
        how = {"contact": urgent.contact, "actor": alice, "options": {"priority": "low"}}
        commands.create("task.create", urgent.connection, {"title": "Call back"}, **how)
        assert LOW in text(as_alice.get("/changes/"))

    def test_stands_on_the_page_of_a_business(self, as_alice, workspace, urgent, make_task):
        make(make_task, urgent.contact, "Done", "high", is_completed=True)
        firm = re.search(r"/businesses/\d+/", text(as_alice.get("/contacts/")))[0]
        assert HIGH in text(as_alice.get(firm))
