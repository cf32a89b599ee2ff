"""What is to be done and what is pinned: all of it can be reached, a page at a time, with and without scripts."""

import html
import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from contacts_ui.timeline import places
from contacts_ui.timeline.rows import TOKEN
from integrations.activity.kinds import BY_MODEL
from integrations.activity.models import Note, Task
from integrations.sync.push.commands import new_write
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


def more(text, name="agenda"):
    found = re.search(rf'class="agenda__more" href="([^"#]*)#{name}"', text)
    return html.unescape(found[1]) if found else None


def box(text, name):
    """The rows of one of the two lists on a whole page."""
    return text.partition(f'id="agenda-{name}"')[2].partition("</section>")[0].partition("section-head")[0]


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_every_open_task_is_reached_once_in_its_order(as_alice, many, headers):
    first = shown(as_alice, many)
    assert "Show 33 more" in box(first, "coming")
    assert "Show 26 more" in box(first, "late")
    for name, box_name, expected in (
        ("agenda", "coming", [*(f"Task {number}" for number in range(31, 70)), "Some day"]),
        ("late", "late", [f"Task {number:02}" for number in reversed(range(31))]),
    ):
        seen, address = titles(box(first, box_name)), more(first, name)
        while address:
            part = shown(as_alice, many, address, **headers)
            seen += titles(part if headers else box(part, box_name))
            address = more(part, name)
        assert seen == expected


def test_what_comes_is_never_hidden_behind_what_is_late(as_alice, dana, make_task, make_appointment):
    for number in range(70):
        make_task(dana, f"Old {number}", due_in=-600 - number)
    make_appointment(dana, "Site walk", starts_in=40)
    make_task(dana, "Send the quote", due_in=0.0001)
    page = shown(as_alice, dana)
    assert titles(box(page, "coming")) == ["Send the quote", "Site walk"]
    assert titles(box(page, "late")) == [f"Old {number}" for number in range(5)]
    assert re.findall(r"(Upcoming|Overdue)</h2>\s*<span[^>]*num\">(\d+)", page) == [
        ("Upcoming", "2"),
        ("Overdue", "70"),
    ]


def test_what_comes_is_grouped_by_the_readers_day_and_ends_with_what_has_none(
    as_alice, workspace, dana, make_task, make_appointment
):
    noon = timezone.localtime(timezone=ZoneInfo(workspace.timezone)).replace(hour=12, minute=0) + timedelta(days=1)
    for name, days in (("Sooner", 0), ("Tomorrow too", 0.01), ("Later", 1), ("In a week", 7)):
        make_task(dana, name, due_at=noon + timedelta(days=days))
    make_appointment(dana, "Site walk", start_at=noon + timedelta(hours=2))
    make_task(dana, "Some day", due_at=None)
    heads = re.findall(
        r"agenda__day\"><strong>([^<]+)|task__title\" title=\"([^\"]*)", box(shown(as_alice, dana), "coming")
    )
    this_year, later, week = (noon + timedelta(days=days) for days in (-1, 1, 7))
    assert ["".join(pair) for pair in heads] == [
        "Tomorrow", "Sooner", "Tomorrow too", "Site walk",
        f"{later:%a} {later.day} {later:%b}" + ("" if later.year == this_year.year else f" {later.year}"), "Later",
        f"{week:%a} {week.day} {week:%b}" + ("" if week.year == this_year.year else f" {week.year}"), "In a week",
        "No due date", "Some day",
    ]  # fmt: skip


def test_a_day_that_goes_on_after_a_fold_has_one_heading(as_alice, workspace, dana, make_task):
    at = timezone.localtime(timezone=ZoneInfo(workspace.timezone)).replace(hour=12, minute=0) + timedelta(days=1)
    for number in range(13):
        make_task(dana, f"Task {number}", due_at=at)
    first = shown(as_alice, dana)
    assert (first + shown(as_alice, dana, more(first), **HTMX)).count("agenda__day") == 1


