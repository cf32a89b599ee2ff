"""What the server did not do for lack of a turn stands under the button that was pressed."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import WIDE

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_a_test_that_was_pressed_too_often_says_so_under_its_button(browser, house, signed_in, connecting):
    context = browser.new_context(storage_state=signed_in, viewport=WIDE)
    page = context.new_page()
    page.goto(f"{house.url}/connections/")

    for _ in range(11):
        with page.expect_response("**/integrations/test/*/"):
            page.get_by_role("button", name="Test", exact=True).click()

    page.locator(".connection__check", has_text="10 times within a minute").wait_for()
    context.close()


def test_the_answer_to_a_test_is_in_view_on_a_small_phone(browser, house, signed_in, connecting):
    context = browser.new_context(storage_state=signed_in, viewport={"width": 360, "height": 500})
    page = context.new_page()
    page.goto(f"{house.url}/connections/")

    # As a thumb finds it: the button is the last thing on the screen. Playwright's own click would scroll.
    page.get_by_role("button", name="Test", exact=True).evaluate(
        "button => { button.scrollIntoView({ block: 'end' }); button.click(); }"
    )

    expect(page.locator(".connection__check", has_text=" ")).to_be_in_viewport(ratio=0.99)
    context.close()
