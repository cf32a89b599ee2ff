"""The keyboard in a real browser: a key that finds nothing to do says so and leaves the page where it is."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser without a house"),
    pytest.mark.django_db(transaction=True),
]
DESK = {"viewport": {"width": 1280, "height": 800}, "has_touch": False, "is_mobile": False}
SCROLLED = "document.querySelector('.results > .scroll').scrollTop"


@pytest.fixture
def many(make_contact, workspace):
    """More contacts than fit on a screen, none with a next step."""
    now = timezone.now()
    for number in range(40):
        make_contact(workspace, f"Person {number:02}", last_activity_at=now - timedelta(days=number))


@pytest.mark.parametrize(("key", "words"), [("Space", "No task to complete"), ("s", "No task to snooze")])
def test_a_key_for_a_task_where_there_is_none_says_so_and_scrolls_nothing(open_page, many, key, words):
    page = open_page("/contacts/?q=person", **DESK)
    page.keyboard.press("j")
    page.keyboard.press(key)
    expect(page.locator("#toasts")).to_contain_text(f"{words} in this row.")
    assert page.evaluate(SCROLLED) == 0
    expect(page.locator(".person__link").first).to_be_focused()


@pytest.mark.parametrize("key", ["ArrowDown", "Enter"])
def test_from_the_search_the_keyboard_goes_on_into_what_it_found(open_page, many, key):
    page = open_page("/contacts/", **DESK)
    page.keyboard.press("/")
    page.keyboard.type("person 07")
    expect(page.locator(".person")).to_have_count(1)
    page.wait_for_url("**/contacts/?q=person**")
    page.keyboard.press(key)
    expect(page.locator(".person__link")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/contacts/*/")
    expect(page.locator("h1")).to_have_text("Person 07")
