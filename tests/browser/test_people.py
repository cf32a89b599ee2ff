"""Tags, fields and many contacts at once as a person does them by keyboard, each confirmed in the sandbox."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import PATIENCE

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture(scope="package")
def people(house, connecting):
    """Contacts at the provider that can be searched for, each for one test."""
    rows = house.sandbox.state(kinds="contact")
    emails = [row for row in rows if not row["deleted"] and row.get("email")]
    return iter(emails[::-1])


@pytest.fixture
def person(people):
    return next(people)


@pytest.fixture
def there(house):
    """What GHL would say about a contact."""
    return lambda person: next(row for row in house.sandbox.state(kinds="contact") if row["id"] == person["id"])


def open_contact(page, person):
    page.get_by_label("Search contacts").fill(person["email"])
    expect(page.locator(".person")).to_have_count(1)
    page.locator(".person__link").click()
    page.wait_for_url("**/contacts/*/")
    return page


def test_two_tags_are_added_by_keyboard_alone(open_tab, person, there):
    page = open_contact(open_tab("/contacts/"), person)
    page.keyboard.press("l")
    expect(page.get_by_label("Add a tag")).to_be_focused()
    for tag in ("roof 2027", "call first"):
        page.keyboard.type(tag)
        page.keyboard.press("Enter")
        expect(page.locator("#tag-chips")).to_contain_text(tag)
        expect(page.get_by_label("Add a tag")).to_be_focused()
        expect(page.get_by_label("Add a tag")).to_have_value("")
    expect(page.locator("#tag-chips .tag--adding")).to_have_count(0, timeout=PATIENCE)
    page.keyboard.press("Escape")
    expect(page.locator("#tags-slot")).to_contain_text("roof 2027")
    assert {"roof 2027", "call first"} <= set(there(person)["tags"])
    assert set(person["tags"]) <= set(there(person)["tags"])


def test_a_field_is_edited_by_keyboard_and_the_profile_follows_until_it_is_confirmed(open_tab, person, there):
    page = open_contact(open_tab("/contacts/"), person)
    page.keyboard.press("e")
    expect(page.get_by_label("First name")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("Wilhelmina")
    page.keyboard.press("Enter")
    expect(page.locator("#profile .identity")).to_contain_text("Wilhelmina")
    expect(page.locator("#profile .wanted")).to_have_count(0, timeout=PATIENCE)
    expect(page.locator("#profile .identity")).to_contain_text("Wilhelmina")
    expect(page.locator("#profile [data-key=edit]")).to_be_focused()
    assert there(person)["firstName"] == "Wilhelmina"


def test_cancel_closes_the_form_at_once_however_slow_the_server_is(open_tab, person):
    page = open_contact(open_tab("/contacts/"), person)
    page.keyboard.press("e")
    page.get_by_label("Source").fill("Never saved")
    held = []
    page.route("**/contacts/*/profile/", lambda route: held.append(route))
    page.locator("#profile").get_by_text("Cancel").click()
    expect(page.get_by_label("Source")).to_have_count(0)
    expect(page.locator("#profile [data-key=edit]")).to_be_focused()
    page.keyboard.press("e")
    expect(page.get_by_label("Source")).not_to_have_value("Never saved")
    for route in held:  # how it stands by now is asked for all the same, and comes too late
        with page.expect_response("**/contacts/*/profile/"):
            route.continue_()
    page.unroute_all()
    page.wait_for_timeout(200)
    expect(page.get_by_label("Source")).to_be_visible()


def test_the_tab_takes_the_new_name(open_tab, person):
    page = open_contact(open_tab("/contacts/"), person)
    page.keyboard.press("e")
    page.get_by_label("First name").fill("Wilfreda")
    page.keyboard.press("Enter")
    expect(page).to_have_title(re.compile("^Wilfreda .* · Throughline$"))


def test_an_open_form_is_not_taken_away_by_what_happens_meanwhile(open_tab, person):
    page, other = (open_contact(open_tab("/contacts/"), person) for _ in range(2))
    page.keyboard.press("e")
    page.get_by_label("Source").fill("Typed by hand")
    version = page.locator("#live").get_attribute("data-version")
    other.keyboard.press("l")
    expect(other.get_by_label("Add a tag")).to_be_focused()
    other.keyboard.type("meanwhile")
    other.keyboard.press("Enter")
    expect(page.locator("#live")).not_to_have_attribute("data-version", version, timeout=PATIENCE)
    expect(page.get_by_label("Source")).to_have_value("Typed by hand")
    page.get_by_label("Source").focus()
    page.keyboard.press("Escape")
    expect(page.locator("#tags-slot")).to_contain_text("meanwhile", timeout=PATIENCE)


def test_three_are_chosen_by_keyboard_and_tagged_at_once(open_tab, house):
    page = open_tab("/contacts/?sort=name")
    names = page.locator(".person__link")
    for _ in range(3):
        page.keyboard.press("j")
        page.keyboard.press("x")
    bar = page.locator("form.bulk-bar")
    expect(bar).to_contain_text("3 selected")
    page.keyboard.press("l")
    expect(bar.get_by_label("Tags to add")).to_be_focused()
    page.keyboard.type("spring mailing")
    page.keyboard.press("Enter")
    # The keys go on from the row that was chosen last, also once the list was drawn anew.
    expect(names.nth(2)).to_be_focused()
    expect(page.locator(".bulk-bar")).to_contain_text("3 tagged", timeout=PATIENCE)
    expect(page.locator(".person").nth(2).locator("[title*='spring mailing']")).to_have_count(1)
    expect(names.nth(2)).to_be_focused()
    tagged = [row for row in house.sandbox.state(kinds="contact") if "spring mailing" in (row.get("tags") or ())]
    assert len(tagged) == 3
    assert names.count() >= 3


def test_shift_and_x_choose_all_between_and_esc_goes_back_to_the_row(open_tab):
    page = open_tab("/contacts/")
    page.keyboard.press("j")
    page.keyboard.press("x")
    for _ in range(4):
        page.keyboard.press("j")
    page.keyboard.press("Shift+X")
    expect(page.locator("form.bulk-bar")).to_contain_text("5 selected")
    page.keyboard.press("l")
    page.keyboard.press("Escape")
    expect(page.locator(".bulk-bar")).to_have_count(0)
    expect(page.locator(".person__link").nth(4)).to_be_focused()


def test_somebody_joins_a_business_and_is_opened_by_keyboard_alone(open_tab, person, there):
    page = open_tab("/contacts/?sort=-business")
    page.goto(page.locator(".people__firm-link").first.evaluate("link => link.href"))
    page.keyboard.press("/")
    expect(page.get_by_label("Find a contact to add")).to_be_focused()
    page.keyboard.type(person["email"])
    expect(page.locator("#found .member")).to_have_count(1)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    row = page.locator("#members [data-row]").filter(has_text="Sending to")
    expect(row).to_be_focused()
    expect(row).to_have_count(0, timeout=PATIENCE)
    assert there(person)["businessId"] != person.get("businessId")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/contacts/*/")


def test_shift_chooses_all_between_and_closing_lets_them_go(open_tab):
    page = open_tab("/contacts/")
    boxes = page.locator("input[data-pick]")
    boxes.nth(1).click(force=True)
    boxes.nth(5).click(force=True, modifiers=["Shift"])
    expect(page.locator("form.bulk-bar")).to_contain_text("5 selected")
    page.keyboard.press("Escape")
    expect(page.locator(".bulk-bar")).to_have_count(0)
    expect(page.locator("input[data-pick]:checked")).to_have_count(0)
