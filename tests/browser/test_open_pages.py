"""An open page in a real browser: its session ends, its token is renewed elsewhere, its role is taken away."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from integrations.activity.kinds import BY_MODEL
from integrations.activity.models import Contact, Task
from integrations.sync.models import SyncRun, Write
from integrations.sync.reconcile import project
from integrations.sync.reconcile.project import refresh_derived
from integrations.workspace.models import Membership
from tests.conftest import PASSWORD, home_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser without a house"),
    pytest.mark.django_db(transaction=True),
]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
NO_ACCESS = "You don't have access to this any more, or it was removed. Reload the page"


@pytest.fixture(autouse=True)
def _no_attempts():
    """Sign-in attempts are counted in the cache, which outlives a test."""
    cache.clear()


@pytest.fixture
def task(remote, workspace, connection):
    now = timezone.now()
    known = {"workspace": workspace, "connection": connection, "fingerprint": "x", "fetched_at": now}
    contact = Contact.objects.create(
        remote_id="c1", name="Dana Whitlock", sort_name="dana", checked_at=now, **known
    )
    made = Task.objects.create(
        remote_id="t1", contact=contact, title="Send the quote", due_at=now - timedelta(days=2), **known
    )
    project.store_entries(BY_MODEL[Task], [made])
    refresh_derived([contact.pk], now)
    return made


@pytest.fixture
def run(remote, workspace):
    return SyncRun.objects.create(connection=home_of(workspace), kind="full", trigger="manual", state="running")


@pytest.fixture
def house(browser, live_server):
    """One browser with several tabs and one set of cookies."""
    faults, contexts = [], []

    class House:
        url = live_server.url

        def __init__(self, **options):
            self.context = browser.new_context(viewport={"width": 1280, "height": 900}, **options)
            self.context.on("weberror", lambda error: faults.append(str(error.error)))
            contexts.append(self.context)

        def session_of(self, user):
            """Signs somebody in without the form, as a session that has been there for long."""
            client = Client()
            client.force_login(user, BACKEND)
            key = client.cookies["sessionid"].value
            self.context.add_cookies([{"name": "sessionid", "value": key, "url": self.url}])

        def open(self, path):
            page = self.context.new_page()
            page.goto(self.url + path)
            return page

    yield House
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def tabs(house, alice):
    """Alice's browser."""
    made = house()
    made.session_of(alice)
    return made


def contact_page(task, query=""):
    return f"/contacts/{task.contact_id}/{query}"


def fill_in(page, email):
    """Signs in as a person does."""
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def goes_to_sign_in(page):
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert page.locator(".shell").count() == 0  # the whole page, and not a piece inside of the old one
    assert page.url.partition("?")[0].endswith("/account/login/")


def returns_to(page, path):
    page.wait_for_url(f"**{path}")
    expect(page.locator(".shell")).to_be_visible()


@pytest.mark.parametrize(
    ("path", "press"),
    [
        ("/?kind=task", lambda page: page.locator("#chip-note").click()),
        ("/?kind=task", lambda page: page.locator("#feed-q").fill("quote")),
        ("/", lambda page: page.get_by_role("button", name="Sync contact").click()),
    ],
    ids=["a chip", "a search", "a reading"],
)
def test_after_the_session_ended_the_whole_page_goes_to_sign_in_and_back(tabs, alice, task, path, press):
    # What is pressed shall be the first to find out; one that was on its way already would not be held back.
    tabs.context.route("**/live/**", lambda route: route.abort())
    page = tabs.open(contact_page(task, path.removeprefix("/")))
    Session.objects.all().delete()

    press(page)

    goes_to_sign_in(page)
    fill_in(page, alice.email)
    returns_to(page, contact_page(task, path.removeprefix("/")))


def test_a_list_returns_to_its_filters(tabs, alice, task):
    page = tabs.open("/contacts/?sort=name&q=dana")
    Session.objects.all().delete()

    page.locator("#q").fill("whitlock")

    goes_to_sign_in(page)
    fill_in(page, alice.email)
    returns_to(page, "/contacts/?sort=name&q=dana")


