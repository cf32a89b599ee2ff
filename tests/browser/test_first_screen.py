"""A contact on a small phone: who it is, what comes next and what happened last are seen at once."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser without a house"),
    pytest.mark.django_db(transaction=True),
]
REACH = (Path(__file__).parent / "reach.js").read_text()
TIMELINE = "/contacts/{contact}/"


def phone(width, height, **options):
    return {"viewport": {"width": width, "height": height}} | options


def bottom(place):
    box = place.bounding_box()
    return box["y"] + box["height"]


def bar(page):
    return page.locator(".tabs-bottom").bounding_box()["y"]


@pytest.mark.parametrize("size", [(320, 640), (360, 640), (390, 780)])
def test_the_next_step_and_the_newest_entry_are_on_the_first_screen(open_page, size):
    page = open_page(TIMELINE, **phone(*size))
    for part in ("h1", "#agenda-coming .task", "#agenda-late .task", ".day__list .entry__head"):
        assert bottom(page.locator(part).locator("visible=true").first) <= bar(page), part
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]
    line = page.locator(".composer__line").bounding_box()
    assert page.locator(".view-tabs").evaluate("one => one.scrollWidth <= one.clientWidth")
    assert line["x"] + line["width"] <= size[0] - 16


def test_what_is_folded_on_a_phone_opens_and_is_printed_all_the_same(open_page):
    page = open_page(TIMELINE, **phone(360, 640))
    rows = page.locator("#agenda-coming > .task")
    shown = rows.locator("visible=true")
    assert (rows.count() > 1, shown.count()) == (True, 1)
    page.emulate_media(media="print")
    assert shown.count() == rows.count()
    page.emulate_media(media="screen")
    page.locator("#fold-agenda > summary").click()
    assert shown.count() == rows.count()


def test_a_link_to_a_folded_task_shows_it(open_page):
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
