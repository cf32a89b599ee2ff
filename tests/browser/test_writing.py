"""Notes and tasks written by keyboard alone in a real Chromium, each confirmed by what the sandbox then holds."""

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import PATIENCE, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture(scope="package")
def people_to_write_about(house, connecting):
    """Contacts with an email and little else, one a test."""
    state = house.sandbox.state()
    busy = {row.get("contactId") for row in state if row["kind"] in ("task", "note")}
    contacts = [row for row in state if row["kind"] == "contact" and not row["deleted"] and row.get("email")]
    return iter(
        [row for row in contacts if row["id"] not in busy] + [row for row in contacts if row["id"] in busy]
    )


@pytest.fixture
def contact(people_to_write_about):
    return next(people_to_write_about)


@pytest.fixture
def page(open_tab, contact):
    """The contact's page, found as a person finds it."""
    page = open_tab("/contacts/")
    page.get_by_label("Search contacts").fill(contact["email"])
    expect(page.locator(".person")).to_have_count(1)
    page.locator(".person__link").click()
    page.wait_for_url("**/contacts/*/")
    return page


@pytest.fixture
def there(house, contact):
    """What GHL would show of the contact: its notes or tasks that are not deleted."""

    def _ask(kind):
        rows = house.sandbox.state(kinds=kind, contact_id=contact["id"])
        return [row for row in rows if not row["deleted"]]

    return _ask


def go_to(page, words):
    """J until the row that says so has the focus, if it has not yet."""
    for _ in range(30):
        if words in page.evaluate("document.activeElement.closest('[data-row]')?.textContent ?? ''"):
            return
        page.keyboard.press("j")
    raise AssertionError(f"No row says {words}.")


def test_a_note_is_written_with_n_edited_with_e_pinned_and_deleted_with_undo(page, there):
    before = {row["id"] for row in there("note")}
    page.keyboard.press("n")
    expect(page.get_by_role("textbox", name="Note")).to_be_focused()
    page.keyboard.type("Spoke about the ")
    page.keyboard.press("Control+b")
    page.keyboard.type("roof")
    page.keyboard.press("Control+Enter")

    expect(page.locator("#feed-results")).to_contain_text("Spoke about the roof")
    expect(page.locator("#composer-form")).to_be_empty()
    made = wait_for(lambda: [row for row in there("note") if row["id"] not in before], page)
    assert [row["body"] for row in made] == ["Spoke about the <b>roof</b>"]
    entry = page.locator(".entry[id^=entry-]").filter(has_text="Spoke about the roof")
    expect(entry).to_contain_text("You added a note", timeout=PATIENCE)

    go_to(page, "Spoke about the roof")
    page.keyboard.press("e")
    expect(page.get_by_role("textbox", name="Note")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.type("Roof")
    page.keyboard.press("Control+Enter")
    wait_for(lambda: [row for row in there("note") if row["title"] == "Roof"], page)
    expect(page.locator(".note__title", has_text="Roof")).to_be_visible()
    expect(page.locator(".pending")).to_have_count(0, timeout=PATIENCE)

    page.get_by_label("Pin this note to the top").focus()
    page.keyboard.press("Enter")
    wait_for(lambda: [row for row in there("note") if row["pinned"] and row["title"] == "Roof"], page)
    expect(page.locator(".pinned", has_text="Roof")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".pending")).to_have_count(0, timeout=PATIENCE)

    go_to(page, "Spoke about the roof")
    page.keyboard.press("e")
    page.get_by_label("Delete this note").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".is-going").first).to_be_visible()
    page.keyboard.press("z")
    expect(page.locator(".is-going")).to_have_count(0, timeout=PATIENCE)
    assert [row["title"] for row in there("note") if row["id"] not in before] == ["Roof"]


