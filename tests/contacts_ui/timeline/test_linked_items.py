"""A link to an item opens its contact's page at it, however deep it stands."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.activity.models import ActivityEntry


@pytest.fixture
def dana(workspace, make_contact):
    return make_contact(workspace)


def opened(client, contact, item, path=""):
    answer = client.get(f"/contacts/{contact.pk}/{path}?item={item}", headers={"X-Seen": ""})
    assert answer.status_code == 200
    page = answer.content.decode()
    found = re.search(r'data-item="([^"]+)"', page)
    return page, found and found[1]


def entry_of(source):
    return ActivityEntry.objects.get(kind=type(source).__name__.lower(), source_id=source.pk)


def rows(page):
    return re.findall(r'id="((?:entry|task)-\d+)"', page.partition('id="feed-results"')[2])


@pytest.fixture
def notes(dana, make_note):
    return [make_note(dana, f"note {number}", days_ago=1 + number) for number in range(200)]


@pytest.mark.parametrize("place", [0, 49, 50, 120, 199])
def test_an_item_of_the_past_is_on_the_page_by_each_of_its_names(as_alice, dana, notes, place):
    entry = entry_of(notes[place])
    for name in (f"entry-{entry.pk}", f"note-{notes[place].pk}", notes[place].remote_id):
        page, item = opened(as_alice, dana, name)
        assert item == f"entry-{entry.pk}"
        assert item in rows(page)
        assert len(rows(page)) <= 50
        assert ("Show the newest" in page) == (place >= 50)


def test_what_came_shortly_after_the_item_stands_above_it(as_alice, dana, notes):
    page, item = opened(as_alice, dana, notes[120].remote_id)
    assert rows(page).index(item) == 10


@pytest.mark.parametrize("days", [-600, -1, 1, 600])
@pytest.mark.parametrize("others", [0, 80])
def test_a_task_to_do_is_on_the_page_behind_however_many_others(as_alice, dana, make_task, days, others):
    for number in range(others):
        make_task(dana, f"Task {number}", due_in=days * (1 - number / 1000))
    task = make_task(dana, "The one", due_in=days * (0.5 if days < 0 else 2))
    for number in range(others):
        make_task(dana, f"Task {number}", due_in=days * (0.4 - number / 1000))
    for name in (f"task-{task.pk}", f"entry-{entry_of(task).pk}", task.remote_id):
        page, item = opened(as_alice, dana, name)
        assert item == f"task-{task.pk}"
        assert item in rows(page)


def test_a_meeting_ahead_is_on_the_page_called_off_or_not(as_alice, dana, make_appointment):
    for number in range(80):
        make_appointment(dana, starts_in=1 + number)
    last = make_appointment(dana, "The last", starts_in=100)
    off = make_appointment(dana, "Off", starts_in=101, status="cancelled")
    deep = [make_appointment(dana, "Off", starts_in=102 + n, status="cancelled") for n in range(80)]
    for meeting in (last, off, deep[20], deep[-1]):
        page, item = opened(as_alice, dana, meeting.remote_id)
        assert item == f"entry-{entry_of(meeting).pk}"
        assert item in rows(page)


def test_an_open_page_that_began_at_an_item_stays_there(as_alice, dana, notes):
    page, item = opened(as_alice, dana, notes[120].remote_id, path="live/")
    assert item is None
    assert rows(page)[10] == f"entry-{entry_of(notes[120]).pk}"


@pytest.mark.parametrize(
    "name", ["entry-999999999", "task-1", "entry-99999999999999999999", "gone", "x" * 500, "-"]
)
def test_a_link_to_what_is_not_there_says_so_and_shows_the_contact(as_alice, dana, make_note, name):
    make_note(dana, "Still here")
    page, _ = opened(as_alice, dana, name)
    assert "This item is no longer here" in page
    assert "Still here" in page


def test_an_item_of_another_contact_is_not_shown(as_alice, dana, workspace, make_contact, make_note):
    other = make_note(make_contact(workspace, "Owen Tate"))
    for name in (f"entry-{entry_of(other).pk}", f"note-{other.pk}", other.remote_id):
        assert "This item is no longer here" in opened(as_alice, dana, name)[0]


def test_every_item_has_a_link_of_its_own_that_leads_to_it(
    as_alice, dana, make_note, make_task, make_appointment, make_change
):
    as_alice.post(f"/contacts/{dana.pk}/changes/", {"changes": "show"})
    made = [make_note(dana), make_task(dana), make_task(dana, is_completed=True), make_appointment(dana)]
    made += [make_appointment(dana, starts_in=-1), make_task(dana, due_in=-5)]
    make_change(dana, Source=("a", "b"))
    page = as_alice.get(f"/contacts/{dana.pk}/").content.decode()
    sources = dict.fromkeys(re.findall(rf'hx-get="(/contacts/{dana.pk}/source/[^"]+)"', page))
    panels = [as_alice.get(source, headers={"HX-Request": "true"}).content.decode() for source in sources]
    links = [re.search(rf'class="copy-link" href="/contacts/{dana.pk}/\?item=([^"]+)"', one)[1] for one in panels]
    assert len(links) == len(made) + 1
    found = [opened(as_alice, dana, link)[1] for link in links]
    assert sorted(found) == sorted(rows(page))


def test_the_beginning_of_a_long_note_leads_to_all_of_it_at_any_depth(as_alice, dana, make_note, notes):
    long = make_note(dana, "word " * 11_000 + "The very end", days_ago=500)
    page, _ = opened(as_alice, dana, long.remote_id)
    address = re.search(r'href="(\?[^"#]*)">Show all 55,012 characters', page)[1].replace("&amp;", "&")
    assert "The very end" in as_alice.get(f"/contacts/{dana.pk}/{address}").content.decode()
    assert timezone.now() - timedelta(days=499) > entry_of(long).occurred_at
