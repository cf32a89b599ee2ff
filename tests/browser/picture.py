"""Makes the README's picture: a demo is started, a rep signs in, opens a contact and ticks a task."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from playwright.sync_api import Page, expect

from config.demo import PASSWORD
from tests.browser.chromium import find_chromium, launched
from tests.browser.house import free_port

ROOT = Path(__file__).parents[2]
TARGET = ROOT / "static" / "img" / "throughline.png"
FIRST_SYNC = 180_000


@contextmanager
def demo(folder: str) -> Iterator[tuple[str, str]]:
    """`make run` on an empty folder; (address of the site, address of its sandbox)."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("GHL_")}
    place = {"DATA_DIR": folder, "PORT": str(free_port()), "SANDBOX_CONTACTS": "250", "ENV_FILE": os.devnull}
    command = [sys.executable, "-m", "config.run"]
    with subprocess.Popen(command, cwd=ROOT, env=ours | place, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield _address(process.stdout, "runs at"), _address(process.stdout, "sandbox at")
        finally:
            process.terminate()
            process.communicate(timeout=60)


def _address(lines: Iterator[str], after: str) -> str:
    for line in lines:
        if found := re.search(rf"{after} (http://[\d.:]+\d)", line):
            return found[1]
    sys.exit("The demo did not start; its messages are above.")


def good_looking(sandbox: str) -> str:
    """The email address of a contact with a little of everything, the liveliest of those."""
    rows = [json.loads(line) for line in urlopen(f"{sandbox}/_admin/state").read().splitlines()]
    facts: dict[str, Counter[str]] = {}
    for row in rows:
        if not row.get("deleted") and (contact := row.get("contactId")):
            facts.setdefault(contact, Counter()).update(_counted(row, f"{datetime.now(UTC):%Y-%m-%dT%H:%M}"))
    fitting = [
        row for row in rows if row["kind"] == "contact" and row.get("email") and _fits(facts.get(row["id"]))
    ]
    if not fitting:
        sys.exit("No contact of the sandbox has a pinned note, late and coming tasks, and a coming appointment.")
    return str(max(fitting, key=lambda row: facts[row["id"]]["note"])["email"])


def _counted(row: dict[str, Any], now: str) -> list[str]:
    marks = [row["kind"]]
    if row["kind"] == "task" and not row["completed"] and row.get("dueDate"):
        marks.append("late" if row["dueDate"] < now else "open")
    if row["kind"] == "appointment" and row["startTime"] > now:
        marks.append("coming")
    return [*marks, "pinned"] if row.get("pinned") else marks


def _fits(counted: Counter[str] | None) -> bool:
    if counted is None:
        return False
    few = all(1 <= counted[mark] <= 2 for mark in ("pinned", "late", "open", "coming"))
    return few and counted["note"] >= 5


def sign_in(page: Page, site: str, email: str, password: str = PASSWORD) -> None:
    page.goto(f"{site}/account/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/contacts/")


def wait_for_sync(page: Page) -> None:
    """Until the page says that an account is synced."""
    while not re.match("Synced", page.locator(".topbar .fresh").inner_text()):
        page.wait_for_timeout(1000)
        page.reload()


def rest(page: Page) -> None:
    """Until nothing fades or moves into its place any more."""
    page.evaluate(
        "() => Promise.all(document.getAnimations().filter((one) => one instanceof CSSTransition)"
        ".map((one) => one.finished))"
    )


def take(page: Page, site: str, email: str) -> None:
    """Sign in, wait for the first sync, open the contact, tick its first task that is not late."""
    sign_in(page, site, "rep@demo.example")
    wait_for_sync(page)
    page.get_by_label("Search contacts").fill(email)
    expect(page.locator(".person")).to_have_count(1)
    page.locator(".person__link").click()
    page.locator(".agenda .task--idle [data-tick]").first.click()
    page.locator("[data-undo]").wait_for()
    page.mouse.move(700, 860)  # no row is pointed at
    rest(page)
    TARGET.parent.mkdir(exist_ok=True)
    page.screenshot(path=TARGET)


def main() -> None:
    chromium = find_chromium()
    if not chromium:
        sys.exit("No Chromium found: install the Debian package chromium.")
    with tempfile.TemporaryDirectory() as folder, demo(folder) as (site, sandbox), launched(chromium) as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 900}, timezone_id="America/New_York")
        page.set_default_timeout(FIRST_SYNC)
        take(page, site, good_looking(sandbox))
    print(f"{TARGET.relative_to(ROOT)}: {TARGET.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
