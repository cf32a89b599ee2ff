"""Finds the machine's Chromium and starts it, quiet and with a profile that is thrown away."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, BrowserType, Page, expect, sync_playwright

# The first is the same engine without windows: a page costs it half. Debian has it as a package of this name.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
PATIENCE = 180_000  # milliseconds
SWITCHES = [
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
# The last list is the one that counts, so the one that Playwright gives stands here again: a test compares them.
OFF_BY_PLAYWRIGHT = (
    "AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,"
    "LensOverlay,MediaRouter,PaintHolding,ThirdPartyStoragePartitioning,AvoidCorsURLLoaderRestartOnRedirect,"
    "TcpPortRandomizationWin,OptimizationHints,NetworkTimeServiceQuerying,AimEnabled,PreconnectToSearch,"
    "msForceBrowserSignIn,msEdgeUpdateLaunchServicesPreferredVersion"
)
# Two pages under the address bar of each window, which nobody sees here: they took three quarters of all its work.
OFF_FOR_NOBODY = "WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup"
SWITCHES.append(f"--disable-features={OFF_BY_PLAYWRIGHT},{OFF_FOR_NOBODY}")


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


def wait_for(check: Callable[[], Any], page: Page) -> Any:
    """What is true at last, while the page goes on."""
    for _ in range(600):
        if found := check():
            return found
        page.wait_for_timeout(100)
    raise AssertionError("It never came.")
