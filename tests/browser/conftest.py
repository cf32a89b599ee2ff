"""One Chromium and one whole installation for all journeys, and tabs that report whatever goes wrong in them.

What needs the installation, `house`, is one group of tests; what needs a Chromium alone is another beside it.
"""

import os
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from integrations.sync.models import RecordFailure, SyncSchedule
from tests import ready
from tests.browser.chromium import find_chromium, launched
from tests.browser.house import ADMIN, PASSWORD, House, place_for_data
from tests.contacts_ui.conftest import (  # noqa: F401  fixtures
    make_appointment,
    make_business,
    make_change,
    make_contact,
    make_deal,
    make_message,
    make_note,
    make_run,
    make_task,
    make_write,
)
from tests.sandbox.process import running

MISSING = "/nothing/here/"
WIDE = {"width": 1440, "height": 900}


@pytest.fixture(scope="package")
def chromium():
    path = find_chromium()
    if not path:
        missing = "No Chromium found, so no page was looked at: install the Debian package chromium."
        (pytest.fail if os.environ.get("CI") else pytest.skip)(missing)
    return path


@pytest.fixture(scope="package")
def browser(chromium):
    with launched(chromium) as started:
        yield started


@pytest.fixture(scope="package")
def house(chromium, tmp_path_factory):
    """Running and empty: an admin, but no account is connected."""
    options = ("--contacts", "120", "--today", f"{date.today():%Y-%m-%d}", "--rate-limit", "1000000/10/100000000")
    with running(*options) as sandbox, place_for_data() as (database_url, broker_url):
        folder = ready.put(tmp_path_factory.mktemp("house") / "data")
        made = House(folder, sandbox, database_url=database_url, broker_url=broker_url)
        try:
            made.open()
            yield made
        finally:
            made.end()


@pytest.fixture(scope="package")
def signed_in(browser, house):
    """The admin's cookies after signing in as a person does."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{house.url}/")
    page.get_by_label("Email").fill(ADMIN)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{house.url}/contacts/")
    yield context.storage_state()
    context.close()


@dataclass
class Connecting:
    """What a person saw from the connect button to the end of the first sync."""

    empty_page: str
    asked_for: str
    landed_on: str
    live: list[str]
    loads: int
    finished: str


@pytest.fixture(scope="package")
def connecting(browser, house, signed_in):
    """The sub-account connected through the consent page by the first test that needs it, and read to the end."""
    # Slow enough that a person sees it working.
    house.sandbox.admin("latency", {"range": "100-250"})
    context = browser.new_context(storage_state=signed_in, viewport=WIDE)
    page = context.new_page()
    seen = connect(page, house)
    house.sandbox.admin("latency", {"range": "0"})
    context.close()
    return seen


def connect(page, house) -> Connecting:
    page.goto(f"{house.url}/connections/")
    empty_page = page.get_by_role("main").inner_text()
    page.get_by_role("link", name="Connect GoHighLevel").click()
    page.get_by_label("Read and write").check()
    page.get_by_role("button", name="Continue to GoHighLevel").click()
    page.get_by_role("heading", name="allow access?").wait_for()
    asked_for = page.get_by_role("main").inner_text()
    page.get_by_label("Cedarline North").check()
    page.get_by_role("button", name="Approve").click()
    page.wait_for_url("**/sync/runs/*/")
    loads, live = [], []
    page.on("load", lambda _: loads.append(1))
    page.evaluate(WATCH)
    page.locator("#run-state", has_text="Done").wait_for()
    live = page.evaluate("window.seen")
    finished = page.get_by_role("main").inner_text()
    return Connecting(empty_page, asked_for, page.url, live, len(loads), finished)


def is_complaint(line) -> bool:
    """Whether the browser complains about anything but the missing page that was asked for on purpose."""
    return line.type == "error" and not line.location["url"].endswith(MISSING)


# Every headline that the page shows, for as long as it is the same page.
WATCH = """() => {
  window.seen = [];
  const note = () => {
    const words = document.getElementById("progress")?.textContent;
    if (words && words !== window.seen.at(-1)) window.seen.push(words);
  };
  note();
  new MutationObserver(note).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


@pytest.fixture
def open_tab(browser, house, signed_in):
    """Opens tabs of the admin; complaints of the browser and requests to strangers fail the test."""
    complaints, contexts = [], []

    def _open(path="/", *, signed_in_as=signed_in, **options):
        context = browser.new_context(**{"storage_state": signed_in_as, "viewport": WIDE} | options)
        contexts.append(context)
        context.on("console", lambda line: complaints.append(line.text) if is_complaint(line) else None)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on("request", lambda sent: None if house.own(sent.url) else complaints.append(sent.url))
        page = context.new_page()
        page.goto(house.url + path)
        return page

    yield _open
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def places(
    remote, workspace, connection, other_connection, staff, make_contact, make_note, make_task, make_appointment,  # noqa: F811
    make_message, make_deal, make_write, make_run, make_change, make_business,  # noqa: F811
):  # fmt: skip
    """A contact with some of everything, and changes and records in every state; the numbers in the addresses."""
    now = timezone.now()
    for one in (connection, other_connection):
        SyncSchedule.objects.create(connection=one, last_synced_at=now)
    dana = make_contact(workspace, tags=("dental", "ai"), email="dana@example.com", phone="+18025550117")
    for number in range(4):
        make_note(dana, "A line of the note.\n" * 9, days_ago=number, is_pinned=number < 3)
        make_task(dana, f"Task {number}", due_in=number - 2)
        make_task(dana, f"Done {number}", is_completed=True)
        make_message(dana, f"Words {number}", days_ago=1 + number / 100)
    make_message(dana, channel="email", subject="The quote", days_ago=3, remote_id="mail")
    make_appointment(dana), make_deal(dana), make_change(dana, name=("Dan", "Dana"))
    later = {"actor": staff, "not_before": now + timedelta(hours=1)}
    make_write(workspace, "queued", **later)
    make_write(workspace, "queued", reason="Not sent yet.", **later)
    for known in ({"reason": "Refused.", "detail": "400"}, {"is_unknown": True}):
        make_write(workspace, "failed", settled_at=now, **later, **known)
    run = make_run(workspace, "partly", contacts={"added": 3, "failed": 1})
    about = {"remote_id": "k2RfJ3b9Q", "contact_remote_id": dana.remote_id, "detail": "Trace 7"}
    RecordFailure.objects.create(
        run=run, connection=connection, stream="appointments", reason="No start.", **about
    )
    firm = make_business(workspace)
    type(firm).objects.filter(pk=firm.pk).update(
        phone="+18025550118",
        email="hello@parkway.example",
        website="https://parkway.example",
        address="1 Alder Street",
    )
    type(dana).objects.filter(pk=dana.pk).update(business_remote_id=firm.remote_id)
    return {"contact": dana.pk, "business": firm.pk, "workspace": workspace.pk, "run": run.pk}


@pytest.fixture
def open_page(browser, live_server, staff, places):
    """Opens one of the places, by an address that their numbers are put into; on a phone unless told otherwise."""
    contexts = []

    def _open(path, *, who=staff, **options):
        phone = {"viewport": {"width": 360, "height": 800}, "has_touch": True, "is_mobile": True}
        context = browser.new_context(**phone | options)
        contexts.append(context)
        if not path.startswith(("/account/login", "/account/password/reset")):
            client = Client()
            client.force_login(who, "allauth.account.auth_backends.AuthenticationBackend")
            cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
            context.add_cookies([cookie])
        page = context.new_page()
        page.goto(live_server.url + path.format(**places))
        return page

    yield _open
    for context in contexts:
        context.close()
