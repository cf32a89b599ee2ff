"""The states that pictures show: where each page is, what must have happened before, and what is pressed there."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import Page

from tests.browser import arranging
from tests.browser.stage import OWNER, Stage, code_of, give_password


@dataclass(frozen=True)
class State:
    """`before` is done once and names what stands in the path; `then` is done on each device's page."""

    name: str
    path: str
    who: str = "rep"
    before: Callable[[Stage], dict[str, object]] = lambda stage: stage.places
    then: Callable[[Page, Stage], object] = lambda page, stage: None


def compose(page: Page, _stage: Stage) -> None:
    page.keyboard.press("n")
    page.get_by_role("textbox", name="Note").wait_for()
    page.keyboard.type("Walked the roof with Dana. Two valleys leak; the flashing on the north side is new.")


def edit_first(selector: str) -> Callable[[Page, Stage], None]:
    """Opens the form of the first row that has this control, on a phone after what folds the row."""

    def _open(page: Page, _stage: Stage) -> None:
        folded = page.locator(".to-do__fold:not([open]) > summary:visible")
        while folded.count():  # each that is opened is none any more
            folded.first.click()
        page.locator(selector).first.click()
        page.locator("form.compose").first.wait_for()
        page.locator("form.compose").first.scroll_into_view_if_needed()

    return _open


def move_meeting(page: Page, stage: Stage) -> None:
    edit_first(".agenda .meet-act")(page, stage)
    page.locator("form.meet [name=slot]").first.wait_for(state="attached")


def press(key: str) -> Callable[[Page, Stage], None]:
    def _press(page: Page, _stage: Stage) -> None:
        page.keyboard.press(key)
        page.locator("form.compose, dialog[open]").first.wait_for()

    return _press


def wait_for_waiting(page: Page, _stage: Stage) -> None:
    """Until a change was tried in vain and waits for its next turn."""
    page.locator(".pending[data-look=waits]").first.wait_for()


def show_profile(page: Page, _stage: Stage) -> None:
    if page.locator(".view-tabs").is_visible():
        page.locator(".view-tabs label", has_text="Profile").click()


def edit_profile(page: Page, stage: Stage) -> None:
    show_profile(page, stage)
    page.locator("[data-key=edit]").first.click()
    page.locator("form.edit").wait_for()


def select(page: Page, _stage: Stage, count: int = 4) -> None:
    for box in page.locator("input[data-pick]").all()[:count]:
        box.evaluate("box => box.click()")  # the bar soon lies over some of them
    page.locator("form.bulk-bar").wait_for()


def change_many(page: Page, stage: Stage) -> None:
    """Slow enough to be seen at work."""
    select(page, stage, 12)
    stage.lever("latency", range="15000")
    apply_tag(page)
    page.locator("#bulk-bar-in progress").wait_for()


def change_many_with_failures(page: Page, stage: Stage) -> None:
    select(page, stage, 8)
    stage.lever("next", operation="add_tags", answers=["422"], times=2)
    apply_tag(page)
    page.locator("#bulk-bar-in[data-finished]").wait_for()


def apply_tag(page: Page) -> None:
    page.locator(".bulk-value--add").fill(f"autumn {datetime.now(UTC):%H%M%S}")
    page.get_by_role("button", name="Apply").click()


def add_template(page: Page, _stage: Stage) -> None:
    form = page.locator(".step-form").first
    if form.locator("[name=name]").input_value():
        return
    form.locator("[name=name]").fill("Onboarding")
    for number, title in enumerate(("Send the welcome pack", "Call about the first visit")):
        form.locator("[name=title]").nth(number).fill(title)
        form.locator("[name=days]").nth(number).fill(str(number * 3))
    form.get_by_role("button", name="Save").last.click()
    page.wait_for_load_state()