@pytest.mark.parametrize(("key", "role"), [("n", "Note"), ("t", "Title")])
def test_the_keys_go_on_from_what_was_just_added_and_edit_nothing_else(page, key, role):
    page.keyboard.press(key)
    expect(page.get_by_role("textbox", name=role)).to_be_focused()
    page.keyboard.type("Called about the gutter")
    page.keyboard.press("Control+Enter")
    coming = page.locator("[id^=write-]").filter(has_text="Called about the gutter")
    expect(coming).to_be_focused()
    page.keyboard.press("e")
    expect(page.locator("#profile[data-editing]")).to_have_count(0)

    row = page.locator("[data-source]").filter(has_text="Called about the gutter")
    expect(row).to_be_focused(timeout=PATIENCE)
    page.keyboard.press("e")
    expect(row.get_by_role("textbox", name=role)).to_be_focused()


def test_a_task_is_added_with_t_and_put_off_with_s(page, there):
    before = {row["id"] for row in there("task")}
    page.keyboard.press("t")
    expect(page.get_by_role("textbox", name="Title")).to_be_focused()
    page.keyboard.type("Send the quote for the roof")
    page.keyboard.press("Control+Enter")

    expect(page.locator("#feed-results")).to_contain_text("Send the quote for the roof")
    (made,) = wait_for(lambda: [row for row in there("task") if row["id"] not in before], page)
    assert made["title"] == "Send the quote for the roof"
    row = page.locator(".agenda .task[id^=task-]").filter(has_text="Send the quote for the roof")
    expect(row).to_be_visible(timeout=PATIENCE)

    go_to(page, "Send the quote for the roof")
    page.keyboard.press("s")
    expect(page.get_by_role("button", name="Tomorrow")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="Today")).to_be_focused()
    page.keyboard.press("Enter")

    def is_moved():
        return [row for row in there("task") if row["id"] == made["id"] and row["dueDate"] < made["dueDate"]]

    wait_for(is_moved, page)


def test_esc_keeps_a_draft_that_outlives_the_tab_until_it_is_stored_or_somebody_signs_out(page, there, contact):
    page.keyboard.press("n")
    expect(page.get_by_role("textbox", name="Note")).to_be_focused()
    page.keyboard.type("Half a thought")
    page.keyboard.press("Escape")
    expect(page.locator(".compose")).to_have_count(0)
    expect(page.get_by_text("Draft: Half a thought")).to_be_visible()

    again = page.context.new_page()
    again.goto(page.url)
    page.close()
    expect(again.get_by_text("Draft: Half a thought")).to_be_visible()
    again.keyboard.press("n")
    expect(again.get_by_role("textbox", name="Note")).to_have_text("Half a thought")
    again.keyboard.press("Control+Enter")
    expect(again.locator("#composer-form")).to_be_empty()
    expect(again.get_by_text("Draft:")).to_have_count(0)
    assert again.evaluate("Object.keys(localStorage).filter(key => key.startsWith('draft:'))") == []
    wait_for(lambda: [row for row in there("note") if row["body"] == "Half a thought"], again)

    again.keyboard.press("t")
    expect(again.get_by_role("textbox", name="Title")).to_be_focused()
    again.keyboard.type("Another thought")
    assert len(again.evaluate("Object.keys(localStorage).filter(key => key.startsWith('draft:'))")) == 1
    again.goto(again.url.partition("/contacts/")[0] + "/account/logout/")
    # Kept from being signed out in truth, since the tests share one session.
    again.route("**/account/logout/", lambda asked: asked.fulfill(status=204))
    again.get_by_role("button", name="Sign out").click()
    assert again.evaluate("Object.keys(localStorage).filter(key => key.startsWith('draft:'))") == []


def test_what_is_pasted_loses_what_another_page_made_of_it(page, there):
    page.keyboard.press("n")
    box = page.get_by_role("textbox", name="Note")
    expect(box).to_be_focused()
    box.evaluate("""box => {
      const carried = new DataTransfer();
      carried.setData("text/html", "<h1 onclick='x()'>Big</h1><img src='https://elsewhere.example/x.png'>");
      carried.setData("text/plain", "Big");
      box.dispatchEvent(new ClipboardEvent("paste", { clipboardData: carried, bubbles: true, cancelable: true }));
    }""")
    assert page.locator("textarea[data-rich]").input_value() == "Big"
    page.keyboard.press("Escape")
