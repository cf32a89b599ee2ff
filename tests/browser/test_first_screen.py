"""A contact on a small phone: who it is, what comes next and what happened last are seen at once."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from integrations.activity.models import ActivityEntry

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser without a house"),
    pytest.mark.django_db(transaction=True),
]
REACH = (Path(__file__).parent / "reach.js").read_text()
TIMELINE = "/contacts/{contact}/"
ROWS = "document.querySelectorAll('#agenda-coming > .task').length"
OF_FIRST_DAY = f"{ROWS} - document.querySelectorAll('#agenda-coming > .agenda__day ~ .agenda__day ~ .task').length"


def phone(width, height, **options):
    return {"viewport": {"width": width, "height": height}} | options


def bottom(place):
    box = place.bounding_box()
    return box["y"] + box["height"]


def bar(page):
    return page.locator(".tabs-bottom").bounding_box()["y"]


@pytest.mark.parametrize("size", [(320, 640), (360, 640), (390, 780)])
def test_the_next_step_and_what_is_late_are_on_the_first_screen(open_page, size):
    page = open_page(TIMELINE, **phone(*size))
    for part in ("h1", "#agenda-coming .task", "#agenda-late .task"):
        assert bottom(page.locator(part).locator("visible=true").first) <= bar(page), part
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]
    line = page.locator(".composer__line").bounding_box()
    assert page.locator(".view-tabs").evaluate("one => one.scrollWidth <= one.clientWidth")
    assert line["x"] + line["width"] <= size[0] - 16


def test_the_newest_entry_follows_the_first_day_to_come_and_the_latest_that_is_late(open_page):
    page = open_page(TIMELINE, **phone(390, 780))
    assert bottom(page.locator(".day__list .entry__head").locator("visible=true").first) <= bar(page)
    assert page.locator("#agenda-late > .task").locator("visible=true").count() == 1


@pytest.fixture
def days(places):
    """What comes of the contact is on more than one day."""
    ahead = ActivityEntry.objects.filter(contact=places["contact"], is_open=True, agenda_at__gt=timezone.now())
    last = ahead.latest("agenda_at")
    ActivityEntry.objects.filter(pk=last.pk).update(agenda_at=last.agenda_at + timedelta(days=3))


def test_the_first_day_to_come_is_not_folded_on_a_phone_and_later_ones_open_and_are_printed(open_page, days):
    page = open_page(TIMELINE, **phone(360, 640))
    rows = page.locator("#agenda-coming > .task")
    shown = rows.locator("visible=true")
    assert (rows.count(), shown.count()) == (page.evaluate(ROWS), page.evaluate(OF_FIRST_DAY))
    assert rows.count() > shown.count() > 0
    page.emulate_media(media="print")
    assert shown.count() == rows.count()
    page.emulate_media(media="screen")
    page.locator("#fold-agenda > summary").click()
    assert shown.count() == rows.count()


def test_a_link_to_a_folded_task_shows_it(open_page, days):
    page = open_page(TIMELINE, **phone(360, 640))
    name = page.locator("#agenda-coming > .task").last.get_attribute("data-source")
    page.goto(f"{page.url}?item={name}")
    assert page.locator(f'#agenda-coming > [data-source="{name}"]').is_visible()


def test_the_search_of_a_phone_is_one_press_or_key_away(open_page):
    page = open_page(TIMELINE, **phone(360, 640))
    find = page.locator("#feed-find")
    assert find.bounding_box()["height"] < 44 or find.evaluate("one => getComputedStyle(one).clipPath") != "none"
    page.locator("#feed-fold > summary").click()
    assert page.evaluate(REACH, find.element_handle()) == []
    page.locator("#feed-fold > summary").click()
    page.keyboard.press("/")
    page.keyboard.type("line")
    assert find.evaluate("one => getComputedStyle(one).clipPath") == "none"


def test_how_current_a_contact_is_can_be_read_in_full_on_the_smallest_phone(open_page, alice, connection):
    lost = {"state": "needs_reconnect", "broken_since": timezone.now() - timedelta(minutes=12)}
    type(connection).objects.update(**lost)
    page = open_page(TIMELINE, who=alice, **phone(320, 640))
    words = page.locator("#refresh-words")
    assert words.inner_text().startswith("Not connected, updated")
    cut = "one => one.scrollWidth > one.clientWidth && getComputedStyle(one).display !== 'inline'"
    assert not any(words.locator(place).evaluate(cut) for place in ("xpath=.", "xpath=..", "xpath=../.."))
    assert bottom(words) <= bottom(page.locator(".topbar"))


@pytest.mark.parametrize("size", [(360, 640), (1280, 480)])
def test_a_form_that_is_higher_than_the_screen_scrolls_to_its_end(open_page, size):
    page = open_page(TIMELINE, **phone(*size))
    page.keyboard.press("m")
    page.locator("#composer-form form").wait_for()
    last = page.locator("#composer-form form .button--primary")
    last.scroll_into_view_if_needed()
    assert page.locator("#composer-form form").bounding_box()["width"] >= min(size[0] - 32, 600)
    assert bottom(last) <= (bar(page) if size[0] < 760 else size[1])
