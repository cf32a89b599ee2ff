"""A conflict as a person settles it: by keyboard alone, until the sandbox holds the chosen value."""

import json

import pytest
from playwright.sync_api import expect

from tests.whole.installation import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
OURS, THEIRS = "Settle it by keyboard", "Changed over there"


@pytest.fixture
def task(house, connecting):
    """An open task of the sandbox: the last of them, which no other journey is about."""
    rows = house.sandbox.state(kinds="task")
    return [row for row in rows if not row["deleted"] and not row["completed"]][-1]


def title_of(house, task):
    rows = house.sandbox.state(kinds="task", contact_id=task["contactId"])
    return next(row["title"] for row in rows if row["id"] == task["id"])


def cross(house, task):
    """Here and over there, the same title is changed while the change from here still waits."""
    wanted = json.dumps({"id": task["id"], "title": OURS})
    house.command("write", "task.update", "--data", wanted, "--undo", "15", "--queue")
    sandbox = house.sandbox
    path = f"/contacts/{task['contactId']}/tasks/{task['id']}"
    assert sandbox.call("PUT", path, json={"title": THEIRS}).ok


def test_j_chooses_a_card_m_keeps_ours_and_the_sandbox_has_it(house, open_tab, task):
    cross(house, task)
    page = open_tab("/conflicts/")

    def is_listed():
        page.reload()
        return page.get_by_role("heading", name="Title", exact=True).count() > 0

    wait_until(is_listed, what="the conflict in the inbox")
    card = page.locator(".conflict")
    expect(card).to_contain_text(OURS)
    expect(card).to_contain_text(THEIRS)
    assert title_of(house, task) == THEIRS
    page.keyboard.press("j")
    expect(card).to_be_focused()

    page.keyboard.press("e")
    expect(card.get_by_role("textbox")).to_be_focused()
    page.keyboard.press("Escape")
    expect(card).to_be_focused()
    expect(card.get_by_role("textbox")).to_be_hidden()

    page.keyboard.press("m")

    expect(card.locator(".conflict__settled")).to_contain_text("kept")
    expect(card.locator(".pending")).to_contain_text("Confirmed in GHL")
    assert title_of(house, task) == OURS
    page.reload()
    expect(page.get_by_text("No conflicts")).to_be_visible()