def test_a_meeting_that_was_called_off_is_not_upcoming_but_can_be_seen(as_alice, dana, make_appointment):
    make_appointment(dana, "Called off", starts_in=1, status="cancelled")
    make_appointment(dana, "Site walk", starts_in=2, status="confirmed")
    page = shown(as_alice, dana)
    coming, _, off = box(page, "coming").partition("<details")
    assert titles(coming) == ["Site walk"]
    assert "1 cancelled" in off
    assert titles(off) == ["Called off"]
    assert re.search(r'Upcoming</h2>\s*<span[^>]*num">1<', page)


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_every_cancelled_meeting_is_counted_and_reached_once(as_alice, dana, make_appointment, headers):
    for number in range(60):
        make_appointment(dana, f"Off {number:02}", starts_in=1 + number, status="cancelled")
    make_appointment(dana, "Long ago", starts_in=-1, status="cancelled")

    text = shown(as_alice, dana)
    assert "60 cancelled" in text
    assert "Show 50 more of 55" in text
    seen = titles(box(text, "off"))
    while address := more(text, "off"):
        text = shown(as_alice, dana, address, **headers)
        seen += titles(text if headers else box(text, "off"))

    assert seen == [f"Off {number:02}" for number in range(60)]


def test_an_open_page_keeps_as_many_cancelled_meetings_as_it_shows(as_alice, dana, make_appointment):
    for number in range(30):
        make_appointment(dana, f"Off {number:02}", starts_in=1 + number, status="cancelled")
    answer = as_alice.get(f"/contacts/{dana.pk}/live/", headers={"X-Seen": "", "X-Shown": "0 0 0 0 20"})

    assert len(titles(box(answer.content.decode(), "off"))) == 20


@pytest.mark.parametrize("query", ["", "?kind=note", "?kind=task", "?q=nothing", "?q=second"])
def test_the_next_meeting_is_the_next_whatever_the_filter(as_alice, dana, make_note, make_appointment, query):
    make_note(dana)
    make_appointment(dana, "Called off", starts_in=0.5, status="cancelled")
    make_appointment(dana, "The first", starts_in=1)
    make_appointment(dana, "The second", starts_in=2)
    for address in (f"/contacts/{dana.pk}/{query}", f"/contacts/{dana.pk}/live/{query}"):
        page = as_alice.get(address, headers={"X-Seen": ""}).content.decode()
        assert "The first" in page.partition("Next meeting")[2].partition("</section>")[0]


@pytest.mark.parametrize(
    ("status", "words"),
    [("confirmed", "No outcome yet"), ("new", "No outcome yet"), ("", "No outcome yet"), ("showed", "Showed")],
)
def test_a_meeting_that_is_over_says_that_nobody_told_how_it_went(as_alice, dana, make_appointment, status, words):
    make_appointment(dana, starts_in=-1, status=status)
    assert words in shown(as_alice, dana)
    make_appointment(dana, "Ahead", starts_in=1, status="confirmed")
    assert "Confirmed" in shown(as_alice, dana)


def test_the_rest_of_few_is_counted(as_alice, dana, make_task):
    for number in range(13):
        make_task(dana, f"Task {number}")
    assert "Show 6 more" in shown(as_alice, dana)


def test_an_answer_with_more_to_do_holds_nothing_else(as_alice, many):
    part = shown(as_alice, many, more(shown(as_alice, many)), **HTMX)
    assert "<html" not in part
    assert "feed-results" not in part


def test_an_open_page_is_brought_up_to_date_as_far_as_it_shows(as_alice, many):
    answer = as_alice.get(f"/contacts/{many.pk}/live/", headers={"X-Seen": "", "X-Shown": "0 30 0 25"})
    page = answer.content.decode()
    assert (len(titles(box(page, "coming"))), len(titles(box(page, "late")))) == (30, 25)


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_every_pinned_note_is_reached_once_newest_first(as_alice, dana, make_note, headers):
    for number in range(60):
        make_note(dana, f"Pin {number}.", is_pinned=True, days_ago=number + 1)
    first = shown(as_alice, dana)
    assert "Show 58 more pinned" in first
    seen, text = [], first
    while True:
        seen += re.findall(r'pinned__text" dir="auto">\s*(Pin \d+)', text)
        found = re.search(r'class="pins__more link-button small" href="([^"]*)"', text)
        if not found:
            break
        text = shown(as_alice, dana, html.unescape(found[1]), **headers)
    assert seen == [f"Pin {number}" for number in range(60)]


