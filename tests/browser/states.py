"""The states that pictures show: where each page is, what must have happened before, and what is pressed there."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import Page

from tests.browser.stage import OWNER, Stage, code_of, give_password

REP = ("--as", "rep@demo.example")


@dataclass(frozen=True)
class State:
    """`before` is done once and names what stands in the path; `then` is done on each device's page."""

    name: str
    path: str
    who: str = "rep"
    before: Callable[[Stage], dict[str, object]] = lambda stage: stage.places
    then: Callable[[Page, Stage], object] = lambda page, stage: None


def empty_contact(stage: Stage) -> dict[str, object]:
    """Somebody of whom GHL knows the name alone."""
    fields = {"firstName": "Arlo", "lastName": "Benning", "email": "arlo@benning.example"}
    stage.lever("mutate", kind="contact", action="create", fields=fields)
    stage.command("sync", "--json")
    return {"contact": stage.number(fields["email"])}


def conflicting(stage: Stage) -> dict[str, object]:
    """A colleague changed in GHL what a rep then changes here."""
    task = next(row for row in stage.rows("task") if not row["completed"])
    contact = next(row for row in stage.rows("contact") if row.get("phone") and row.get("email"))
    ids = {"id": task["id"], "notify": False}
    stage.lever("mutate", kind="task", action="update", fields={"title": "Send the revised quote"}, **ids)
    fields = {"phone": "+18025550199"}
    stage.lever("mutate", kind="contact", action="update", id=contact["id"], fields=fields, notify=False)
    write(stage, "task.update", id=task["id"], title="Send the quote on Monday")
    write(stage, "contact.update", id=contact["id"], phone="+18025550142")
    return {}


def write(stage: Stage, operation: str, *options: str, **data: object) -> None:
    """As the rep would from a page."""
    stage.command("write", operation, "--data", json.dumps(data), "--connection", "1", "--json", *REP, *options)


def unsaved(stage: Stage) -> dict[str, object]:
    """One change that GHL rejects, one for which a scope is missing, and two that wait while GHL is down."""
    tasks = [row for row in stage.rows("task") if not row["completed"]][-3:]
    stage.lever("next", operation="update_task", answers=["422"])
    write(stage, "task.update", id=tasks[0]["id"], title="Call about the revised quote")
    stage.lever("next", operation="create_note", answers=["no_scope"], times=5)
    write(stage, "note.create", contact_id=tasks[1]["contactId"], body="Prefers a call after four.")
    stage.lever("next", operation="create_note", answers=[])
    stage.lever("faults", spec="500=1")
    write(stage, "note.create", "--queue", contact_id=tasks[2]["contactId"], body="Wants a second visit.")
    write(stage, "task.complete", "--queue", id=tasks[2]["id"])
    return {}


def unreadable(stage: Stage) -> dict[str, object]:
    """A full run that meets appointments without a start."""
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M}"
    for row in [row for row in stage.rows("appointment") if row["startTime"] > now][:3]:
        stage.lever("corrupt", kind="appointment", id=row["id"], preset="no_start")
    return {"run": json.loads(stage.command("sync", "--full", "--json").splitlines()[-1])["run"]}


def read_only(stage: Stage) -> dict[str, object]:
    """A second account, connected for reading."""
    place = stage.lever("info")["locations"][1]
    stage.command("connect", "--location", place["id"], "--token-stdin", "--json", given=place["pit"] + "\n")
    for who in ("rep", "manager"):
        stage.command("grant", "--email", f"{who}@demo.example", "--workspace", place["name"], "--role", who)
    stage.command("sync", "--connection", "2", "--json")
    busy = {row["contactId"] for row in stage.rows("task", account=1)}
    person = next(row for row in stage.rows("contact", account=1) if row.get("email") and row["id"] in busy)
    return {"contact": stage.number(person["email"])}


def broken(stage: Stage) -> dict[str, object]:
    """Nobody signed the app out; GHL stopped accepting its tokens."""
    stage.lever("revoke-refresh", location_id=stage.lever("info")["locations"][0]["id"])
    stage.lever("expire-tokens", all=True)
    stage.command("sync", "--connection", "1", "--json")
    return {}


def revoked(stage: Stage) -> dict[str, object]:
    stage.command("revoke", "--connection", "2")
    return {}


def compose(page: Page, _stage: Stage) -> None:
    page.keyboard.press("n")
    page.get_by_role("textbox", name="Note").wait_for()
    page.keyboard.type("Walked the roof with Dana. Two valleys leak; the flashing on the north side is new.")


def edit_first(selector: str) -> Callable[[Page, Stage], None]:
    """Opens the form of the first row that has this control."""

    def _open(page: Page, _stage: Stage) -> None:
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
    State("contact-empty", "/contacts/{contact}/", before=empty_contact),
    State("new-contact", "/contacts/new/"),
    State("business", "/businesses/{business}/", before=Stage.largest_business),
    State("contacts-bulk", "/contacts/", then=select),
    State("contacts-bulk-failed", "/contacts/", then=change_many_with_failures),
    State("contacts-bulk-running", "/contacts/", then=change_many),
    State("conflicts-none", "/conflicts/", who="admin"),
    State("conflicts", "/conflicts/", before=conflicting),
    State("conflict-rules", "/conflicts/rules/", who="admin"),
    State("changes-none", "/changes/", who="manager"),
    State("changes", "/changes/", before=unsaved),
    State("connections", "/connections/", who="admin"),
    State("connect", "/integrations/connect/", who="admin"),
    State("fields", "/connections/{workspace}/fields/", who="admin"),
    State("people", "/connections/{workspace}/people/", who="admin"),
    State("task-templates", "/connections/{workspace}/task-templates/", who="admin", then=add_template),
    State("revoke", "/connections/{workspace}/revoke/", who="admin"),
    State("sync-log", "/sync/", who="manager"),
    State("run-detail", "/sync/runs/{run}/", who="manager", before=unreadable),
    State("sync-log-unread", "/sync/", who="manager"),
    State("two-factor", "/account/2fa/totp/activate/", who="manager", then=lambda page, _: give_password(page)),
    State("recovery-codes", "/account/2fa/totp/activate/", who="manager", then=recovery_codes),
    State("appearance", "/account/appearance/"),
    State("not-found", "/nothing/here/"),
    State("no-access", "/integrations/connect/"),
    State("failed", "/contacts/", then=server_error),
    State("contact-read-only", "/contacts/{contact}/", before=read_only),
    State("connections-two", "/connections/", who="admin"),
    State("connections-broken", "/connections/", who="admin", before=broken),
    State("contacts-broken", "/contacts/"),
    State("connections-revoked", "/connections/", who="admin", before=revoked),
    State("connections-first", "/connections/", who=OWNER),
    State("contacts-first", "/contacts/", who=OWNER),
)
