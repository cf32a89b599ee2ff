"""Finds the machine's Chromium and starts it, quiet and with a profile that is thrown away."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
SWITCHES = [
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def find_chromium() -> str:
    """The path of a Chromium; "" where there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), "")


@contextmanager
def launched(path: str) -> Iterator[Browser]:
    """A running browser. Only one at a time in a process: Playwright's loop does not nest."""
    # Chromium's own sandbox refuses to start for root, who is the usual user of a container.
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=SWITCHES + as_root)
        yield browser
        browser.close()