def recovery_codes(page: Page, stage: Stage) -> None:
    give_password(page)
    if page.locator("#authenticator_secret").count():
        page.locator("input[name=code]").fill(code_of(page.locator("#authenticator_secret").inner_text()))
        page.get_by_role("button", name="Switch on").click()
        page.wait_for_load_state()
    page.goto(f"{stage.site}/account/2fa/recovery-codes/")
    page.get_by_role("heading", name="Recovery codes").first.wait_for()


def server_error(page: Page, stage: Stage) -> None:
    """No page of ours fails on demand, so the answer is put in the place of one."""
    words = "from django.template.loader import render_to_string; print(render_to_string('500.html'))"
    html = stage.command("shell", "--no-imports", "-c", words)
    page.route("**/contacts/?failed", lambda asked: asked.fulfill(status=500, body=html, content_type="text/html"))
    page.goto(f"{stage.site}/contacts/?failed")


def print_it(page: Page, _stage: Stage) -> None:
    page.emulate_media(media="print")


lively: dict[str, Any] = {"path": "/contacts/{contact}/", "before": Stage.liveliest}
usual = lively | {"before": Stage.usual}
STATES = (
    State("sign-in", "/account/login/", who=""),
    State("contacts", "/contacts/"),
    State("contacts-no-hit", "/contacts/?q=xyzzy"),
    State("contact", **lively),
    State("contact-usual", **usual),
    State("contact-profile", **lively, then=show_profile),
    State("contact-note", **usual, then=compose),
    State("contact-edit-task", **usual, then=edit_first(".agenda .task__acts [data-edit]")),
    State("contact-new-task", **usual, then=press("t")),
    State("contact-new-meeting", **usual, then=press("m")),
    State("contact-reschedule", **usual, then=move_meeting),
    State("contact-edit-profile", **usual, then=edit_profile),
    State("contact-messages", "/contacts/{contact}/?kind=message", before=Stage.liveliest),
    State("contact-print", **usual, then=print_it),
    State("contact-empty", "/contacts/{contact}/", before=arranging.empty_contact),
    State("new-contact", "/contacts/new/"),
    State("business", "/businesses/{business}/", before=Stage.largest_business),
    State("contacts-bulk", "/contacts/", then=select),
    State("contacts-bulk-failed", "/contacts/", then=change_many_with_failures),
    State("contacts-bulk-running", "/contacts/", then=change_many),
    State("conflicts-none", "/conflicts/", who="admin"),
    State("conflicts", "/conflicts/", before=arranging.conflicting),
    State("conflict-rules", "/conflicts/rules/", who="admin"),
    State("changes-none", "/changes/", who="manager"),
    State("changes", "/changes/", before=arranging.unsaved, then=wait_for_waiting),
    State("connections", "/connections/", who="admin"),
    State("connect", "/integrations/connect/", who="admin"),
    State("fields", "/connections/{workspace}/fields/", who="admin"),
    State("people", "/connections/{workspace}/people/", who="admin"),
    State("task-templates", "/connections/{workspace}/task-templates/", who="admin", then=add_template),
    State("revoke", "/connections/{workspace}/revoke/", who="admin"),
    State("sync-log", "/sync/", who="manager"),
    State("run-detail", "/sync/runs/{run}/", who="manager", before=arranging.unreadable),
    State("sync-log-unread", "/sync/", who="manager"),
    State("two-factor", "/account/2fa/totp/activate/", who="manager", then=lambda page, _: give_password(page)),
    State("recovery-codes", "/account/2fa/totp/activate/", who="manager", then=recovery_codes),
    State("appearance", "/account/appearance/"),
    State("not-found", "/nothing/here/"),
    State("no-access", "/integrations/connect/"),
    State("failed", "/contacts/", then=server_error),
    State("contact-read-only", "/contacts/{contact}/", who="admin", before=arranging.read_only),
    State("connections-two", "/connections/", who="admin"),
    State("connections-broken", "/connections/", who="admin", before=arranging.broken),
    State("contacts-broken", "/contacts/"),
    State("connections-revoked", "/connections/", who="admin", before=arranging.revoked),
    State("connections-first", "/connections/", who=OWNER),
    State("contacts-first", "/contacts/", who=OWNER),
)
