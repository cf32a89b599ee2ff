"""A contact's page that is open while things change elsewhere: read again, kept in place, and never in the way."""

from collections import Counter
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import PATIENCE

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture(scope="package")
def long_histories(house, connecting):
    """Contacts with enough notes to scroll through, one for each test: (id, email, a note's id)."""
    state = house.sandbox.state()
    notes = Counter(row["contactId"] for row in state if row["kind"] == "note" and not row["deleted"])
    people = {row["id"]: row for row in state if row["kind"] == "contact" and not row["deleted"]}
    chosen = [people[pk] for pk, _ in notes.most_common() if pk in people and people[pk].get("email")]
    return iter(chosen[1:])  # the first is looked at by other tests


@pytest.fixture
def person(long_histories):
    return next(long_histories)


@pytest.fixture
def visit(open_tab):
    """Opens a contact's page as a person does, found by its email address."""

    def _visit(person, **options):
        listed = open_tab(f"/contacts/?q={quote(person['email'])}", **options)
        listed.locator(".person__link").first.click()
        listed.wait_for_url("**/contacts/*/")
        listed.mouse.move(5, 400)  # nobody points at the feed
        return listed

    return _visit


@pytest.fixture
def elsewhere(house):
    """Changes something of a contact at the provider, behind our back."""

    def _change(kind, action, person, **fields):
        owner = {"id": person["id"]} if kind == "contact" else {"contact_id": person["id"]}
        return house.sandbox.admin("mutate", {"kind": kind, "action": action, "fields": fields} | owner)

    return _change


UPDATED = "Updated just now"


def follow(page, to):
    """Click and wait for the page that it leads to: a click alone may return while the old one is still shown."""
    with page.expect_navigation():
        to.click()


def place_of(row):
    return row.evaluate("row => row.getBoundingClientRect().top")


def scroll(page, to):
    page.locator(".feed__scroll").evaluate("(frame, to) => { frame.scrollTop = to }", to)


def test_an_opened_contact_shows_its_cache_at_once_and_then_what_changed_without_a_jump(
    house, visit, person, elsewhere
):
    elsewhere("contact", "update", person, phone="+15550173")
    elsewhere("note", "create", person, body="The crane permit has come.")
    house.sandbox.admin("latency", {"range": "1500"})
    page = visit(person)
    loads = []
    page.on("load", lambda _: loads.append(1))
    expect(page.locator("#refresh-words")).to_contain_text(", refreshing")
    expect(page.locator("#profile")).not_to_contain_text("+15550173")
    scroll(page, 300)
    row = page.locator(f"#{page.locator('.entry').nth(6).get_attribute('id')}")
    before = place_of(row)

    expect(page.locator("#profile")).to_contain_text("+15550173", timeout=PATIENCE)
    expect(page.locator("#refresh-words")).to_have_text(UPDATED, timeout=PATIENCE)

    house.sandbox.admin("latency", {"range": "0"})
    assert place_of(row) == before
    assert loads == []


def test_what_arrives_while_somebody_reads_waits_behind_a_pill(visit, person, elsewhere):
    page = visit(person)
    expect(page.locator("#refresh-words")).to_have_text(UPDATED, timeout=PATIENCE)
    scroll(page, 400)
    # What is folded, as the rest of a thread, has no place.
    row = page.locator(f"#{page.locator('.entry:visible').nth(8).get_attribute('id')}")
    before = place_of(row)
    elsewhere("note", "create", person, body="The crane permit has come.")
    elsewhere("note", "create", person, body="They asked for a second date.")
    page.wait_for_timeout(600)  # one reading after another, never two at once

    page.get_by_role("button", name="Sync contact").first.click()
    pill = page.get_by_role("button", name="2 new")
    expect(pill).to_be_visible(timeout=PATIENCE)
    assert place_of(row) == before
    expect(page.get_by_text("The crane permit has come.")).to_have_count(0)

    pill.click()
    expect(page.get_by_text("The crane permit has come.")).to_be_in_viewport()
    expect(page.get_by_text("They asked for a second date.")).to_be_in_viewport()
    expect(pill).to_be_hidden()