def test_a_tick_after_the_session_ended_is_told_before_and_after_signing_in(tabs, alice, task):
    tabs.context.route("**/live/**", lambda route: route.abort())
    page = tabs.open(contact_page(task))
    Session.objects.all().delete()

    page.locator("[data-tick]").click()

    goes_to_sign_in(page)
    words = "You were signed out before “Complete” was done. Nothing was changed. Do it again."
    expect(page.get_by_text(words)).to_be_visible()
    fill_in(page, alice.email)
    returns_to(page, contact_page(task))
    expect(page.get_by_text(words)).to_be_visible()
    expect(page.locator("[data-tick]")).to_have_attribute("aria-pressed", "false")
    assert not Write.objects.exists()


def test_so_it_is_without_javascript(house, alice, task):
    tabs = house(java_script_enabled=False)
    tabs.session_of(alice)
    page = tabs.open(contact_page(task, "?kind=task"))
    Session.objects.all().delete()

    page.locator(".tick").click()

    expect(page.get_by_text("You were signed out before “Complete” was done.")).to_be_visible()
    fill_in(page, alice.email)
    returns_to(page, contact_page(task, "?kind=task"))


def test_what_was_filled_in_for_a_new_contact_is_there_again_after_signing_in_and_only_then(
    tabs, alice, other_workspace, task
):
    Membership.objects.create(user=alice, workspace=other_workspace, role=Membership.Role.REP)
    page = tabs.open("/contacts/new/")
    page.get_by_label("Account").select_option(str(other_workspace.pk))
    page.wait_for_url(f"**/contacts/new/?account={other_workspace.pk}")
    page.get_by_label("Email").fill("dana@example.com")
    page.get_by_label("Tags").fill("roof")
    Session.objects.all().delete()

    page.get_by_role("button", name="Add contact").click()

    goes_to_sign_in(page)
    expect(
        page.get_by_text("“Add contact” was done. Nothing was saved. What you filled in is kept")
    ).to_be_visible()
    fill_in(page, alice.email)
    returns_to(page, f"/contacts/new/?account={other_workspace.pk}")
    expect(page.get_by_label("Email")).to_have_value("dana@example.com")
    expect(page.get_by_label("Tags")).to_have_value("roof")
    page.get_by_role("button", name="Add contact").click()
    page.wait_for_url("**/contacts/new/*/")
    assert Write.objects.get().connection.workspace == other_workspace

    page.goto(f"{tabs.url}/contacts/new/?account={other_workspace.pk}")
    expect(page.get_by_label("Email")).to_have_value("")
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('draft:'))") == []


def opened_profile(tabs, task):
    page = tabs.open(contact_page(task))
    page.keyboard.press("e")
    expect(page.get_by_label("First name")).to_be_focused()
    return page


def drafts_of(page):
    return page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('draft:'))")


def test_what_was_changed_in_a_profile_is_there_again_after_its_tab_was_closed_and_nothing_else(tabs, task):
    page = opened_profile(tabs, task)
    expect(page.get_by_text("Your changes from before")).to_be_hidden()
    page.get_by_label("First name").fill("Danielle")
    page.close()
    Contact.objects.update(email="new@example.com")

    again = opened_profile(tabs, task)

    expect(again.get_by_label("First name")).to_have_value("Danielle")
    expect(again.get_by_text("Your changes from before are here again")).to_be_visible()
    # What was changed elsewhere is not put back to what it was when the form was first open.
    expect(again.get_by_role("textbox", name="Email")).to_have_value("new@example.com")
    again.get_by_role("button", name="Save").click()
    expect(again.locator(".edit")).to_have_count(0)
    assert Write.objects.get().changes == {"first_name": "Danielle"}
    assert drafts_of(again) == []


def test_what_somebody_else_changed_in_the_same_field_meanwhile_is_asked_about(tabs, task):
    page = opened_profile(tabs, task)
    page.get_by_label("First name").fill("Danielle")
    page.close()
    Contact.objects.update(first_name="Daniela")

    again = opened_profile(tabs, task)
    again.get_by_role("button", name="Save").click()

    expect(again.get_by_text("This was changed to “Daniela” after you opened the form.")).to_be_visible()
    assert not Write.objects.exists()


