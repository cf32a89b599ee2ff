"""The next step in the list of contacts in a real Chromium: put off, done and added there."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import PATIENCE, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
NARROW = {"viewport": {"width": 640, "height": 800}}
PHONE = {"viewport": {"width": 360, "height": 800}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="package")
def quiet_people(house, connecting):
    """Contacts with an email and nothing to do, those with few meetings first, one a test."""
    state = house.sandbox.state()
    busy = {row["contactId"] for row in state if row["kind"] == "task" and not row["completed"]}
    met = [row.get("contactId") for row in state if row["kind"] == "appointment"]
    contacts = [row for row in state if row["kind"] == "contact" and not row["deleted"] and row.get("email")]
    return iter(
        sorted([row for row in contacts if row["id"] not in busy], key=lambda row: met.count(row["id"]))[2:]
    )


@pytest.fixture
def known(quiet_people):
    return next(quiet_people)


@pytest.fixture
def opened(open_tab, known):
    """The list with the one contact."""

    def _open(**options):
        page = open_tab("/contacts/", **options)
        page.get_by_label("Search contacts").fill(known["email"])
        expect(page.locator(".person")).to_have_count(1)
        page.get_by_label("Search contacts").blur()
        return page

    return _open


@pytest.fixture
def there(house, known):
    """What GHL would show of the contact's tasks of a title."""

    def _ask(title):
        rows = house.sandbox.state(kinds="task", contact_id=known["id"])
        return [row for row in rows if row["title"] == title and not row["deleted"]]

    return _ask


def add(page, title):
    """The form is open; what it adds is due today."""
    expect(page.get_by_role("textbox", name="Title")).to_be_focused()
    page.keyboard.type(title)
    page.get_by_role("radio", name="Today").check()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".people__next .task--new")).to_contain_text("Confirmed", timeout=PATIENCE)


@pytest.mark.parametrize("window", [{}, NARROW], ids=["wide", "narrow"])
def test_by_keyboard_a_task_is_added_with_t_put_off_with_s_and_completed_with_space(opened, there, window):
    page = opened(**window)
    page.keyboard.press("j")
    page.keyboard.press("t")
    add(page, "Ask for the plans")
    (made,) = there("Ask for the plans")

    page = opened(**window)
    expect(page.locator(".next[id^=task-]")).to_contain_text("Ask for the plans")
    page.keyboard.press("j")
    page.keyboard.press("s")
    expect(page.get_by_role("button", name="Tomorrow")).to_be_focused()
    page.get_by_role("button", name="Next week").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    wait_for(lambda: there("Ask for the plans")[0]["dueDate"] > made["dueDate"], page)

    page = opened(**window)
    page.keyboard.press("j")
    page.keyboard.press("Space")
    expect(page.locator(".people__next .task--ticked")).to_be_visible()
    page.keyboard.press("z")
    expect(page.locator(".people__next .task--idle")).to_be_visible()
    page.locator(".people__next [data-tick]").click()
    wait_for(lambda: there("Ask for the plans")[0]["completed"], page)
    expect(page.locator(".people__next .task--confirmed")).to_be_visible(timeout=PATIENCE)


def test_esc_closes_the_form_and_the_keys_of_the_list_go_on(opened):
    page = opened()
    page.keyboard.press("j")
    page.keyboard.press("t")
    expect(page.get_by_role("textbox", name="Title")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".person__link")).to_be_focused()
    page.keyboard.press("x")
    expect(page.locator("input[data-pick]")).to_be_checked()


def test_a_phone_offers_it_in_reach_and_the_row_grows_with_what_was_added(opened, there):
    page = opened(**PHONE)
    page.get_by_role("button", name="Task actions").tap()
    page.get_by_role("button", name="Add task").tap()
    add(page, "Ring back")
    assert len(there("Ring back")) == 1
    row, shown = (page.locator(one).bounding_box() for one in (".person", ".people__next .task"))
    assert shown["y"] + shown["height"] <= row["y"] + row["height"]


def test_a_template_is_made_by_an_admin_and_its_tasks_are_added_from_the_list(opened, there, open_tab):
    page = open_tab("/connections/")
    page.goto(page.locator("a[href*=task-templates]").first.evaluate("link => link.href"))
    form = page.get_by_role("form", name="New template")
    form.get_by_label("New template").last.fill("Onboarding")
    for number, (title, days) in enumerate((("Call in", "1"), ("Send the contract", "3"))):
        form.locator("[name=title]").nth(number).fill(title)
        form.locator("[name=days]").nth(number).fill(days)
    form.get_by_role("button", name="Save").last.click()
    expect(page.get_by_text("Onboarding was saved.")).to_be_visible()

    page = opened()
    page.keyboard.press("j")
    page.keyboard.press("t")
    page.get_by_text("From a template").click()
    # A day on from now over there, which at night is still today's date here.
    expect(page.locator(".preview__steps")).to_contain_text(re.compile("Call in (Today|Tomorrow)"))
    page.get_by_role("button", name="Add 2 tasks").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    wait_for(lambda: there("Call in") and there("Send the contract"), page)
