"""A tick that fails in a real browser: it stays in sight, goes forward only, ends in words, and shows at once."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from integrations.activity.kinds import BY_MODEL
from integrations.activity.models import Contact, Task
from integrations.sync.models import Write
from integrations.sync.reconcile import project
from integrations.sync.reconcile.project import refresh_derived

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser without a house"),
    pytest.mark.django_db(transaction=True),
]
State = Write.State
GONE = "This task was deleted in GoHighLevel. Create it again there if it is still needed."
# Every look of a row, for as long as the page is the same.
WATCH = """id => {
  window.looks = [];
  const note = () => {
    const look = document.getElementById(id)?.dataset.look;
    if (look && look !== window.looks.at(-1)) window.looks.push(look);
  };
  note();
  new MutationObserver(note).observe(document.body, { subtree: true, childList: true, attributes: true });
}"""


@pytest.fixture
def contact(remote, workspace, connection):
    now = timezone.now()
    known = {"workspace": workspace, "connection": connection, "fingerprint": "x", "fetched_at": now}
    return Contact.objects.create(remote_id="c1", name="Dana Whitlock", sort_name="dana", checked_at=now, **known)


@pytest.fixture
def make_tasks(contact):
    def _make(*titles, **fields):
        now = timezone.now()
        known = {
            "workspace": contact.workspace,
            "connection": contact.connection,
            "contact": contact,
            "fingerprint": "x",
            "fetched_at": now,
        }
        made = [
            Task.objects.create(
                remote_id=f"t{number}", title=title, due_at=now + timedelta(hours=number - 40), **known, **fields
            )
            for number, title in enumerate(titles)
        ]
        project.store_entries(BY_MODEL[Task], made)
        refresh_derived([contact.pk], now)
        return made

    return _make


@pytest.fixture
def task(make_tasks):
    (made,) = make_tasks("Send the quote")
    return made


@pytest.fixture
def open_page(browser, live_server, alice, contact):
    """Opens the contact as Alice."""
    faults, contexts = [], []

    def _open():
        client = Client()
        client.force_login(alice, "allauth.account.auth_backends.AuthenticationBackend")
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        contexts.append(context)
        key = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": key, "url": live_server.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{live_server.url}/contacts/{contact.pk}/")
        return page

    yield _open
    for context in contexts:
        context.close()
    assert faults == []


def row_of(page, task):
    return page.locator(f"#task-{task.pk}")


def tick(page, task):
    row = row_of(page, task)
    row.locator("[data-tick]").click()
    expect(row.locator("[data-undo]")).to_be_visible()
    return row


def becomes(state, **fields):
    Write.objects.update(state=state, settled_at=timezone.now(), **fields)


def titles(page):
    return page.locator(".agenda .task__title").all_inner_texts()


def test_a_failure_keeps_its_place_and_stands_at_the_top_for_the_next_visit(open_page, make_tasks):
    tasks = make_tasks(*(f"Task {number:02}" for number in range(70)))
    page = open_page()
    page.locator(".agenda__more").last.click()  # of what is overdue
    expect(row_of(page, tasks[5])).to_be_attached()
    before = titles(page)

    row = tick(page, tasks[5])
    becomes(State.FAILED, reason="Refused.")
    expect(row).to_have_attribute("data-look", "failed")
    page.mouse.move(5, 400)
    page.wait_for_timeout(2000)  # the page has followed what happened
    assert titles(page) == before

    page = open_page()  # another visit, which shows the beginning of each list
    row = row_of(page, tasks[5])
    assert titles(page)[0] == "Task 05"
    expect(row.get_by_role("button", name="Retry")).to_be_in_viewport()
    row.get_by_role("button", name="Dismiss").click()
    page.mouse.move(5, 400)
    expect(row).to_have_count(0, timeout=15_000)  # back at its own place, out of sight


def test_a_row_goes_forward_only(open_page, make_tasks):
    task, *_ = make_tasks("Send the quote", "Call back")
    page = open_page()
    row = tick(page, task)  # the pointer rests on the feed, so what is drawn anew has to wait
    page.evaluate(WATCH, f"task-{task.pk}")
    page.wait_for_timeout(1500)
    becomes(State.SENDING)
    expect(row).to_have_attribute("data-look", "sending")
    page.wait_for_timeout(1500)  # by now the page holds back a drawing of a row that is being sent
    page.route("**/live/**", lambda route: route.abort())
    becomes(State.FAILED, reason="Refused.")
    expect(row).to_have_attribute("data-look", "failed")
    page.mouse.move(5, 400)
    page.wait_for_timeout(1500)

    assert page.evaluate("window.looks") == ["ticked", "sending", "failed"]


def test_a_task_that_is_deleted_meanwhile_is_told_by_its_title_and_nobody_asks_on(open_page, task):
    page = open_page()
    row = tick(page, task)
    project.drop_entries(BY_MODEL[Task], [task.pk])
    Task.objects.update(deleted_at=timezone.now())
    becomes(State.FAILED, reason=GONE, can_retry=False)

    expect(row).to_contain_text("Send the quote")
    expect(row).to_contain_text(GONE)
    expect(row.get_by_role("button")).to_have_text(["Dismiss"])
    assert polls_of(page) == []
    page.reload()
    expect(row).to_contain_text(GONE)


def test_a_row_that_is_found_no_more_ends_in_words_with_its_title(open_page, task):
    page = open_page()
    tick(page, task)
    project.drop_entries(BY_MODEL[Task], [task.pk])
    Task.objects.all().delete()

    expect(page.get_by_role("alert")).to_contain_text("Send the quote: You don't have access to this any more")
    assert polls_of(page) == []


def polls_of(page):
    """What rows ask by themselves in the time of several of their questions."""
    asked = []
    page.on("request", lambda sent: asked.append(sent.url) if "/tasks/" in sent.url else None)
    page.wait_for_timeout(3000)
    return asked


@pytest.fixture
def done(make_tasks):
    (made,) = make_tasks("Send the quote", is_completed=True)
    return made


def test_a_reopening_shows_before_the_server_answers_and_says_so_when_the_network_fails(open_page, done):
    page = open_page()
    held = []
    page.route("**/reopen/", lambda route: held.append(route))
    button = page.get_by_role("button", name="Reopen: Send the quote")

    with page.expect_request("**/reopen/"):
        button.click()
    assert button.get_attribute("aria-pressed") == "false"
    while not held:
        page.wait_for_timeout(20)
    held[0].abort()

    expect(page.locator("#toasts")).to_have_text("Not saved, you're offline. Try again")
    expect(button).to_have_attribute("aria-pressed", "true")
    page.unroute("**/reopen/")
    button.click()
    expect(row_of(page, done)).to_have_attribute("data-look", "reopening")


def test_an_undo_shows_before_the_server_answers(open_page, task):
    page = open_page()
    row = tick(page, task)
    page.route("**/undo/", lambda route: route.abort())
    page.route("**/live/**", lambda route: route.abort())

    row.locator("[data-undo]").click()

    expect(page.locator("#toasts")).to_have_text("Not saved, you're offline. Try again")
    expect(row).not_to_have_class("is-undone")
    held = []
    page.unroute("**/undo/")
    page.route("**/undo/", lambda route: held.append(route))
    with page.expect_request("**/undo/"):
        row.locator("[data-undo]").click()
    assert "is-undone" in row.get_attribute("class")
    expect(row.locator(".task__title")).to_have_css("text-decoration-line", "none")


def test_no_undo_is_offered_once_sending_has_begun(open_page, task, settings):
    settings.WRITE_UNDO_SECONDS = 2
    page = open_page()
    row = row_of(page, task)
    row.locator("[data-tick]").click()
    expect(row.locator("[data-undo]")).to_be_visible()
    page.mouse.move(5, 400)
    page.evaluate("document.activeElement.blur()")
    page.route("**/tasks/*/?seen=*", lambda route: route.abort())  # nobody tells the row how it goes on

    expect(row).to_contain_text("Sending")
    expect(row.locator("[data-undo]")).to_be_hidden()


def test_nor_to_somebody_who_rests_on_it_too_late(open_page, task):
    page = open_page()
    row = tick(page, task)
    page.route("**/tasks/*/?seen=*", lambda route: route.abort())
    page.route("**/live/**", lambda route: route.abort())
    becomes(State.SENDING, sent_at=timezone.now())

    row.locator("[data-undo]").hover()

    expect(row.locator("[data-undo]")).to_be_hidden()


def test_a_tick_while_the_connection_is_lost_waits_in_its_row_and_goes_on_by_itself(open_page, task, remote):
    remote.usable = False
    page = open_page()
    row = row_of(page, task)
    row.locator("[data-tick]").click()

    expect(row).to_contain_text("Not sent yet. It will go out when an admin reconnects Cedar North.")
    expect(row.get_by_role("button", name="Undo")).to_be_visible()
    Write.objects.update(state=State.SENDING, reason="", attempts=1)
    expect(row).to_have_attribute("data-look", "sending")
