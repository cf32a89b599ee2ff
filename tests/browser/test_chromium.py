"""The browser itself: what the suite turns off in it, and that Playwright's own switches stay."""

import re

import pytest

from tests.browser.chromium import OFF_FOR_NOBODY

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser without a house")]


def test_what_playwright_turns_off_stays_off(browser):
    told = browser.new_browser_cdp_session().send("SystemInfo.getInfo")["commandLine"]
    first, *_, last = re.findall(r"--disable-features=(\S+)", told)

    assert set(first.split(",")) | set(OFF_FOR_NOBODY.split(",")) == set(last.split(","))


def test_a_window_has_no_page_of_its_own_beside_the_one_that_is_tested(browser):
    page = browser.new_page()
    found = browser.new_browser_cdp_session().send("Target.getTargets", {"filter": [{}]})["targetInfos"]
    page.close()

    assert [one["url"] for one in found if one["type"] == "browser_ui"] == []
