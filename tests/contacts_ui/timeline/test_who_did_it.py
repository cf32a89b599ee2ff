"""A row says who did it: you, a user of the provider, or whoever did it here under another name."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations.activity.models import ActivityEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def dana(workspace, make_contact):
    return make_contact(workspace, "Dana Whitlock")


@pytest.fixture
def marcus(workspace, make_user):
    return make_user(workspace, "Marcus Hale", email="marcus@example.com")


@pytest.fixture
def line(dana, as_alice):
    """The row of the one note, as Alice reads it."""

    def _line(browser=as_alice):
        page = " ".join(browser.get(f"/contacts/{dana.pk}/").text.split())
        return (
            page[: page.index("</strong> added a note")].rpartition("<strong")[2].replace(" >", ">").partition(">")
        )

    return _line


def test_what_i_did_over_there_is_mine_here(dana, make_note, make_user, workspace, line, as_bob):
    mine = make_user(workspace, "Alice Lake", email="ALICE@example.com")
    make_note(dana, author_remote_id=mine.remote_id)

    assert line()[2] == "You"
    assert line(as_bob)[2] == "Alice Lake"


def test_so_is_what_a_user_did_whom_an_admin_has_named_for_me(dana, make_note, marcus, alice, line):
    alice.memberships.update(remote_user_id=marcus.remote_id)
    make_note(dana, author_remote_id=marcus.remote_id)

    assert line()[2] == "You"


def test_what_was_written_here_under_the_name_of_who_installed_it_is_told_by_whom(
    dana, make_note, marcus, bob, line, as_bob
):
    make_note(dana, author_remote_id=marcus.remote_id)
    ActivityEntry.objects.update(made_by=bob)

    assert line() == (' title="In GHL under Marcus Hale"', ">", "Bob")
    assert line(as_bob)[2] == "You"


def test_where_both_are_one_person_the_provider_names_them(dana, make_note, make_user, workspace, bob, line):
    user = make_user(workspace, "Robert Hale", email=bob.email)
    make_note(dana, author_remote_id=user.remote_id)
    ActivityEntry.objects.update(made_by=bob)

    assert line() == ("", ">", "Robert Hale")


def test_one_who_left_is_whom_the_provider_names(dana, make_note, marcus, mallory, line):
    make_note(dana, author_remote_id=marcus.remote_id)
    ActivityEntry.objects.update(made_by=mallory)

    assert line()[2] == "Marcus Hale"


@pytest.fixture
def edited(dana, make_note, bob):
    """A note that Bob edited here."""
    earlier = {"title": "", "body": "Before", "until": timezone.now().isoformat()}
    return lambda **more: make_note(dana, "After", earlier=earlier | more)


def marked(browser, dana):
    page = " ".join(browser.get(f"/contacts/{dana.pk}/").text.split())
    assert 'title="What it said before">edited</summary>' in page
    return page.partition("</strong> added a note")[2].partition(" </div>")[0]


def test_an_edit_that_was_made_here_is_told_by_whom_on_the_line(edited, dana, bob, as_alice, as_bob):
    edited(by=bob.pk)

    assert marked(as_alice, dana) == ", <strong>Bob</strong> edited it"
    assert marked(as_bob, dana) == ", you edited it"


def test_one_over_there_or_by_who_left_names_nobody(edited, dana, mallory, as_alice):
    note = edited()
    assert marked(as_alice, dana) == ""

    note.delete()
    edited(by=mallory.pk)
    assert marked(as_alice, dana) == ""


def test_the_name_costs_no_query(edited, dana, bob, as_alice, django_assert_num_queries):
    edited()
    as_alice.get(f"/contacts/{dana.pk}/")
    with CaptureQueriesContext(connection) as usual:
        as_alice.get(f"/contacts/{dana.pk}/")
    edited(by=bob.pk)

    with django_assert_num_queries(len(usual)):
        as_alice.get(f"/contacts/{dana.pk}/")


@pytest.mark.parametrize(
    ("kind", "fields", "mine", "theirs"),
    [
        ("task", {}, "You edited it", "Bob edited it"),
        ("task", {"is_completed": True, "due_in": -2}, ", you edited it", ", <strong>Bob</strong> edited it"),
        ("meeting", {}, "You edited it", "Bob edited it"),
        ("meeting", {"starts_in": -2}, ", you edited it", ", <strong>Bob</strong> edited it"),
    ],
)
def test_a_task_and_a_meeting_tell_who_edited_them_here(
    dana, bob, make_task, make_appointment, as_alice, as_bob, kind, fields, mine, theirs
):
    make = {"task": make_task, "meeting": make_appointment}[kind]
    make(dana, edited_by=bob.pk, **fields)

    assert told(as_alice, dana).count(theirs) == 1
    assert told(as_bob, dana).count(mine) == 1


def test_and_nobody_where_that_was_over_there_or_by_who_left(dana, mallory, make_task, make_appointment, as_alice):
    make_task(dana)
    make_appointment(dana, edited_by=mallory.pk)
    assert "edited it" not in told(as_alice, dana)


def test_a_task_keeps_the_name_when_its_row_is_drawn_anew(dana, bob, make_task, as_alice):
    task = make_task(dana, edited_by=bob.pk)
    row = as_alice.get(f"/contacts/{dana.pk}/tasks/{task.pk}/", headers={"HX-Request": "true"})
    assert "Bob edited it" in row.text


def told(browser, dana):
    return " ".join(browser.get(f"/contacts/{dana.pk}/").text.split())
