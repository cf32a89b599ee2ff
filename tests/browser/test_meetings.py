"""A meeting is moved by keyboard alone, from its row to the provider and back."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import PATIENCE

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def meeting(house, connecting):
    """A meeting ahead of the contact with the shortest history, where it stands on the first page."""
    state = house.sandbox.state()
    emails = {row["id"]: row.get("email") for row in state if row["kind"] == "contact" and not row["deleted"]}
    length = Counter(row.get("contactId") for row in state)
    soon = datetime.now(UTC) + timedelta(hours=1)
    ahead = [row for row in state if row["kind"] == "appointment" and not row["deleted"] and starts(row) > soon]
    kept = [row for row in ahead if row["appointmentStatus"] == "confirmed" and emails.get(row["contactId"])]
    row = min(kept, key=lambda one: length[one["contactId"]])
    return row | {"email": emails[row["contactId"]]}


def starts(row):
    return datetime.fromisoformat(row["startTime"])


def focused(page, words):
    return page.evaluate(f"document.activeElement?.{words} ?? ''")


def reach(page, key, is_there, at_most=30):
    """Press a key until something has the focus."""
    for _ in range(at_most):
        if is_there():
            return
        page.keyboard.press(key)
    assert is_there()


def test_a_meeting_is_moved_by_keyboard_alone(house, meeting, open_tab):
    page = open_tab("/contacts/")
    page.keyboard.press("/")
    page.keyboard.type(meeting["email"])
    expect(page.locator(".person")).to_have_count(1)
    page.locator(".person__link").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/contacts/*/")
    row = page.locator(".agenda [data-row]").filter(has_text=meeting["title"]).first

    expect(row).to_be_visible(timeout=PATIENCE)
    reach(page, "j", lambda: row.evaluate("row => row === document.activeElement"))
    page.keyboard.press("e")
    expect(page.get_by_label("New day")).to_be_focused()
    page.get_by_role("radio").first.wait_for(timeout=PATIENCE)
    reach(page, "Tab", lambda: focused(page, "name") == "slot")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    wanted = datetime.fromisoformat(focused(page, "value"))
    page.keyboard.press("Enter")

    # Both times stand there as long as it can be taken back.
    expect(row.locator(".moved__to")).to_be_visible()
    expect(row.locator(".moved s")).to_be_visible()
    expect(row.get_by_role("button", name="Undo")).to_be_visible()

    def there():
        rows = house.sandbox.state(kinds="appointment", contact_id=meeting["contactId"])
        return starts(next(one for one in rows if one["id"] == meeting["id"]))

    expect(row).to_contain_text("moved from", timeout=PATIENCE)
    assert there() == wanted
    assert house.sandbox.counts()["writes_by_record"].get(meeting["id"], 0) == 1
