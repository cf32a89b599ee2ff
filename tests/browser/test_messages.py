"""What was last said: it arrives by webhook on an open page, a thread opens in place, an email in its row."""

import time
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import PATIENCE

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def person(house, connecting):
    """Somebody who is new here, so that nothing else stands on the line."""
    name = f"Marlow {len(house.sandbox.state(kinds='contact'))}"
    made = house.sandbox.new_contact(lastName=name, email=f"{name.replace(' ', '.').lower()}@post.example")
    house.sync()
    return {"id": made, "email": f"{name.replace(' ', '.').lower()}@post.example"}


@pytest.fixture
def say(house, person):
    """Somebody writes, calls or mails over there; every event is posted here."""
    house.sandbox.admin("webhooks", {"url": f"{house.url}/integrations/webhook/", "delay_seconds": 0})

    def _say(body, **fields):
        wanted = {"kind": "message", "action": "create", "contact_id": person["id"]}
        return house.sandbox.admin("mutate", wanted | {"fields": {"body": body} | fields})["record"]

    yield _say
    house.sandbox.admin("webhooks", {"url": ""})


@pytest.fixture
def page(open_tab, person):
    listed = open_tab(f"/contacts/?q={quote(person['email'])}")
    listed.locator(".person__link").first.click()
    listed.wait_for_url("**/contacts/*/")
    listed.mouse.move(5, 400)  # nobody points at the feed
    expect(listed.locator("#refresh-words")).to_have_text("Updated just now", timeout=PATIENCE)
    return listed


def test_an_inbound_text_arrives_by_webhook_on_an_open_page_and_joins_the_thread_of_its_day(page, say):
    began = time.monotonic()
    say("Are you coming today?")
    row = page.locator("#feed-results .entry").first
    expect(row).to_contain_text("Are you coming today?", timeout=PATIENCE)
    # Shown by `pytest -s`; how long it may take is measured where nothing else runs, by `make bench`.
    print(f"\nAn inbound text stood on the open page after {time.monotonic() - began:.2f} s.")
    expect(row).to_contain_text("Nia wrote by SMS")

    say("The gate is open from seven.")
    say("On our way.", direction="outbound")

    expect(page.get_by_text("· 3 messages")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#feed-results li.entry:not(.entry--said)")).to_have_count(1)
    expect(page.get_by_text("On our way.")).to_be_visible()
    expect(page.get_by_text("Are you coming today?")).to_be_hidden()

    page.get_by_text("Show 2 earlier messages").click()

    expect(page.get_by_text("Are you coming today?")).to_be_visible()
    theirs, ours = page.locator(".say--in").first.bounding_box(), page.locator(".say--out").first.bounding_box()
    assert ours["x"] > theirs["x"]

    page.mouse.move(5, 400)
    say("Good, see you.")
    expect(page.get_by_text("· 4 messages")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("Are you coming today?")).to_be_visible()  # the thread stays open


def test_an_email_is_read_when_somebody_opens_it_and_its_picture_when_somebody_asks(house, page, say):
    asked = []
    picture = f"{house.url}/static/img/mark.svg?who-opened"
    page.context.on("request", lambda sent: asked.append(1) if sent.url == picture else None)
    say(
        f'<p>Dear Nia, here is <b>the quote</b>.</p><img src="{picture}">',
        channel="email",
        subject="Quote Q-1",
        direction="outbound",
    )
    row = page.locator("#feed-results .entry").filter(has_text="Quote Q-1")
    expect(row).to_be_visible(timeout=PATIENCE)
    assert house.sandbox.requests("get_email") == []

    row.get_by_role("link", name="Open email").click()

    expect(row.get_by_text("the quote", exact=True)).to_be_visible(timeout=PATIENCE)
    assert len(house.sandbox.requests("get_email")) == 1
    page.mouse.move(5, 400)
    say("And a text besides.")
    expect(page.get_by_text("And a text besides.")).to_be_visible(timeout=PATIENCE)
    expect(row.get_by_text("the quote", exact=True)).to_be_visible()
    assert asked == []

    row.get_by_text("Show 1 picture from the web").click()

    expect(row.frame_locator("iframe").get_by_text("the quote", exact=True)).to_be_visible(timeout=PATIENCE)
    page.wait_for_function("() => true")
    assert asked == [1]
