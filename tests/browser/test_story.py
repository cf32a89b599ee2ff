"""The main job as a person does it, in a real Chromium, with a whole installation and a sandbox for GHL."""

from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import PATIENCE

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@dataclass(frozen=True)
class OpenTask:
    """An open task at the provider, and how to find its contact here."""

    id: str
    title: str
    contact_id: str
    email: str


@pytest.fixture(scope="package")
def open_tasks(house, connecting):
    """Tasks that stand out on their contact's page, one contact each, so that tests do not meet."""
    state = house.sandbox.state()
    emails = {row["id"]: row.get("email") for row in state if row["kind"] == "contact" and not row["deleted"]}
    written = house.sandbox.counts()["writes_by_record"]  # by other journeys
    by_contact = {}
    for row in state:
        if row["kind"] == "task" and not row["deleted"] and not row["completed"] and emails.get(row["contactId"]):
            by_contact.setdefault(row["contactId"], []).append(row)
    untouched = [rows for rows in by_contact.values() if not any(row["id"] in written for row in rows)]
    return iter([_task(rows, emails) for rows in untouched if len(rows) <= 3 and _stands_out(rows)])


def _stands_out(rows):
    titles = [row["title"] for row in rows]
    return all(titles[0] not in other for other in titles[1:]) and titles[0] == " ".join(titles[0].split())


def _task(rows, emails):
    row = rows[0]
    return OpenTask(row["id"], row["title"], row["contactId"], emails[row["contactId"]])


@pytest.fixture
def task(open_tasks):
    return next(open_tasks)


@pytest.fixture
def visit(open_tab):
    """Opens a task's contact by searching for it; returns (the page, the task's row)."""

    def _visit(task, **options):
        page = open_tab("/contacts/", **options)
        page.get_by_label("Search contacts").fill(task.email)
        expect(page.locator(".person")).to_have_count(1)
        page.locator(".person__link").click()
        page.wait_for_url("**/contacts/*/")
        return page, page.locator(".agenda .task").filter(has_text=task.title)

    return _visit


@pytest.fixture
def other_side(house):
    """What GHL would say about a task: (is it completed, how often was it written)."""

    def _ask(task):
        rows = house.sandbox.state(kinds="task", contact_id=task.contact_id)
        completed = next(row["completed"] for row in rows if row["id"] == task.id)
        return completed, house.sandbox.counts()["writes_by_record"].get(task.id, 0)

    return _ask


def tick(row):
    return row.locator("[data-tick]")


def test_connecting_leads_through_the_consent_page_to_a_sync_that_is_watched_live(connecting):
    assert "Connect your first account" in connecting.empty_page
    assert "contacts.write" in connecting.asked_for
    assert "/sync/runs/" in connecting.landed_on
    # Counts moved while somebody watched, and the page that ended was the page that began.
    assert len(connecting.live) > 1
    assert connecting.loads == 0
    assert "changes brought in" in connecting.finished


def test_complete_undo_complete_again_and_reopen(visit, task, other_side):
    page, row = visit(task)
    held = []
    page.route("**/complete/", lambda route: held.append(route))
    tick(row).click()
    # The server has not even been asked yet.
    expect(tick(row)).to_have_attribute("aria-pressed", "true")
    page.wait_for_function("() => document.querySelector('.tick.is-ticked')")
    held[0].continue_()
    page.unroute("**/complete/")

    row.get_by_role("button", name="Undo").click()
    expect(tick(row)).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#announcer")).to_contain_text("Nothing was sent")
    assert other_side(task) == (False, 0)

    tick(row).click()
    expect(row).to_contain_text("Confirmed in GHL", timeout=PATIENCE)
    assert other_side(task) == (True, 1)

    # Once nobody points at it, it leaves the agenda and stands in the past.
    page.mouse.move(5, 400)
    done = page.locator(".entry").filter(has_text=task.title)
    expect(done).to_contain_text("You completed", timeout=PATIENCE)
    expect(row).to_have_count(0)

    done.get_by_role("button", name=f"Reopen: {task.title}").click()
    expect(done.locator("[data-look=reopened]")).to_contain_text("Confirmed in GHL", timeout=PATIENCE)
    assert other_side(task) == (False, 2)
    page.mouse.move(5, 400)
    expect(tick(row)).to_have_attribute("aria-pressed", "false", timeout=PATIENCE)


def test_a_second_tab_that_ticks_the_same_task_makes_no_second_write(visit, task, other_side):
    _, first = visit(task)
    page, second = visit(task)
    # Its page must not learn of the first tick before it is ticked itself: that would be a wish to reopen.
    page.route("**/live/**", lambda asked: asked.fulfill(status=204))

    tick(first).click()
    tick(second).click()
    page.unroute_all()

    expect(first).to_contain_text("Confirmed in GHL", timeout=PATIENCE)
    expect(second).to_contain_text("Confirmed in GHL", timeout=PATIENCE)
    assert other_side(task) == (True, 1)


def test_a_refused_write_flips_back_with_its_reason_and_can_be_tried_again(house, visit, task, other_side):
    _, row = visit(task)
    house.sandbox.admin("next", {"operation": "complete_task", "answers": ["403"]})

    tick(row).click()
    expect(row.get_by_role("alert")).not_to_be_empty(timeout=PATIENCE)
    assert other_side(task) == (False, 0)
    expect(row.locator(".task__title")).not_to_have_css("text-decoration-line", "line-through")

    row.get_by_role("button", name="Retry").click()
    expect(row).to_contain_text("Confirmed in GHL", timeout=PATIENCE)
    assert other_side(task) == (True, 1)


def test_a_lost_answer_is_read_back_and_not_sent_twice(house, visit, task, other_side):
    _, row = visit(task)
    house.sandbox.admin("next", {"operation": "complete_task", "answers": ["lost_response"]})

    tick(row).click()

    expect(row).to_contain_text("Trying again", timeout=PATIENCE)
    expect(row).to_contain_text("Confirmed in GHL", timeout=PATIENCE)
    assert other_side(task) == (True, 1)


def test_space_completes_and_z_undoes(visit, task, other_side):
    page, row = visit(task)
    for _ in range(10):  # the agenda holds no more
        page.keyboard.press("j")
        if row.evaluate("row => row.contains(document.activeElement)"):
            break
    page.keyboard.press("Space")
    row.get_by_role("button", name="Undo").wait_for()

    page.keyboard.press("z")

    expect(tick(row)).to_have_attribute("aria-pressed", "false")
    expect(tick(row)).to_be_focused()
    assert other_side(task) == (False, 0)
