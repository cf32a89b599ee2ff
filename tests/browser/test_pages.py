"""Every page of a used installation: readable for everyone, on small screens, and without JavaScript."""

from collections import Counter
from urllib.parse import quote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import MISSING

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
KNOWN = {
    "contacts": "/contacts/",
    "connections": "/connections/",
    "connect": "/integrations/connect/",
    "private token": "/integrations/connect/token/",
    "sync log": "/sync/",
    "appearance": "/account/appearance/",
    "not found": MISSING,
}
NAMES = [*KNOWN, "sign-in", "contact", "run"]
SCHEMES = ("light", "dark")
# A colour on its way from one scheme to the other has neither's contrast.
COLOURS_REST = """() => Promise.all(document.getAnimations()
  .filter((one) => one instanceof CSSTransition).map((one) => one.finished))"""
SMALL, ZOOMED, USUAL = 360, 640, 1280  # 640 is what is left of 1280 at 200%


@pytest.fixture(scope="package")
def busiest(browser, house, signed_in, connecting):
    """The path of the contact with the most notes, which has more history than one page shows."""
    state = house.sandbox.state()
    notes = Counter(row["contactId"] for row in state if row["kind"] == "note")
    most = next(row for row in state if row["kind"] == "contact" and row["id"] == notes.most_common(1)[0][0])
    context = browser.new_context(storage_state=signed_in)
    page = context.new_page()
    page.goto(f"{house.url}/contacts/?q={quote(most['email'])}")
    path = page.locator(".person__link").first.get_attribute("href")
    context.close()
    return path


@pytest.fixture
def open_named(open_tab, connecting, busiest):
    """Opens a page by its name in NAMES."""

    def _open(name, **options):
        if name == "sign-in":
            return open_tab("/account/login/", signed_in_as=None, **options)
        found = KNOWN | {"contact": busiest, "run": urlsplit(connecting.landed_on).path}
        return open_tab(found[name], **options)

    return _open


def size(width):
    return {"width": width, "height": 800}


@pytest.mark.parametrize("name", NAMES)
def test_accessibility_checks_find_nothing(open_named, name):
    # The checker is injected as a script, which the page's policy rightly refuses.
    page = open_named(name, bypass_csp=True)
    found = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        for width in (USUAL, SMALL):
            page.set_viewport_size(size(width))
            page.evaluate(COLOURS_REST)
            for rule in Axe().run(page).response["violations"]:
                found += [f"{scheme} {width} {rule['id']}: {node['html'][:200]}" for node in rule["nodes"]]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_needs_sideways_scrolling_on_a_phone_or_at_double_size(open_named, name):
    page = open_named(name)
    for width in (SMALL, ZOOMED):
        page.set_viewport_size(size(width))
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        # Columns that scroll by themselves must not do it sideways either; rows of chips may.
        wide = "all => all.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.className)"
        assert page.locator(".scroll, .feed__scroll, .contact__aside, main").evaluate_all(wide) == []


@pytest.mark.parametrize("name", ["contacts", "contact", "connections", "sync log", "run", "appearance"])
@pytest.mark.parametrize("width", [USUAL, SMALL])
def test_how_fresh_the_data_is_stands_once_on_a_page(open_named, name, width):
    page = open_named(name)
    page.set_viewport_size(size(width))

    assert page.locator(".topbar .fresh:visible, .frame-fresh:visible").count() == 1


def test_without_javascript_the_list_pages_filters_and_opens(open_named):
    page = open_named("contacts", java_script_enabled=False)
    names = page.locator(".person__link")
    expect(names).to_have_count(50)
    first = names.first.inner_text()

    page.get_by_role("link", name="Show the next 50").click()
    expect(names).to_have_count(50)
    assert first not in names.all_inner_texts()

    page.get_by_label("Search contacts").fill(first)
    page.get_by_role("button", name="Show", exact=True).click()
    expect(names.first).to_have_text(first)
    names.first.click()
    expect(page.locator("h1")).to_have_text(first)


def test_without_javascript_the_timeline_shows_older_days_and_filters(open_named):
    page = open_named("contact", java_script_enabled=False)
    entries = page.locator(".entry")
    expect(entries.nth(49)).to_be_attached()  # the fiftieth may be of a thread, whose rows are folded
    assert entries.count() < 100  # one page, and the rest of that thread
    newest = entries.first.get_attribute("id")

    page.get_by_role("link", name="Show older items").click()
    expect(page.locator(f"#{newest}")).to_have_count(0)
    expect(entries.nth(49)).to_be_attached()
    assert newest not in entries.evaluate_all("all => all.map(e => e.id)")

    page.get_by_role("navigation", name="Show").get_by_role("link", name="Appointments").click()
    expect(page.locator(".booking").first).to_be_visible()
    expect(page.locator(".note")).to_have_count(0)


@pytest.mark.parametrize("name", ["connections", "connect", "private token", "run", "sync log", "sign-in"])
def test_without_javascript_a_page_says_what_it_says_with_it(open_named, name):
    plain = open_named(name, java_script_enabled=False).get_by_role("heading").all_inner_texts()

    assert plain
    assert plain == open_named(name).get_by_role("heading").all_inner_texts()
