"""A demo to take pictures of: pages opened as one of its people, levers of its sandbox, and commands."""

import base64
import hmac
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

from playwright.sync_api import Browser, BrowserContext, Page

from config.demo import PASSWORD
from tests.browser import house
from tests.browser.picture import ROOT, demo, good_looking, sign_in, wait_for_sync
from tests.sandbox.process import running

# Once as at a desk, once as on a phone; within one of them only the width changes.
DEVICES: dict[str, dict[str, Any]] = {
    "desk": {"widths": {1440: 900, 1280: 800}},
    "phone": {"widths": {390: 844, 360: 800}, "has_touch": True, "is_mobile": True},
}
ZONE = "America/New_York"
OWNER = "owner"  # of an installation in which nothing is connected


class Stage:
    """What the demo knows is looked up once; an empty installation starts when the first picture needs it."""

    def __init__(self, browser: Browser, folder: str, site: str, sandbox: str, closing: ExitStack) -> None:
        self.site, self.sandbox, self.folder = site, sandbox, folder
        self._browser, self._closing = browser, closing
        self._cookies: dict[str, Any] = {}
        self._empty: house.House | None = None
        self.places: dict[str, object] = {"workspace": 1}

    def context(self, who: str, device: str) -> BrowserContext:
        """A browser's window on that device, signed in as that person; "" is nobody."""
        options = {name: value for name, value in DEVICES[device].items() if name != "widths"}
        width, height = next(iter(DEVICES[device]["widths"].items()))
        if who:
            options["storage_state"] = self._signed_in(who)
        size = {"width": width, "height": height}
        return self._browser.new_context(viewport=size, timezone_id=ZONE, **options)

    def _signed_in(self, who: str) -> Any:
        if who not in self._cookies:
            context = self._browser.new_context(timezone_id=ZONE)
            if who == OWNER:
                sign_in(context.new_page(), self.site_of(who), house.ADMIN, house.PASSWORD)
            else:
                sign_in(context.new_page(), self.site, f"{who}@demo.example", PASSWORD)
            self._cookies[who] = context.storage_state()
            context.close()
        return self._cookies[who]

    def site_of(self, who: str) -> str:
        if who != OWNER:
            return self.site
        if not self._empty:
            sandbox = self._closing.enter_context(running("--contacts", "5"))
            folder = Path(self._closing.enter_context(tempfile.TemporaryDirectory())) / "data"
            folder.mkdir()
            self._empty = house.House(folder, sandbox)
            self._closing.callback(self._empty.end)
            self._empty.open()
        return self._empty.url

    def wait_for_first_sync(self) -> None:
        context = self.context("rep", "desk")
        page = context.new_page()
        page.goto(f"{self.site}/contacts/")
        wait_for_sync(page)
        context.close()

    def lever(self, name: str, **body: Any) -> Any:
        """One of the sandbox's, see integrations/sandbox/admin/api.py."""
        request = Request(f"{self.sandbox}/_admin/{name}", json.dumps(body).encode() if body else None)
        return json.load(urlopen(request))

    def rows(self, kind: str, *, account: int = 0) -> list[dict[str, Any]]:
        """What GHL has of that kind."""
        location = self.lever("info")["locations"][account]["id"]
        lines = urlopen(f"{self.sandbox}/_admin/state?kinds={kind}&location_id={location}").read().splitlines()
        return [row for row in map(json.loads, lines) if not row.get("deleted")]

    def calm(self) -> None:
        """Take back what a state did to the sandbox's behaviour."""
        self.lever("latency", range="0")
        self.lever("faults", spec="")

    def command(self, *arguments: str, given: str = "", may_fail: bool = False) -> str:
        """What a management command said; some are run to fail."""
        ours = {name: value for name, value in os.environ.items() if not name.startswith("GHL_")}
        place = {"DATA_DIR": self.folder, "GHL_API_BASE_URL": self.sandbox, "ENV_FILE": os.devnull}
        info = self.lever("info")
        place |= {"GHL_CLIENT_ID": info["client_id"], "GHL_CLIENT_SECRET": info["client_secret"]}
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=ours | place, input=given, capture_output=True, text=True, check=False
        )
        if done.returncode > may_fail:
            raise RuntimeError(f"{' '.join(arguments)} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def number(self, email: str, who: str = "rep") -> int:
        """The contact's, as the list of contacts has it."""
        context = self.context(who, "desk")
        page = context.new_page()
        page.goto(f"{self.site}/contacts/?q={quote(email)}")
        path = page.locator(".person__link").first.get_attribute("href") or ""
        context.close()
        return int(path.split("/")[2])

    def liveliest(self) -> dict[str, object]:
        """Where the contact is that has most sorts of things, and of those the one with most of them."""
        if "liveliest" not in self.places:
            sorts: dict[str, Counter[str]] = {}
            for row in self.rows("note,task,appointment,message,opportunity"):
                mark = f"{row['kind']} {row.get('channel') or row.get('completed') or row.get('pinned') or ''}"
                sorts.setdefault(row["contactId"], Counter()).update([mark])
            found = [row for row in self.rows("contact") if row.get("email") and row["id"] in sorts]
            most = max(found, key=lambda row: (len(sorts[row["id"]]), sorts[row["id"]].total()))
            self.places["liveliest"] = self.number(most["email"])
        return {"contact": self.places["liveliest"]}

    def usual(self) -> dict[str, object]:
        """Where the contact of the README's picture is, with one or two of each sort of thing to do."""
        if "usual" not in self.places:
            self.places["usual"] = self.number(good_looking(self.sandbox))
        return {"contact": self.places["usual"]}

    def largest_business(self) -> dict[str, object]:
        """Where the business is that most contacts belong to."""
        contacts = [row for row in self.rows("contact") if row.get("businessId") and row.get("email")]
        most, _ = Counter(row["businessId"] for row in contacts).most_common(1)[0]
        number = self.number(next(row["email"] for row in contacts if row["businessId"] == most))
        context = self.context("rep", "desk")
        page = context.new_page()
        page.goto(f"{self.site}/contacts/{number}/")
        path = page.locator("a[href^='/businesses/']").first.get_attribute("href") or ""
        context.close()
        return {"business": path.split("/")[2]}


@contextmanager
def stage(browser: Browser) -> Iterator[Stage]:
    """A fresh demo whose first sync is through."""
    with ExitStack() as closing:
        folder = closing.enter_context(tempfile.TemporaryDirectory())
        made = Stage(browser, folder, *closing.enter_context(demo(folder)), closing)
        made.wait_for_first_sync()
        yield made


def code_of(secret: str) -> str:
    """What an authenticator app shows for this key now."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, int(time.time() // 30).to_bytes(8, "big"), "sha1")
    start = digest[19] & 15
    return f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 10**6:06d}"


def give_password(page: Page) -> None:
    """Where a page asks for it again."""
    if page.locator("input[name=password]").count():
        page.locator("input[name=password]").fill(PASSWORD)
        page.get_by_role("button", name=re.compile("Confirm|Continue")).first.click()
