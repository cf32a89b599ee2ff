"""How long after a change in GHL an open page shows it, in a real Chromium; no sweep runs."""

import random
import time
from urllib.parse import quote

from tests.benchmarks.rows import Row, house_beside
from tests.browser.chromium import find_chromium, launched
from tests.browser.house import ADMIN, PASSWORD
from tests.whole.installation import wait_until

CHANGES = 40
HOOK = "/integrations/webhook/"
# When each marked item came into the page, in epoch milliseconds of the same clock.
WATCH = """() => {
  window.seen = {};
  new MutationObserver(() => {
    for (const [mark] of document.getElementById("feed-results").textContent.matchAll(/Mark \\d+ of the \\w+/g)) {
      window.seen[mark] ??= Date.now();
    }
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


def rows():
    """Two rows: from the change, through the webhook and the reading that it asks for, to what a person sees."""
    chromium = find_chromium()
    if not chromium:
        yield Row("webhook to visible on an open page, p95 s", "no Chromium", "-", "<= 2")
        return
    with house_beside("--contacts", "100", "--latency", "150-400") as house:
        house.sandbox.admin("webhooks", {"url": house.url + HOOK})
        with launched(chromium) as browser:
            for kind, what in (("note", "a note"), ("message", "an inbound SMS")):
                waits = sorted(_watched(house, browser.new_context().new_page(), kind))
                middle, late = waits[len(waits) // 2], waits[round(0.95 * len(waits)) - 1]
                name = f"webhook to visible on an open page: {what}, p95 s"
                yield Row(name, f"{late:.2f}", f"half within {middle:.2f}", "<= 2")


def _watched(house, page, kind):
    """Seconds from each change to the moment that it stands in the page."""
    person = next(row for row in house.sandbox.state(kinds="contact") if row.get("email") and not row["deleted"])
    _open(house, page, person["email"])
    page.evaluate(WATCH)
    made = {}
    for number in range(CHANGES):
        mark = f"Mark {number} of the {kind}"
        made[mark] = time.time() * 1000
        made_there = {"kind": kind, "action": "create", "contact_id": person["id"], "fields": {"body": mark}}
        house.sandbox.admin("mutate", made_there)
        # Changes fall anywhere between two questions of the page.
        page.wait_for_timeout(random.uniform(2000, 3500))
    wait_until(lambda: len(page.evaluate("window.seen")) == CHANGES, what="the last change in the page")
    seen = page.evaluate("window.seen")
    return [(seen[mark] - at) / 1000 for mark, at in made.items()]


def _open(house, page, email):
    page.goto(f"{house.url}/account/login/")
    page.get_by_label("Email").fill(ADMIN)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{house.url}/contacts/?q={quote(email)}")
    page.locator(".person__link").first.click()
    page.locator("#refresh-words", has_text="Updated just now").wait_for()
    page.mouse.move(5, 400)  # nobody points at the feed
