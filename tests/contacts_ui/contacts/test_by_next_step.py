"""The contact list by next steps: what stands first is what the column shows, also while time passes."""

import base64
import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from contacts_ui.contacts import query, rows
from contacts_ui.contacts.cursor import Cursor
from contacts_ui.contacts.filters import ContactFilters
from integrations.activity.beside import beside
from integrations.activity.kinds.task import SOME_DAY
from integrations.activity.models import Contact
from tests.contacts_ui.contacts.test_contact_list import HTMX, URL, names, next_address

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
PEOPLE = 9
HOURS = st.integers(-6, 6)
STEP = st.tuples(
    st.integers(0, PEOPLE - 1),
    st.sampled_from(["task", "task", "meeting", "some day", "done", "called off"]),
    HOURS,
)


@pytest.fixture
def make_step(make_task, make_appointment):
    def _make(contact, kind, hours):
        at = NOW + timedelta(hours=hours)
        if kind in ("meeting", "called off"):
            status = "cancelled" if kind == "called off" else "confirmed"
            make_appointment(contact, start_at=at, end_at=at, status=status)
        else:
            make_task(contact, due_at=None if kind == "some day" else at, is_completed=kind == "done")

    return _make


def pages(workspaces, filters, hours=0, size=2):
    """All pages, each read so many hours after the one before."""
    cursor, now, found = None, NOW, []
    while True:
        part = query.find(workspaces, filters, {place.pk: PEOPLE for place in workspaces})
        page = query.read_page(part, filters, cursor, size, now=now)
        found.append(page)
        if not page.next_cursor:
            return found
        cursor, now = Cursor.decode(page.next_cursor, letters=filters.letters), now + timedelta(hours=hours)


def key_of(step):
    """By the time that the column shows, or says nothing of; None for no step."""
    return step and (step.at or SOME_DAY)


def plain_order(shown, *, is_turned):
    """The keys of what the column shows, sorted: by time, and those without a step last either way."""
    keys = list(map(key_of, shown))
    dated = sorted((key for key in keys if key), reverse=is_turned)
    return dated + [None] * keys.count(None)


@pytest.mark.parametrize("filtered", ["", "few", "many", "account"])
@given(steps=st.lists(STEP, max_size=14), is_turned=st.booleans(), hours=st.sampled_from([0, 1, 3]))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@example(steps=[(0, "task", 0), (1, "meeting", 0), (2, "task", -1), (2, "meeting", 1)], is_turned=False, hours=1)
@example(steps=[(0, "some day", 0), (1, "task", -2), (1, "some day", 0), (2, "task", 2)], is_turned=True, hours=3)
@example(steps=[(1, "meeting", 1), (1, "meeting", 2), (1, "task", 3), (2, "task", 2)], is_turned=True, hours=0)
def test_pages_put_together_are_everybody_once_sorted_by_what_the_column_shows(
    workspace, other_workspace, make_contact, make_step, steps, is_turned, hours, filtered
):
    Contact.objects.all().delete()
    places = [workspace, other_workspace]
    people = [make_contact(places[n % 2], f"Person {n}", tags=("dental",) if n % 3 else ()) for n in range(PEOPLE)]
    for person, kind, at in steps:
        make_step(people[person], kind, at)
    filters = ContactFilters(
        tag="dental" if filtered in ("few", "many") else "",
        account=str(workspace.pk) if filtered == "account" else "",
        sort="-next" if is_turned else "next",
    )
    with pytest.MonkeyPatch.context() as patch:
        if filtered == "many":
            patch.setattr(query, "COUNTED", 1)
        found = pages(places, filters, hours)

    seen = [contact.pk for page in found for contact in page.contacts]
    fitting = [
        person.pk
        for n, person in enumerate(people)
        if (n % 3 or not filters.tag) and (person.workspace == workspace or not filters.account)
    ]
    assert sorted(seen) == sorted(fitting)
    assert {page.as_of for page in found} == {NOW}
    known = beside(seen, now=NOW)
    shown = [known[pk].next_step for pk in seen]
    assert list(map(key_of, shown)) == plain_order(shown, is_turned=is_turned)


def test_whoever_has_only_late_tasks_stands_first_and_without_a_step_last_either_way(
    as_alice, workspace, make_contact, make_task, make_appointment
):
    for name, days in (("Late", [-2]), ("Later still", [-9]), ("Soon and late", [-5, 1]), ("Far", [30])):
        contact = make_contact(workspace, name)
        for number in days:
            make_task(contact, due_in=number)
    make_appointment(make_contact(workspace, "Met today"), starts_in=0.1)
    make_appointment(make_contact(workspace, "Met before"), starts_in=-1)
    make_task(make_contact(workspace, "Some day"), due_at=None)
    make_contact(workspace, "Newest")

    first = ["Later still", "Late", "Met today", "Soon and late", "Far", "Some day"]
    assert names(as_alice.get(URL + "?sort=next")) == [*first, "Newest", "Met before"]
    assert names(as_alice.get(URL + "?sort=-next")) == [*first[::-1], "Newest", "Met before"]


def test_a_meeting_is_over_an_hour_later_without_any_write(workspace, make_contact, make_step):
    met, waits = make_contact(workspace, "Met"), make_contact(workspace, "Waits")
    make_step(met, "meeting", 1)
    make_step(met, "task", 5)
    make_step(waits, "task", 2)
    filters = ContactFilters(sort="next")

    def order(hours):
        found = query.find([workspace], filters, {})
        return [c.name for c in query.read_page(found, filters, None, now=NOW + timedelta(hours=hours)).contacts]

    assert order(0) == ["Met", "Waits"]
    assert order(1.5) == ["Waits", "Met"]
    make_step(waits, "meeting", 6)
    assert order(1.5) == ["Waits", "Met"]
    assert order(2.5) == ["Met", "Waits"]


