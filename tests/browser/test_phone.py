"""A phone in a browser: whatever can be pressed has the size of a finger, on pages and in what they open."""

from pathlib import Path

import pytest
from django.utils import timezone

from integrations.activity.kinds import BY_MODEL
from integrations.activity.models import Contact, Task, TaskTemplate
from integrations.sync.push.commands import new_write
from integrations.sync.reconcile import project

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser without a house"),
    pytest.mark.django_db(transaction=True),
]
REACH = (Path(__file__).parent / "reach.js").read_text()
PAGES = (
    "/contacts/",
    "/contacts/{contact}/?all=1",
    "/contacts/{contact}/delete/",
    "/businesses/{business}/",
    "/changes/",
    "/conflicts/",
    "/conflicts/rules/",
    "/connections/",
    "/connections/{workspace}/fields/",
    "/connections/{workspace}/notes/",
    "/connections/{workspace}/people/",
    "/connections/{workspace}/revoke/",
    "/sync/",
    "/sync/runs/{run}/",
    "/integrations/connect/",
    "/integrations/connect/token/",
    "/account/appearance/",
    "/account/password/change/",
    "/account/2fa/",
    "/account/sessions/",
    "/nothing/here/",
    "/account/login/",
    "/account/password/reset/",
)
# One of each kind is enough: the others look alike.
KINDS = """() => [...new Set([...document.querySelectorAll("details")].filter((one) => one.checkVisibility())
  .map((one) => one.className))]"""
OPENED = """(kind) => {
  const one = [...document.querySelectorAll("details")].find((e) => e.className === kind && e.checkVisibility());
  one.open = true;
  return one;
}"""


@pytest.mark.parametrize("path", PAGES)
def test_whatever_can_be_pressed_reaches_44_pixels_in_both_directions(open_page, path):
    page = open_page(path)
    small = page.evaluate(REACH)
    for kind in page.evaluate(KINDS):
        opened = page.evaluate_handle(OPENED, kind)
        small += page.evaluate(REACH, opened)
        opened.evaluate("one => one.open = false")
    if page.locator("#view-profile").count():
        page.get_by_text("Profile", exact=True).click()
        small += page.evaluate(REACH)
    assert not small, "\n".join(small)


def test_a_contact_prints_with_its_whole_profile_and_nothing_to_press(open_page):
    page = open_page("/contacts/{contact}/", viewport={"width": 794, "height": 1123}, is_mobile=False)
    page.emulate_media(media="print")
    for words in ("dana@example.com", "Contact id", "Last synced", "Upcoming", "Done 3", "Activity"):
        assert page.get_by_text(words).locator("visible=true").count(), words
    heat = page.locator(".side .heat").bounding_box()
    assert 200 < heat["width"] <= 320
    assert page.locator(".profile").bounding_box()["width"] > 300
    assert page.locator("main :is(.button, .chip, .input, .copy-link, summary, nav):visible").count() == 0
    assert page.evaluate("document.documentElement.scrollHeight") > 1123  # not one screen of a page that scrolls


@pytest.mark.parametrize("block", ["start", "center", "end"])
def test_where_a_row_comes_from_is_seen_whole_once_it_was_told(open_page, block):
    page = open_page("/contacts/{contact}/?all=1")
    bar, column = (page.locator(part).bounding_box() for part in (".tabs-bottom", ".feed__scroll"))
    opener = page.locator("ol .entry details.source > summary").nth(2)
    opener.evaluate("(one, block) => one.scrollIntoView({block})", block)
    opener.click()
    panel = page.locator("details.source[open] .pop__panel[data-asked]")
    panel.get_by_text("Changes from here").wait_for()
    box = panel.bounding_box()
    assert box["y"] >= column["y"]
    assert box["y"] + box["height"] <= bar["y"]


def test_no_cell_of_the_list_lies_over_another(open_page):
    page = open_page("/contacts/")
    last, weeks = (
        page.locator(f".person {part}").first.bounding_box() for part in (".people__last", ".people__weeks")
    )
    assert last["y"] + last["height"] <= weeks["y"]


def test_how_late_a_task_is_stands_beside_what_can_be_done_with_it(open_page, places, make_task):
    make_task(Contact.objects.get(pk=places["contact"]), "Rough number", due_in=-2630)
    page = open_page("/contacts/{contact}/?all=1")
    page.locator("#fold-late > summary").click()
    row = page.locator(".task", has_text="Rough number").first
    late, act, last, source = (
        row.locator(part).bounding_box()
        for part in (".task__late", ".task__acts > :first-child", ".task__acts > :last-child", ".source")
    )
    assert late["x"] + late["width"] <= act["x"]
    assert last["x"] + last["width"] <= source["x"]
    row.locator(".source > summary").click()
    row.locator(".pop__panel .copy-link").wait_for()


def test_who_edited_an_open_task_is_told_under_its_title(open_page, places, alice):
    task = Task.objects.get(title="Task 3")
    Task.objects.filter(pk=task.pk).update(edited_by=alice.pk)
    task.refresh_from_db()
    project.store_entries(BY_MODEL[Task], [task])

    row = open_page("/contacts/{contact}/?all=1").locator(".agenda .task", has_text="Task 3")
    title, editor, when = (row.locator(part).bounding_box() for part in (".task__title", ".task__editor", "time"))
    assert row.locator(".task__editor").inner_text() == "Alice edited it"
    assert title["y"] + title["height"] <= editor["y"]
    assert editor["y"] + editor["height"] <= when["y"]


