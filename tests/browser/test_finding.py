"""Finding one's way in a real browser: the same place again, links to any depth, keys, filters that answer."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from integrations.activity.kinds import BY_MODEL
from integrations.activity.models import ActivityEntry, Contact, Note, Task
from integrations.activity.search import search_text, sort_name
from integrations.sync.models import SyncSchedule, Write
from integrations.sync.push.commands import new_write
from integrations.sync.reconcile import project
from integrations.sync.reconcile.project import refresh_derived

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser without a house"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def dana(remote, workspace, connection):
    """One of 180 contacts, with 140 notes, 30 tasks that are late and 14 to come."""
    now = timezone.now()
    SyncSchedule.objects.create(connection=connection, last_synced_at=now)
    known = {"workspace": workspace, "connection": connection, "fingerprint": "x", "fetched_at": now}
    known_contact = known | {"checked_at": now, "refreshed_at": now}
    people = [
        Contact(
            remote_id=f"c{n}",
            name=f"Person {n:03}",
            sort_name=sort_name(f"Person {n:03}"),
            search_text=search_text(f"Person {n:03}"),
            last_activity_at=now - timedelta(days=n),
            **known_contact,
        )
        for n in range(180)
    ]
    Contact.objects.bulk_create(people)
    dana = Contact.objects.get(remote_id="c120")
    text = "A line of the note.\n"
    notes = [
        Note(
            remote_id=f"n{n}", contact=dana, body=f"Note {n}. " + text * (12 if n % 10 == 0 else 1),
            added_at=now - timedelta(days=120, hours=n), **known,
        )
        for n in range(140)
    ]  # fmt: skip
    tasks = [
        Task(
            remote_id=f"t{n}",
            contact=dana,
            title=f"Task {n}",
            due_at=now + timedelta(days=14 - n, hours=1),
            **known,
        )
        for n in range(1, 45)
    ]
    for model, made in ((Note, notes), (Task, tasks)):
        project.store_entries(BY_MODEL[model], model.objects.bulk_create(made))
    refresh_derived([dana.pk], now)
    return dana


@pytest.fixture
def visit(browser, live_server, alice, dana):
    """Opens a page as Alice; whatever the browser complains about fails the test, unless a request may fail."""
    complaints, contexts = [], []

    def _visit(path="/contacts/", may_fail=False, person=alice, **options):
        client = Client()
        client.force_login(person, "allauth.account.auth_backends.AuthenticationBackend")
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}} | options)
        contexts.append(context)
        cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
        context.add_cookies([cookie])
        page = context.new_page()
        page.on(
            "console",
            lambda message: complaints.append(message.text) if message.type == "error" and not may_fail else None,
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(live_server.url + path)
        return page

    yield _visit
    for context in contexts:
        context.close()
    assert complaints == []


def scrolled(page):
    return page.locator("[data-keys=rows]").evaluate("frame => Math.round(frame.scrollTop)")


def read_on(page, row, count):
    """Scroll down until so many rows are there."""
    while page.locator(row).count() < count:
        page.locator(row).last.scroll_into_view_if_needed()
        page.wait_for_timeout(50)


@pytest.mark.parametrize("way", ["browser", "crumb"])
def test_back_returns_to_the_rows_the_place_and_the_person(visit, dana, way):
    page = visit()
    read_on(page, "tr.person", 150)
    link = page.get_by_role("link", name="Person 120")
    link.scroll_into_view_if_needed()
    place = scrolled(page)
    assert place > 3000
    link.click()
    page.wait_for_url("**/contacts/*/**")
    expect(page.locator("h1")).to_have_text("Person 120")
    if way == "browser":
        page.go_back()
    else:
        page.locator("[data-back]").click()
    page.wait_for_url("**/contacts/?**")
    assert page.locator("tr.person").count() >= 150
    assert scrolled(page) == place
    assert page.evaluate("document.activeElement.textContent") == "Person 120"


def test_back_returns_to_the_same_place_of_a_timeline(visit, dana):
    page = visit(f"/contacts/{dana.pk}/")
    page.locator("#agenda-late .agenda__more").click()
    expect(page.locator("#agenda-late > .task")).to_have_count(30)
    read_on(page, "#feed-results .entry", 100)
    page.locator(".entry").nth(80).scroll_into_view_if_needed()
    place = scrolled(page)
    page.goto(page.url.partition("/contacts/")[0] + "/account/appearance/")
    page.go_back()
    expect(page.locator("#agenda-late > .task")).to_have_count(30)
    assert page.locator(".entry").count() >= 100
    assert scrolled(page) == place


def test_back_returns_to_the_people_the_days_and_the_row_of_a_business(visit, dana, make_business):
    firm = make_business(dana.workspace, "Parkway Dental Group")
    Contact.objects.filter(name__lt="Person 060").update(business_remote_id=firm.remote_id)
    Contact.objects.filter(pk=dana.pk).update(business_remote_id=firm.remote_id)
    page = visit(f"/businesses/{firm.pk}/")
    page.get_by_role("link", name="Show more people").click()
    expect(page.locator(".members__list > .member")).to_have_count(50)
    read_on(page, ".past__row", 100)
    row = page.locator(".past__row").nth(80)
    row.scroll_into_view_if_needed()
    place, opened = scrolled(page), row.get_attribute("id")
    assert place > 2000
    row.get_by_role("link").click()
    page.wait_for_url("**/contacts/**")
    page.go_back()
    expect(page.locator(f"#{opened} a")).to_be_focused()
    expect(page.locator(".members__list > .member")).to_have_count(50)
    assert page.locator(".past__row").count() >= 100
    assert scrolled(page) == place


@pytest.mark.parametrize("name", ["#entry-{entry}", "#note-{note}", "#{remote}", "?item={remote}"])
@pytest.mark.parametrize("number", [3, 130])
def test_a_link_opens_the_page_at_its_item_and_shifts_no_frame(visit, dana, name, number):
    note = Note.objects.get(remote_id=f"n{number}")
    entry = dana.entries.get(kind="note", source_id=note.pk)
    address = name.format(entry=entry.pk, note=note.pk, remote=note.remote_id)
    page = visit(f"/contacts/{dana.pk}/{address}")
    row = page.locator(f"#entry-{entry.pk}")
    expect(row).to_be_focused()
    expect(row).to_be_in_viewport()
    assert page.evaluate("document.querySelector('.topbar').getBoundingClientRect().top") == 0
    assert page.evaluate(
        "[...document.querySelectorAll('html, body, .shell, .main, .contact, .feed')].every(e => !e.scrollTop)"
    )


def test_a_link_is_copied_from_every_item(visit, dana):
    page = visit(f"/contacts/{dana.pk}/", permissions=["clipboard-read", "clipboard-write"])
    row = page.locator("#agenda-late > .task").first
    row.hover()
    row.locator("[data-copy-link]").click()
    expect(page.locator("#announcer")).to_have_text("Link copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    page.goto(copied)
    expect(page.locator(f"#{row.get_attribute('id')}")).to_be_focused()


def test_j_walks_on_past_folds_to_the_last_row(visit, dana):
    page = visit(f"/contacts/{dana.pk}/")
    seen = []
    for _ in range(60):
        page.keyboard.press("j")
        expect(page.locator(":focus")).to_have_attribute("data-row", "")
        focused = page.evaluate("document.activeElement.id")
        for _ in range(100):
            if focused not in seen:
                break
            page.wait_for_timeout(50)
            focused = page.evaluate("document.activeElement.id")
        seen.append(focused)
    assert len(set(seen)) == 60
    assert sum(one.startswith("task-") for one in seen) == 44


def test_enter_opens_and_never_completes(visit, dana):
    page = visit(f"/contacts/{dana.pk}/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.locator("[data-tick]").first.focus()
    page.keyboard.press("Enter")
    page.locator(".entry:has(.fold)").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".fold[open]")).to_have_count(1)
    assert not Write.objects.exists()
    page.keyboard.press("k")
    page.locator("#agenda-coming > .task").first.focus()
    page.keyboard.press("j")
    page.keyboard.press("Space")
    expect(page.locator("[data-undo]")).to_have_count(1)


@pytest.mark.parametrize("path", ["/contacts/", "/contacts/{pk}/"])
def test_escape_clears_search_and_filters_wherever_one_stands(visit, dana, path):
    page = visit(path.format(pk=dana.pk))
    field = page.locator("[data-search]")
    for leave in (False, True):
        page.keyboard.press("/")
        page.keyboard.type("1")
        page.wait_for_url("**q=1**")
        page.locator("[data-key-clear]").first.wait_for()
        if leave:
            field.blur()
        page.keyboard.press("Escape")
        page.wait_for_url(lambda address: "q=1" not in address)
        expect(field).to_have_value("")


def test_focus_survives_dismiss_and_retry(visit, alice, dana):
    task = Task.objects.get(remote_id="t13")
    page = visit(f"/contacts/{dana.pk}/")
    for button in ("Retry", "Dismiss"):
        Write.objects.all().delete()
        failed = {"state": "failed", "reason": "GHL said no.", "actor": alice}
        new_write("task.complete", task, not_before=timezone.now(), **failed).save()
        page.reload()
        page.locator(f"#task-{task.pk}").get_by_role("button", name=button).focus()
        page.keyboard.press("Enter")
        expect(page.locator(f"#task-{task.pk} .task__why")).to_have_count(0)
        expect(page.locator(f"#task-{task.pk} :focus, #task-{task.pk}:focus")).to_have_count(1)


def test_focus_goes_on_in_the_list_of_own_changes(visit, alice, dana):
    failed = {"state": "failed", "reason": "GHL said no.", "actor": alice, "not_before": timezone.now()}
    for number in (13, 14, 15):
        new_write("task.complete", Task.objects.get(remote_id=f"t{number}"), **failed).save()
    page = visit("/changes/")
    rows, focused = page.locator("[data-row]"), page.locator("[data-row]:focus")
    titles = rows.locator(".unsent__what a.strong")
    expect(titles).to_have_text(["Task 15", "Task 14", "Task 13"])

    rows.nth(1).get_by_role("button", name="Retry").focus()
    page.keyboard.press("Enter")
    expect(titles).to_have_text(["Task 14", "Task 15", "Task 13"])  # what is asked for anew is the newest
    expect(focused).to_contain_text("Task 14")

    rows.nth(1).get_by_role("button", name="Dismiss").focus()
    page.keyboard.press("Enter")
    expect(titles).to_have_text(["Task 14", "Task 13"])
    expect(focused).to_contain_text("Task 13")

    Write.objects.exclude(state="failed").update(state="confirmed")
    page.get_by_role("button", name="Dismiss").focus()
    page.keyboard.press("Enter")
    expect(rows).to_have_count(0)
    expect(page.locator("[data-keys=rows]")).to_be_focused()


def test_a_filter_tells_at_once_and_shows_a_skeleton_of_the_same_height(visit, dana):
    page = visit(f"/contacts/{dana.pk}/", may_fail=True)
    before = page.locator("#feed-results").bounding_box()["height"]
    held = []
    page.route("**/contacts/*/?kind=task*", lambda route: held.append(route))
    page.locator("#chip-task").click()
    expect(page.locator("#chip-task")).to_have_attribute("aria-current", "true")
    expect(page.locator("#chip-all")).not_to_have_attribute("aria-current", "true")
    expect(page.locator("#feed-results")).to_contain_class("is-waiting")
    assert page.locator("#feed-results").bounding_box()["height"] == before
    held[0].abort()
    expect(page.locator("#chip-all")).to_have_attribute("aria-current", "true")
    expect(page.locator(".is-waiting")).to_have_count(0)


def test_column_heads_sort_and_the_menu_follows(visit, dana):
    page = visit()
    first = page.locator(".person__link").first
    for head, name, word in (
        ("Name", "Person 000", "name"),
        ("Name", "Person 179", "-name"),
        ("Last activity", "Person 000", ""),
    ):
        page.get_by_role("columnheader", name=head).get_by_role("link").click()
        expect(first).to_have_text(name)
        expect(page.locator("#sort")).to_have_value(word)
    page.get_by_role("columnheader", name="Last activity").get_by_role("link").click()
    expect(first).to_have_text("Person 179")


def test_all_notes_are_expanded_and_folded_by_one_control(visit, dana):
    page = visit(f"/contacts/{dana.pk}/?kind=note")
    page.get_by_role("button", name="Expand all notes").click()
    expect(page.locator(".fold:not([open])")).to_have_count(0)
    read_on(page, ".entry", 100)
    expect(page.locator(".fold:not([open])")).to_have_count(0)
    assert page.locator(".fold[open]").count() >= 10  # a page more may have come while it was read
    page.get_by_role("button", name="Expand all notes").click()
    expect(page.locator(".fold[open]")).to_have_count(0)


def test_person_and_days_filter_where_they_are_chosen(visit, dana):
    page = visit(f"/contacts/{dana.pk}/")
    page.get_by_title("Filter by person, days and tasks").click()
    day = (timezone.localtime() - timedelta(days=122)).date().isoformat()
    page.get_by_label("To", exact=True).fill(day)
    page.wait_for_url(f"**until={day}**")
    expect(page.locator("#chip-narrowed")).to_contain_text("until")
    expect(page.locator(".entry").first).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("#chip-narrowed").click()
    page.wait_for_url(lambda address: "until" not in address)


@pytest.mark.parametrize("width", [1024, 1280, 1440, 1920])
def test_a_long_name_stays_beside_its_avatar(visit, dana, width):
    Contact.objects.filter(remote_id="c0").update(name="Dorothea Baptiste-Papadopoulou the Elder")
    page = visit(viewport={"width": width, "height": 800})
    row = page.locator("tr.person").first
    avatar, name = row.locator(".avatar--row").bounding_box(), row.locator(".person__link").bounding_box()
    cell = row.locator(".people__firm").bounding_box()
    assert avatar["y"] < name["y"] + name["height"] / 2 < avatar["y"] + avatar["height"]
    assert avatar["x"] + avatar["width"] <= name["x"]
    assert name["x"] + name["width"] <= cell["x"]


def test_the_switch_that_shows_changes_is_remembered_over_sessions_of_its_person_alone(visit, dana, bob):
    moved = [{"field": "Title", "old": "Send the bid", "new": "Send the quote"}]
    known = {"workspace": dana.workspace, "connection": dana.connection, "contact": dana}
    shown = {"kind": "change", "type": "change.fields", "title": "Send the quote", "facts": {"changes": moved}}
    ActivityEntry.objects.create(**known, **shown, occurred_at=timezone.now() - timedelta(hours=1))
    refresh_derived([dana.pk], timezone.now())
    path = f"/contacts/{dana.pk}/"

    page = visit(path)
    switch, change = page.get_by_role("button", name="With changes"), page.get_by_text("Send the bid")
    expect(switch).to_have_attribute("aria-pressed", "false")
    expect(change).to_have_count(0)
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "true")
    expect(change).to_be_visible()
    page.reload()
    expect(change).to_be_visible()

    again = visit(path)  # a new browser, in which she signs in
    expect(again.get_by_text("Send the bid")).to_be_visible()
    expect(visit(path, person=bob).get_by_text("Send the bid")).to_have_count(0)
    again.get_by_role("button", name="With changes").click()
    expect(again.get_by_text("Send the bid")).to_have_count(0)
    page.reload()
    expect(change).to_have_count(0)


def test_all_that_match_are_asked_about_again_where_others_match_by_now(visit, dana):
    # Its refusal, a 422, is what the browser would complain about.
    page = visit(may_fail=True)
    page.get_by_label("Select all rows shown").check(force=True)
    page.get_by_role("button", name="Select all 180").click()
    expect(page.locator("[data-bulk-count]")).to_have_text("180 selected")
    page.get_by_label("Tags to add").fill("spring")
    Contact.objects.get(remote_id="c7").delete()

    page.get_by_role("button", name="Apply").click()

    asked = page.get_by_text("Nothing was sent. You selected 180, but the list has changed: 179 match now.")
    expect(asked).to_be_visible()
    expect(page.locator("[data-bulk-count]")).to_have_text("179 selected")
    assert not Write.objects.exists()
    page.get_by_role("button", name="Apply").click()
    expect(page.locator(".bulk-bar")).to_contain_text("of 179 done")
    assert Write.objects.count() == 179