def test_a_note_that_was_sent_after_the_session_ended_is_still_there_after_signing_in(tabs, alice, task):
    tabs.context.route("**/live/**", lambda route: route.abort())
    page = tabs.open(contact_page(task))
    page.keyboard.press("n")
    page.get_by_role("textbox", name="Note").fill("Asked for two prices")
    Session.objects.all().delete()

    page.get_by_role("button", name="Add note").click()

    goes_to_sign_in(page)
    expect(page.get_by_text("Your draft is kept in this browser.")).to_be_visible()
    fill_in(page, alice.email)
    returns_to(page, contact_page(task))
    expect(page.get_by_text("Draft: Asked for two prices")).to_be_visible()
    page.keyboard.press("n")
    expect(page.get_by_role("textbox", name="Note")).to_have_text("Asked for two prices")


@pytest.mark.parametrize("end", ["Cancel", "Escape", "taken back", "signed out"])
def test_a_draft_of_a_profile_ends_with(tabs, task, end):
    page = opened_profile(tabs, task)
    page.get_by_label("First name").fill("Danielle")
    assert len(drafts_of(page)) == 1

    if end == "Cancel":
        page.get_by_role("link", name="Cancel").click()
    elif end == "Escape":
        page.keyboard.press("Escape")
    elif end == "taken back":
        page.get_by_label("First name").fill("")
    else:
        page.goto(f"{tabs.url}/account/logout/")
        page.get_by_role("main").get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/account/login/**")

    assert drafts_of(page) == []


@pytest.mark.parametrize("place", ["a contact", "a run"])
def test_a_page_that_only_follows_goes_to_sign_in_by_itself(tabs, alice, task, run, place):
    Membership.objects.update(role=Membership.Role.MANAGER)
    path = contact_page(task) if place == "a contact" else f"/sync/runs/{run.pk}/"
    page = tabs.open(path)

    Session.objects.all().delete()

    goes_to_sign_in(page)
    fill_in(page, alice.email)
    returns_to(page, path)


def test_a_tick_works_after_the_session_was_renewed_in_another_tab(tabs, alice, task):
    first = tabs.open(contact_page(task))
    first.route("**/live/**", lambda route: route.abort())
    Session.objects.all().delete()
    second = tabs.open("/contacts/")
    fill_in(second, alice.email)
    returns_to(second, "/contacts/")

    first.locator("[data-tick]").click()

    expect(first.locator("[data-undo]")).to_be_visible()
    assert Write.objects.get().actor == alice


def test_so_does_a_form_that_htmx_has_no_part_in(tabs, alice, workspace, task):
    Membership.objects.update(role=Membership.Role.ADMIN)
    first = tabs.open("/sync/")
    second = tabs.open("/account/logout/")
    second.get_by_role("main").get_by_role("button", name="Sign out").click()
    second.goto(f"{tabs.url}/contacts/")
    fill_in(second, alice.email)
    returns_to(second, "/contacts/")

    first.get_by_role("button", name="Sync now").first.click()

    first.wait_for_url("**/sync/runs/*/")
    assert SyncRun.objects.get().requested_by == alice


def test_a_page_whose_cookie_is_lost_says_so_and_its_next_tick_is_good(tabs, task):
    page = tabs.open(contact_page(task))
    tabs.context.clear_cookies(name="csrftoken")

    page.locator("[data-tick]").click()

    expect(page.get_by_role("alert")).to_contain_text("This page was too old, so “Complete” was not done.")
    expect(page.locator("[data-tick]")).to_have_attribute("aria-pressed", "false")
    page.locator("[data-tick]").click()
    expect(page.locator("[data-undo]")).to_be_visible()


BUSY = (
    "The database is not available, so “Complete” was not done. Nothing was changed. Try again in a few seconds."
)


def is_busy(route):
    """What the server answers while the database is held by somebody else."""
    route.fulfill(status=503, content_type="text/plain; charset=utf-8", body=BUSY)


def test_a_tick_that_a_busy_database_refused_flips_back_and_its_notice_goes_with_the_next_one(tabs, task):
    page = tabs.open(contact_page(task))
    page.route("**/complete/", is_busy)

    page.locator("[data-tick]").focus()
    page.keyboard.press("Space")

    expect(page.get_by_role("alert")).to_have_text(BUSY)  # and no link: to reload would help nobody
    expect(page.locator("[data-tick]")).to_have_attribute("aria-pressed", "false")
    expect(page.locator("[data-tick]")).to_be_focused()
    page.unroute("**/complete/")
    page.keyboard.press("Space")
    expect(page.locator("[data-undo]")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_what_a_page_asks_by_itself_says_nothing_while_the_database_is_busy(tabs, task):
    page = tabs.open(contact_page(task))
    page.locator("[data-tick]").click()
    page.locator("[data-undo]").wait_for()

    with page.expect_response("**/tasks/*/?seen=*") as asked:
        page.route("**/tasks/*/?seen=*", is_busy)

    assert asked.value.status == 503
    page.wait_for_timeout(500)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_tick_that_reached_no_server_flips_back_and_is_said_once(tabs, task):
    page = tabs.open(contact_page(task))
    page.route("**/complete/", lambda route: route.abort())

    page.locator("[data-tick]").click()

    expect(page.locator("#toasts")).to_have_text("Not saved, you're offline. Try again")
    assert page.locator("#toasts").get_attribute("role") == "status"  # which reads it out by itself
    expect(page.locator("#announcer")).to_be_empty()
    expect(page.locator("[data-tick]")).to_have_attribute("aria-pressed", "false")


def signs_in_instead(tabs, person):
    """Another person signs in in another tab of the same browser."""
    tabs.context.clear_cookies(name="sessionid")
    page = tabs.open("/contacts/")
    fill_in(page, person.email)
    returns_to(page, "/contacts/")


def test_a_tick_on_a_page_of_the_person_before_counts_for_nobody(tabs, bob, task):
    page = tabs.open(contact_page(task))
    page.route("**/live/**", lambda route: route.abort())
    signs_in_instead(tabs, bob)

    page.locator("[data-tick]").click()

    expect(page.get_by_text("You are signed in as Bob now, so “Complete” was not done.")).to_be_visible()
    expect(page.locator(".nav__me")).to_contain_text("Bob")
    assert not Write.objects.exists()


def test_nor_does_a_form_that_htmx_has_no_part_in(tabs, bob, carol, task):
    tabs.session_of(carol)
    page = tabs.open("/sync/")
    signs_in_instead(tabs, bob)

    page.get_by_role("button", name="Sync now").first.click()

    expect(page.get_by_text("You are signed in as Bob now, so “Sync now” was not done.")).to_be_visible()
    assert not SyncRun.objects.exists()


def test_a_chip_on_a_page_of_the_person_before_draws_the_whole_page_anew(tabs, bob, task):
    page = tabs.open(contact_page(task))
    page.route("**/live/**", lambda route: route.abort())
    signs_in_instead(tabs, bob)

    page.locator("#chip-note").click()

    expect(page.locator(".nav__me")).to_contain_text("Bob")


def test_so_does_a_page_that_only_follows(tabs, bob, task):
    page = tabs.open(contact_page(task))

    tabs.session_of(bob)

    expect(page.locator(".nav__me")).to_contain_text("Bob")


def test_an_open_contact_without_access_says_so_and_asks_no_more(tabs, task):
    page = tabs.open(contact_page(task))
    Membership.objects.all().delete()

    expect(page.get_by_role("alert")).to_have_text(NO_ACCESS)
    assert asked_after(page) == []
    page.locator("#chip-note").click()
    expect(page.get_by_role("alert")).to_have_text(NO_ACCESS)
    page.get_by_role("link", name="Reload the page").click()
    expect(page.get_by_role("heading", name="You don't have access to this page")).to_be_visible()


def test_so_does_a_run_that_a_manager_became_a_rep_beside(tabs, run):
    Membership.objects.update(role=Membership.Role.MANAGER)
    page = tabs.open(f"/sync/runs/{run.pk}/")
    Membership.objects.update(role=Membership.Role.REP)

    expect(page.get_by_role("alert")).to_have_text(NO_ACCESS)
    expect(page.get_by_text("Updates every second")).to_have_count(0)
    assert asked_after(page) == []
    page.get_by_role("link", name="Reload the page").click()
    expect(page.get_by_role("heading", name="You don't have access to this page")).to_be_visible()


def asked_after(page):
    """What the page asks by itself in the time of several of its questions."""
    asked = []
    page.on("request", lambda sent: asked.append(sent.url))
    page.wait_for_timeout(3500)
    return asked