def test_the_keys_go_on_from_the_task_they_stood_on_when_something_arrives(visit, person, elsewhere):
    elsewhere("task", "create", person, title="Call about the crane", dueDate="2099-01-01T12:00:00Z")
    page = visit(person)
    row = page.locator(".agenda .task").filter(has_text="Call about the crane")
    expect(row).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#refresh-words")).to_have_text(UPDATED, timeout=PATIENCE)
    for _ in range(20):
        page.keyboard.press("j")
        if row.evaluate("row => row === document.activeElement"):
            break
    scroll(page, 0)
    elsewhere("note", "create", person, body="The crane permit has come.")
    page.wait_for_timeout(600)
    page.get_by_role("button", name="Sync contact").first.evaluate("button => button.click()")
    expect(page.get_by_text("The crane permit has come.")).to_be_visible(timeout=PATIENCE)
    page.wait_for_timeout(300)  # a row that can no longer take the focus loses it a frame later
    expect(row).to_be_focused()


def test_at_the_top_it_just_appears_and_what_is_open_stays_open(visit, person, elsewhere):
    elsewhere("note", "create", person, body="A line of a long note.\n" * 12)
    page = visit(person)
    expect(page.locator("#refresh-words")).to_have_text(UPDATED, timeout=PATIENCE)
    # By its words: the note may arrive only now, above others that fold as well.
    fold = page.locator(".entry").filter(has_text="A line of a long note.").locator(".fold")
    fold.locator("summary").click()
    expect(fold).to_have_attribute("open", "")
    page.mouse.move(5, 400)
    scroll(page, 0)
    elsewhere("note", "create", person, body="The crane permit has come.")
    page.wait_for_timeout(600)

    page.get_by_role("button", name="Sync contact").first.press("Enter")

    expect(page.get_by_text("The crane permit has come.")).to_be_visible(timeout=PATIENCE)
    expect(fold).to_have_attribute("open", "")
    expect(page.locator("#refresh-button")).to_be_focused()


def test_a_tick_is_followed_by_the_figures_and_by_the_other_tab_and_is_no_news_to_itself(visit, person, elsewhere):
    elsewhere("task", "create", person, title="Measure the parapet twice")
    page, other = visit(person), visit(person)
    for tab in (page, other):
        expect(tab.locator("#refresh-words")).to_have_text(UPDATED, timeout=PATIENCE)
    to_do = page.locator(".figures dd").first
    before = int(to_do.inner_text())
    row, seen = (tab.locator(".agenda .task").filter(has_text="parapet twice") for tab in (page, other))

    row.locator("[data-tick]").click()
    page.mouse.move(5, 400)

    expect(seen).to_contain_text("Sends in", timeout=PATIENCE)
    expect(row).to_contain_text("Confirmed in GHL", timeout=PATIENCE)
    expect(to_do).to_have_text(str(before - 1), timeout=PATIENCE)
    expect(page.locator("#new-pill")).to_be_hidden()
    expect(other.locator(".entry").filter(has_text="parapet twice")).to_contain_text(
        "You completed", timeout=PATIENCE
    )


def test_a_reading_that_fails_says_why_and_can_be_tried_again(house, visit, person):
    house.sandbox.admin("next", {"operation": "get_contact", "answers": ["403"]})
    page = visit(person)

    expect(page.locator("#refresh-words")).to_contain_text("not refreshed", timeout=PATIENCE)
    failed = page.locator("#refresh-notice")
    expect(failed).to_contain_text("could not be updated")
    assert len(failed.inner_text()) > 60

    failed.get_by_role("button", name="Retry").click()
    expect(page.locator("#refresh-words")).to_have_text(UPDATED, timeout=PATIENCE)
    expect(failed).to_be_empty()


def read_to_the_end(page):
    """Without JavaScript: a link shows what has come, for as long as the contact is being read."""
    look_again = page.get_by_role("link", name="Check again")
    while look_again.count():
        page.wait_for_timeout(300)
        follow(page, look_again)


def test_without_javascript_the_button_reads_the_contact_again(visit, person, elsewhere):
    page = visit(person, java_script_enabled=False)
    read_to_the_end(page)  # a reading that somebody asked for before knows nothing of the change
    page.wait_for_timeout(600)
    elsewhere("contact", "update", person, phone="+15550174")

    follow(page, page.locator("#refresh-button"))
    read_to_the_end(page)
    page.reload()  # a page that was drawn while the reading ended still shows what was there before

    expect(page.locator("#profile")).to_contain_text("+15550174")
