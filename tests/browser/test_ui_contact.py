"""A contact's page in a real browser: the tick, the undo, the keys, the policy, the small screen."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

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


@pytest.fixture
def task(remote, workspace, connection):
    now = timezone.now()
    known = {"workspace": workspace, "connection": connection, "fingerprint": "x", "fetched_at": now}
    contact = Contact.objects.create(remote_id="c1", name="Dana Whitlock", sort_name="dana", **known)
    made = Task.objects.create(
        remote_id="t1", contact=contact, title="Send the quote", due_at=now - timedelta(days=2), **known
    )
    project.store_entries(BY_MODEL[Task], [made])
    refresh_derived([contact.pk], now)
    return made


@pytest.fixture
def open_page(browser, live_server, alice, task):
    """Opens the contact as Alice; whatever the browser complains about fails the test."""
    complaints, contexts = [], []

    def _open(width=1440, **options):
        client = Client()
        client.force_login(alice, "allauth.account.auth_backends.AuthenticationBackend")
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
        context.add_cookies([cookie])
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{live_server.url}/contacts/{task.contact_id}/")
        return page

    yield _open
    for context in contexts:
        context.close()
    assert complaints == []


def test_the_tick_shows_before_the_server_answers_and_undo_leaves_nothing_behind(open_page, task):
    page = open_page()
    held = []
    page.route("**/complete/", lambda route: held.append(route))
    with page.expect_request("**/complete/"):
        page.locator("[data-tick]").click()
    assert "is-ticked" in page.locator(".tick").get_attribute("class")
    while not held:  # the request is told of before it is handed to us
        page.wait_for_timeout(20)
    held[0].continue_()
    page.locator("[data-undo]").wait_for()
    assert page.evaluate("document.activeElement.closest('[data-row]').id") == f"task-{task.pk}"

    page.keyboard.press("z")
    page.locator(".task--overdue").wait_for()
    assert "Nothing was sent" in page.locator("#announcer").inner_text()
    assert [write.state for write in Write.objects.about(task)] == [Write.State.UNDONE]


def test_keys_move_tick_and_search_but_never_while_writing(open_page, task):
    page = open_page()
    page.keyboard.press("/")
    page.keyboard.type("zjk?")
    assert page.locator("#feed-q").input_value() == "zjk?"
    page.get_by_text("Nothing matches “zjk?”").wait_for()
    page.keyboard.press("Escape")  # leaves the field
    page.keyboard.press("Escape")  # clears the filters
    page.get_by_text("Send the quote").wait_for()
    page.wait_for_load_state()
    page.keyboard.press("?")
    assert page.locator("dialog[open]").inner_text().count("\n") > 8


def test_without_javascript_the_same_page_works(open_page, task):
    page = open_page(java_script_enabled=False)
    page.locator(".tick").click()
    assert page.locator(".task--ticked").count() == 1
    page.locator(".undo").click()
    assert page.locator(".task--overdue").count() == 1


@pytest.mark.parametrize("width", [320, 390, 900, 1280, 1440])
def test_nothing_is_cut_off_at_any_width(open_page, task, width):
    Task.objects.filter(pk=task.pk).update(title="Unbreakable" * 20)
    page = open_page(width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    boxes = page.locator("main button:visible, main a:visible, main time:visible").evaluate_all(
        "all => all.filter(e => !e.closest('.chips, table')).map(e => e.getBoundingClientRect().right)"
    )
    assert max(boxes) <= width


def test_accessibility_checks_find_nothing(open_page, task):
    from axe_playwright_python.sync_playwright import Axe

    for scheme in ("light", "dark"):
        page = open_page(color_scheme=scheme, bypass_csp=True)
        # Not its own reading of stylesheets, which takes their imports for files beside the page.
        found = Axe().run(page, options={"preload": False}).response["violations"]
        assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == []


@pytest.mark.parametrize(("opened", "closed"), [("e", "Edit"), ("l", "Edit tags")])
def test_a_form_of_the_profile_gives_the_focus_back_to_what_opened_it(open_page, opened, closed):
    page = open_page()
    page.keyboard.press(opened)
    page.locator("[data-editing] input:focus").wait_for()
    page.keyboard.press("Escape")
    page.locator("#profile:not([data-editing], :has([data-editing])) :focus").wait_for()
    assert page.evaluate("document.activeElement.innerText.trim()") == closed


def test_a_note_that_was_just_added_is_seen_below_a_long_agenda(open_page, task, make_task):
    for number in range(30):
        make_task(task.contact, f"Task {number}", due_in=-number)
    page = open_page()
    page.set_viewport_size({"width": 1440, "height": 420})
    page.keyboard.press("n")
    page.locator("#composer-form :focus").wait_for()
    page.keyboard.type("They want two quotes.")
    page.keyboard.press("Control+Enter")
    added = page.locator("#pending-notes [data-row]:focus")
    added.wait_for()
    column = page.locator(".feed__scroll").bounding_box()
    box = added.bounding_box()
    assert column["y"] <= box["y"]
    assert box["y"] + box["height"] <= column["y"] + column["height"]