def test_the_domain_of_an_email_stands_in_one_line_where_that_has_room(open_page, places):
    Contact.objects.filter(pk=places["contact"]).update(email="dana.whitlock@northern-lakes.example")
    page = open_page("/contacts/{contact}/")
    page.get_by_text("Profile", exact=True).first.click()

    assert page.locator(".facts .in-one").first.bounding_box()["height"] <= 24


def test_a_record_that_could_not_be_read_is_a_card_without_gaps(open_page):
    card = open_page("/sync/runs/{run}/").locator(".failures tbody tr").first
    record, contact, reason = (
        card.locator(part).bounding_box()
        for part in (".failures__record", ".failures__contact", ".failures__reason")
    )
    assert contact["height"] <= 24
    assert reason["y"] - (record["y"] + record["height"]) <= 4

    row = open_page("/sync/").locator("[id^=record-]").first
    text, act = (
        row.locator(".unsent__text").bounding_box(),
        row.get_by_role("button", name="Read again").bounding_box(),
    )
    assert act["y"] < text["y"] + text["height"]


@pytest.mark.parametrize("key", ["n", "t", "m"])
def test_the_frame_stands_still_when_a_form_opens(open_page, key):
    page = open_page("/contacts/{contact}/?all=1")
    page.keyboard.press(key)
    page.locator("#composer-form form").wait_for()
    assert page.evaluate("document.documentElement.scrollHeight") <= 800
    assert page.evaluate("scrollY") == 0
    chosen = page.locator(f'.composer__tab[aria-keyshortcuts="{key.upper()}"]')
    others = page.locator(f'.composer__tab:not([aria-keyshortcuts="{key.upper()}"])').first
    ground = "one => getComputedStyle(one).backgroundColor"
    assert chosen.evaluate(ground) != others.evaluate(ground)


def test_a_choice_of_many_task_templates_scrolls_above_its_foot(open_page, workspace):
    steps = [{"title": "Call them", "days": 1}]
    TaskTemplate.objects.bulk_create(
        TaskTemplate(workspace=workspace, name=f"T{number:02}", steps=steps) for number in range(30)
    )
    page = open_page("/contacts/{contact}/?all=1")
    page.keyboard.press("t")
    page.locator("#composer-form a[href*=templates]").click()
    page.locator("#composer-form .preview").first.wait_for()
    cancel, bar = (page.locator(part).bounding_box() for part in ("#composer-form [data-close]", ".tabs-bottom"))
    assert cancel["y"] + cancel["height"] <= bar["y"]
    page.get_by_text("Show more templates").click()
    page.locator("#composer-form .preview").nth(29).wait_for()


def test_a_form_in_a_row_keeps_everything_inside_its_edge(open_page):
    page = open_page("/contacts/{contact}/?all=1")
    for opener, form in (("[data-snooze]", ".compose--snooze"), ("[data-edit]", "form.compose[data-kept]")):
        page.locator(f".agenda .task {opener}").first.click()
        opened = page.locator(f".agenda {form}").first
        opened.wait_for()
        edge = opened.bounding_box()
        for part in opened.locator("button:visible:not(.visually-hidden), input:visible, select:visible").all():
            box = part.bounding_box()
            assert box["x"] + box["width"] <= edge["x"] + edge["width"], part.evaluate("one => one.outerHTML")
        page.keyboard.press("Escape")


@pytest.mark.parametrize(
    "path", ["/contacts/?q=nobody", "/contacts/{contact}/?q=nothing", "/contacts/{contact}/edit/"]
)
def test_no_button_of_a_phone_names_a_key(open_page, path):
    page = open_page(path)
    assert page.locator("main .key:visible").count() == 0


def test_the_way_to_connect_is_in_sight_at_once(open_page):
    page = open_page("/integrations/connect/")
    box, bar = page.locator("#connect").bounding_box(), page.locator(".tabs-bottom").bounding_box()
    assert box["y"] + box["height"] <= bar["y"]


TITLED = [path for path in PAGES if path.count("/") > 3 and "runs" not in path and "account/" not in path]


@pytest.mark.parametrize("path", TITLED)
def test_a_title_behind_its_way_back_is_seen_whole(open_page, path, workspace):
    workspace.name = "Cedarline Commercial Roofing North-East"
    workspace.save()
    page = open_page(path)
    title = page.locator(".topbar:not(.topbar--contact) .topbar__title")
    if title.count():
        assert title.evaluate("one => one.scrollWidth <= one.clientWidth")
        bar, box = page.locator(".topbar").bounding_box(), title.bounding_box()
        assert box["y"] + box["height"] <= bar["y"] + bar["height"]


def test_what_can_be_done_about_a_failed_change_of_the_contact_stands_below_its_words(open_page, places, staff):
    asked = {"actor": staff, "state": "failed", "not_before": timezone.now(), "reason": "GHL did not accept this."}
    asked["can_retry"] = False
    new_write("contact.add_tags", Contact.objects.get(pk=places["contact"]), {"tag_names": ["x"]}, **asked).save()
    page = open_page("/contacts/{contact}/", viewport={"width": 1280, "height": 800}, is_mobile=False)
    wish = page.locator(".profile__wish").first
    text, acts = (wish.locator(f".pending__{part}").bounding_box() for part in ("text", "acts"))
    assert acts["y"] >= text["y"] + text["height"]
    assert text["width"] > 200
