"""One task edited by two people in two browsers at once: each sees the other's change or a conflict."""

from collections import Counter

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import PATIENCE, started
from tests.browser.conftest import WIDE
from tests.browser.house import PASSWORD
from tests.whole.installation import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
MANAGER = "bob@example.com"


@pytest.fixture(scope="package")
def their_browser(browser, chromium):
    """A second Chromium, as on another desk."""
    second = started(browser.browser_type, chromium)
    yield second
    second.close()


@pytest.fixture(scope="package")
def their_cookies(their_browser, house, connecting):
    """A manager of the account, who signed in there as a person does."""
    house.command(
        "grant", "--email", MANAGER, "--workspace", "Cedarline North", "--role", "manager", given=PASSWORD
    )
    page = their_browser.new_page()
    page.goto(f"{house.url}/")
    page.get_by_label("Email").fill(MANAGER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{house.url}/contacts/")
    return page.context.storage_state()


@pytest.fixture(scope="package")
def tasks(house, connecting):
    """Open tasks at the provider that no other journey is about, one a test."""
    contacts = [row for row in house.sandbox.state(kinds="contact") if not row["deleted"]]
    emails = Counter(row.get("email") for row in contacts)
    found = {row["id"] for row in contacts if row.get("email") and emails[row["email"]] == 1}
    rows = [row for row in house.sandbox.state(kinds="task") if not row["deleted"] and not row["completed"]]
    return iter([row for row in rows[-2:0:-1] if row["contactId"] in found])


@pytest.fixture
def task(tasks):
    return next(tasks)


@pytest.fixture
def there(house, task):
    """The task as GHL has it."""
    return lambda: next(row for row in house.sandbox.state(kinds="task") if row["id"] == task["id"])


@pytest.fixture
def both(house, open_tab, their_browser, their_cookies, task):
    """The same contact's page, open at the task, on both desks."""
    mine = open_tab("/contacts/")
    email = next(row["email"] for row in house.sandbox.state(kinds="contact") if row["id"] == task["contactId"])
    mine.get_by_label("Search contacts").fill(email)
    expect(mine.locator(".person")).to_have_count(1)
    mine.locator(".person__link").click()
    mine.wait_for_url("**/contacts/*/")
    address = f"{mine.url}?item={task['id']}"
    context = their_browser.new_context(storage_state=their_cookies, viewport=WIDE)
    theirs = context.new_page()
    for page in (mine, theirs):
        page.goto(address)
        page.locator(".task[data-row]").filter(has_text=task["title"]).first.locator(".tick").focus()
    yield mine, theirs
    context.close()


def open_form(page):
    page.keyboard.press("e")
    title = page.get_by_role("textbox", name="Title")
    expect(title).to_be_focused()
    return title


def save(title, words):
    title.fill(words)
    title.press("Control+Enter")


def test_each_sees_what_the_other_saved(both, there):
    mine, theirs = both
    save(open_form(mine), "Changed on the first desk")
    expect(theirs.locator("#feed-results")).to_contain_text("Changed on the first desk", timeout=PATIENCE)
    wait_until(lambda: there()["title"] == "Changed on the first desk", what="the title at the provider")


def test_two_fields_of_it_are_both_kept(both, there):
    mine, theirs = both
    title = open_form(mine)
    open_form(theirs)
    save(title, "A new title")
    wait_until(lambda: there()["title"] == "A new title", what="the title at the provider")
    details = theirs.get_by_role("textbox", name="Details")
    details.fill("And new details")
    details.press("Control+Enter")
    wait_until(lambda: there()["body"] == "And new details", what="the details at the provider")
    assert there()["title"] == "A new title"


def test_the_same_field_is_a_conflict_for_who_saves_last_and_nothing_is_overwritten(both, there):
    mine, theirs = both
    first, last = open_form(mine), open_form(theirs)
    save(first, "What the first wants")
    wait_until(lambda: there()["title"] == "What the first wants", what="the title at the provider")
    save(last, "What the last wants")

    row = theirs.locator("[id^=task-][data-row]").filter(has_text="Conflict")
    expect(row).to_be_visible(timeout=PATIENCE)
    assert there()["title"] == "What the first wants"
    row.get_by_role("link", name="Choose a value").click()
    card = theirs.locator(".conflict").filter(has_text="What the last wants")
    expect(card).to_contain_text("What the first wants")
    card.get_by_role("button", name="Keep").click()
    wait_until(lambda: there()["title"] == "What the last wants", what="the settled title at the provider")
    expect(mine.locator("#feed-results")).to_contain_text("What the last wants", timeout=PATIENCE)