def test_a_step_that_is_done_or_gone_moves_its_contact(as_alice, workspace, make_contact, make_task):
    first, second = make_contact(workspace, "First"), make_contact(workspace, "Second")
    make_task(second, due_in=2)
    make_task(first, due_in=1)
    assert names(as_alice.get(URL + "?sort=next")) == ["First", "Second"]

    make_task(first, due_in=-1, is_completed=True)
    assert names(as_alice.get(URL + "?sort=next")) == ["First", "Second"]
    make_task(second, due_in=0.5)
    assert names(as_alice.get(URL + "?sort=next")) == ["Second", "First"]


@pytest.mark.parametrize(("sort", "groups"), [("next", 2), ("-next", 3)])
def test_a_page_costs_the_same_however_many_contacts_it_holds(
    as_alice, workspace, make_contact, make_task, django_assert_num_queries, sort, groups
):
    for number in range(60):
        make_task(make_contact(workspace, f"Person {number}"), due_in=number - 20)
    # session, person, workspaces with roles; users and how many there are at once; the account's connections,
    # contacts, firms with next steps; and each group from the first on until the page is full
    with django_assert_num_queries(7 + groups):
        assert len(names(as_alice.get(f"{URL}?sort={sort}", headers=HTMX))) == 50


def test_a_page_that_reaches_the_end_costs_a_query_for_each_group(
    as_staff, workspace, other_workspace, make_contact, make_task, django_assert_num_queries
):
    for place in (workspace, other_workspace):
        for days in (-1, 1, None):
            due = timezone.now() + timedelta(days=days) if days else None
            make_task(make_contact(place, f"Person {days}"), due_at=due)
        make_contact(place, "Nobody")
    # session, person, workspaces; users and how many there are; connections; each of the four groups; contacts,
    # firms with next steps
    with django_assert_num_queries(11):
        assert len(names(as_staff.get(URL + "?sort=next", headers=HTMX))) == 8


def test_going_back_shows_as_many_rows_as_were_there(as_alice, workspace, make_contact, make_task):
    for number in range(120):
        make_task(make_contact(workspace, f"Person {number}"), due_in=number % 40 - 20)
    shown, address = [], "?sort=next"
    for _ in range(2):
        page = as_alice.get(URL + address, headers=HTMX)
        shown, address = shown + names(page), next_address(page)

    restored = as_alice.get(URL + "?sort=next&rows=100")
    assert names(restored) == shown
    assert len(shown) == 100
    assert next_address(restored)


@pytest.mark.parametrize(
    "words",
    [
        "x\n0\n2026-03-02T15:00:00+00:00",
        "2026-03-02T15:00:00+00:00\n9\n2026-03-02T15:00:00+00:00",
        "2026-03-02T15:00:00+00:00\n0\n",
        "2026-03-02T15:00:00+00:00\n3\n2026-03-02T15:00:00+00:00",
        "0001-01-01T00:00:00+14:00\n1\n2026-03-02T15:00:00+00:00",
        "2026-03-02T15:00:00+00:00\n1\n9999-12-31T23:59:59-14:00",
        "2026-03-02T15:00:00\n1\n2026-03-02T15:00:00",
        "\n\n",
        "one word",
    ],
)
def test_a_place_that_we_did_not_write_shows_the_first_page(as_alice, workspace, make_contact, words):
    make_contact(workspace)
    cursor = base64.urlsafe_b64encode(json.dumps([words, 7]).encode()).decode()
    assert names(as_alice.get(URL, {"cursor": cursor, "sort": "next"})) == ["Dana Whitlock"]


def test_a_list_that_was_left_open_for_days_goes_on_as_of_the_day_before(workspace, make_contact, make_step):
    for number in range(4):
        make_step(make_contact(workspace, f"Person {number}"), "task", number)
    filters = ContactFilters(sort="next")
    found = query.find([workspace], filters, {})
    first = query.read_page(found, filters, None, 2, now=NOW)
    cursor = Cursor.decode(first.next_cursor, letters=filters.letters)

    later = query.read_page(found, filters, cursor, 2, now=NOW + timedelta(days=9))

    assert later.as_of == NOW + timedelta(days=8)


def test_how_long_ago_something_was_is_told_by_the_clock_however_old_the_order_is(workspace, make_contact):
    make_contact(workspace)
    Contact.objects.update(last_activity_at=NOW - timedelta(minutes=10))
    found = query.find([workspace], ContactFilters(), {})
    listed = query.read_page(found, ContactFilters(), None, now=NOW).contacts

    shown = rows.drawn(listed, "", {}, {}, now=NOW + timedelta(hours=3), as_of=NOW)

    assert "3 h ago" in shown


def test_the_head_says_what_stands_first_and_the_menu_of_a_phone_has_both_ways(as_alice, workspace, make_contact):
    make_contact(workspace)
    for sort, way, words in (
        ("next", "ascending", "Only late tasks first"),
        ("-next", "descending", "The step furthest ahead first"),
    ):
        page = as_alice.get(f"{URL}?sort={sort}").content.decode()
        assert re.findall(r'<th class="people__(\w+)"[^>]* aria-sort="(\w+)"', page) == [("next", way)]
        assert re.search(r'id="sort-next" title="([^"]+)"', page)[1].startswith(words)
        assert f'<option value="{sort}" selected>' in page
