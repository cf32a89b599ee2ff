"""What the server did not do for lack of a turn stands under the button that was pressed."""

import pytest

from tests.browser.conftest import WIDE

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_a_test_that_was_pressed_too_often_says_so_under_its_button(browser, house, signed_in, connecting):
    context = browser.new_context(storage_state=signed_in, viewport=WIDE)
    page = context.new_page()
    page.goto(f"{house.url}/connections/")

    for _ in range(11):
        with page.expect_response("**/integrations/test/*/"):
            page.get_by_role("button", name="Test", exact=True).click()

    page.locator(".connection__probe", has_text="10 times within a minute").wait_for()
    context.close()