def test_an_address_says_how_many_rows_of_each_list_are_shown(as_alice, many, make_note):
    for number in range(160):
        make_note(many, f"Pin {number}.", is_pinned=number < 30, days_ago=100 + number)
    page = shown(as_alice, many, "?rows=101&coming=20&overdue=12&pins=7")
    assert page.count('class="entry"') == 150
    assert (len(titles(box(page, "coming"))), len(titles(box(page, "late")))) == (20, 12)
    assert page.count('class="pinned"') == 7


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
    deep = none.as_deep_as("51 30 7 12")
    assert (deep.agenda_rows, deep.pinned_rows, deep.late_rows) == (30, 7, 12)
    for odd in ("", "x", "-1 -2 -3", "1 2 3 4 5", "9" * 20):
        assert none.as_deep_as(odd).past_rows == 50


@pytest.fixture
def unsettled(many, alice, now):
    """A task far down the agenda whose tick, hers, failed."""
    task = Task.objects.get(title="Task 60")
    new_write("task.complete", task, actor=alice, state="failed", not_before=now, reason="Refused.").save()
    return task


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_failure_far_down_rises_to_the_top_and_stands_there_once(as_alice, many, unsettled, headers):
    first = shown(as_alice, many)
    assert titles(first)[0] == "Task 60"
    assert f"/tasks/{unsettled.pk}/retry/" in first
    seen = titles(first)
    for name in ("agenda", "late"):
        address = more(first, name)
        while address:
            part = shown(as_alice, many, address, **HTMX)
            seen += titles(part)
            address = more(part, name)
    assert sorted(seen) == sorted([*(f"Task {number:02}" for number in range(70)), "Some day"])


def test_one_that_is_shown_stays_where_it_is(as_alice, many, now):
    task = Task.objects.get(title="Task 28")
    new_write("task.complete", task, state="failed", not_before=now, reason="Refused.").save()
    page = shown(as_alice, many)
    assert titles(box(page, "late")) == [f"Task {number}" for number in (30, 29, 28, 27, 26)]
    assert "Changes not saved yet" not in page


def test_an_open_page_keeps_a_failure_where_it_was_as_far_as_it_shows(as_alice, many, unsettled):
    answer = as_alice.get(f"/contacts/{many.pk}/live/", headers={"X-Shown": "50 40 0 31"}).content.decode()
    assert titles(box(answer, "coming"))[29] == "Task 60"
    assert "Changes not saved yet" not in answer


def test_a_task_that_was_deleted_while_it_was_ticked_is_told_by_its_title(as_alice, many, unsettled, now):
    project.drop_entries(BY_MODEL[Task], [unsettled.pk])
    Task.objects.filter(pk=unsettled.pk).update(deleted_at=now)
    first = shown(as_alice, many)
    assert titles(first)[0] == "Task 60"
    assert f"/tasks/{unsettled.pk}/retry/" not in first
    assert f"/tasks/{unsettled.pk}/dismiss/" in first


def test_a_search_and_other_kinds_raise_nothing(as_alice, many, unsettled):
    for address in ("?q=quote", "?kind=note"):
        assert "Task 60" not in shown(as_alice, many, address)


def test_what_stands_above_costs_two_queries_however_many_there_are(
    as_alice, many, now, django_assert_num_queries
):
    for task in Task.objects.filter(title__in=["Task 60", "Task 61", "Task 62"]):
        new_write("task.complete", task, state="failed", not_before=now).save()
    # Beyond those of a page with much to do: writes of what is shown, then the tasks that rise and their writes.
    with django_assert_num_queries(12):
        shown(as_alice, many)
