"""Finds the machine's Chromium and starts it, quiet and with a profile that is thrown away."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, BrowserType, expect, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 180_000  # milliseconds
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
    with sync_playwright() as play:
        browser = started(play.chromium, path)
        yield browser
        browser.close()


def started(kind: BrowserType, path: str) -> Browser:
    """A process of its own."""
    # Chromium's own sandbox refuses to start for root, who is the usual user of a container.
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    browser = kind.launch(executable_path=path, args=SWITCHES + as_root)
    be_patient(browser)
    return browser


def be_patient(browser: Browser) -> None:
    """A busy machine takes its time: the bounds of every wait only end what hangs."""
    expect.set_options(timeout=PATIENCE)
    open_context = browser.new_context

    def new_context(**options: Any) -> BrowserContext:
        context = open_context(**options)
        context.set_default_timeout(PATIENCE)
        return context

    browser.new_context = new_context  # type: ignore[method-assign]
