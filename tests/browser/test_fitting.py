"""Pages at the widths at which people use them: words that matter have room, and what is chosen is in sight."""

from datetime import timedelta

import pytest
from django.utils import timezone

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser without a house"),
    pytest.mark.django_db(transaction=True),
]
# What is wider than its place is cut off.
CUT = "all => all.filter(e => e.scrollWidth > e.clientWidth).map(e => e.textContent.trim())"
LINES = "e => Math.round((e.clientHeight - parseFloat(getComputedStyle(e).paddingTop) * 2) / 20)"

# How light an element and what it stands on are, from 0 to 255: these greys differ little between their colours.
GREYS = r"one => [one.parentElement, one].map((e) => Number(/\d+/.exec(getComputedStyle(e).backgroundColor)[0]))"

REACHES = """opened => {
  opened.open = true;
  const parts = [opened.closest(".side"), opened.querySelector(".pop__panel")];
  const [column, panel] = parts.map((e) => e.getBoundingClientRect());
  return [panel.left - column.left, column.right - panel.right];
}"""


def box(place):
    return place.bounding_box()


def middle(place):
    return box(place)["y"] + box(place)["height"] / 2


def wide(width):
    return {"viewport": {"width": width, "height": 900}, "has_touch": False, "is_mobile": False}


@pytest.mark.parametrize("width", [1280, 1440])
def test_the_log_says_in_full_what_started_a_run(open_page, width):
    page = open_page("/sync/", **wide(width))
    assert page.locator(".runs tbody .runs__trigger").count()
    assert page.locator(".runs tbody .runs__trigger, .runs thead th").evaluate_all(CUT) == []


@pytest.mark.parametrize("width", [1280, 1440])
def test_the_heads_of_failed_records_are_one_line_each(open_page, width):
    page = open_page("/sync/runs/{run}/", **wide(width))
    heads = page.locator(".failures thead th")
    assert {box(head)["height"] for head in heads.all()} == {box(heads.first)["height"]}
    assert heads.last.evaluate(LINES) == 1


@pytest.mark.parametrize("width", [1280, 1440])
def test_a_next_step_has_room_beside_its_day_and_what_is_overdue(
    open_page, make_contact, make_task, workspace, width
):
    busy = make_contact(workspace, "Robin Busy", tags=("2026 budget", "quote sent", "roof"))
    make_task(busy, "Send the inspection report to the managing agent", due_in=100)
    make_task(busy, "Call back", due_in=-100)
    page = open_page("/contacts/?q=robin", **wide(width))
    assert page.locator(".people__next .badge").is_visible()
    assert box(page.locator(".people__next .next > .clip"))["width"] >= 110
    assert page.locator(".people__tags .tag:visible").evaluate_all(CUT) == []


def test_the_chosen_kind_of_a_timeline_is_in_sight_on_a_phone(open_page):
    page = open_page("/contacts/{contact}/?kind=opportunity")
    chip = box(page.locator("#feed-chips .chip[aria-current]").first)
    assert chip["x"] >= 0
    assert chip["x"] + chip["width"] <= 360


@pytest.mark.parametrize("hours", [1, 24, 30, 24 * 500])
def test_the_next_meeting_and_where_it_came_from_stand_on_one_line(
    open_page, make_contact, make_appointment, workspace, hours
):
    far = make_contact(workspace, "Robin Ahead")
    make_appointment(far, starts_in=hours / 24)
    head = open_page(f"/contacts/{far.pk}/", **wide(1440)).locator(".side .section-head:has(.source)")
    assert box(head.locator("h2"))["height"] <= 24
    assert abs(middle(head.locator("summary")) - middle(head.locator("h2"))) <= 1


def test_the_next_meeting_and_where_it_came_from_stand_on_one_line_on_a_phone(open_page):
    page = open_page("/contacts/{contact}/")
    page.get_by_text("Profile", exact=True).first.click()
    head = page.locator(".side .section-head:has(.source)")
    assert abs(middle(head.locator("summary")) - middle(head.locator("h2"))) <= 1


@pytest.mark.parametrize("width", [1280, 1440])
def test_where_the_next_meeting_came_from_is_told_within_its_column(open_page, width):
    page = open_page("/contacts/{contact}/", **wide(width))
    # At once: what the page reads anew closes it.
    left, right = page.locator(".side .source").evaluate(REACHES)
    assert left >= 0
    assert right >= 0


def test_a_rule_for_conflicts_is_read_in_full_on_a_phone(open_page):
    choice = open_page("/conflicts/rules/").locator(".rules .select").nth(1)
    room = box(choice)["width"]
    choice.evaluate("e => { e.style = 'width: max-content; max-width: none' }")
    assert box(choice)["width"] <= room


def test_a_row_of_the_list_ends_at_one_edge_on_a_phone(open_page, places):
    page = open_page("/contacts/")
    ends = [
        box(page.locator(part).first)
        for part in (".person .people__last", ".next-act--more svg", ".topbar--list .button")
    ]
    assert max(one["x"] + one["width"] for one in ends) - min(one["x"] + one["width"] for one in ends) <= 2


def test_a_number_of_failed_changes_stands_with_its_word(open_page):
    words = open_page("/sync/").locator(".log-figures .tone-error")
    narrowed = "e => { e.parentElement.style.width = '60px'; return e.getClientRects().length }"
    assert words.evaluate(narrowed) == 1


@pytest.mark.parametrize("path", ["/contacts/{contact}/tasks/new/", "/contacts/{contact}/"])
def test_the_days_for_a_task_are_one_line_on_the_smallest_phone(open_page, path):
    page = open_page(path)
    if not path.endswith("new/"):
        page.locator(".agenda .task__acts [data-edit]").first.click()
    chips = page.locator("form.compose .due")
    chips.first.wait_for()
    assert len({box(chip)["y"] for chip in chips.all()}) == 1


def test_a_contact_can_be_added_on_the_smallest_phone_while_the_account_is_not_connected(
    open_page, alice, connection
):
    type(connection).objects.update(state="needs_reconnect", broken_since=timezone.now() - timedelta(minutes=12))
    page = open_page("/contacts/", who=alice)
    assert "Not connected" in page.locator(".topbar .fresh").inner_text()
    button = box(page.locator("[data-key=new]"))
    assert button["x"] + button["width"] <= 360
    assert page.locator(".topbar .fresh").evaluate_all(CUT) == []


def test_the_last_contact_can_be_scrolled_clear_of_the_bulk_bar_on_a_phone(open_page, make_contact, workspace):
    for number in range(12):
        make_contact(workspace, f"Person {number}", last_activity_at=timezone.now() - timedelta(days=number))
    page = open_page("/contacts/")
    page.locator("input[data-pick]").first.check()
    page.locator("form.bulk-bar").wait_for()
    page.locator(".results > .scroll").evaluate("e => e.scrollTo(0, e.scrollHeight)")
    last, bar = box(page.locator(".person").last), box(page.locator(".bulk-bar"))
    assert last["y"] + last["height"] <= bar["y"]


@pytest.mark.parametrize(
    ("path", "chosen"),
    [("/contacts/{contact}/", ".view-tabs label:has(:checked)"), ("/sync/", ".segments a[aria-current=true]")],
)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_chosen_one_of_several_stands_out_from_its_ground(open_page, path, chosen, scheme):
    page = open_page(path, color_scheme=scheme)
    ground, own = page.locator(chosen).evaluate(GREYS)
    assert abs(own - ground) >= 10


@pytest.mark.parametrize("width", [360, 1280])
def test_a_name_without_a_gap_stays_inside_of_what_says_that_there_is_nothing(
    open_page, make_contact, workspace, width
):
    quiet = make_contact(workspace, "W" * 300)
    page = open_page(f"/contacts/{quiet.pk}/?kind=note", **wide(width))
    there = page.locator(".empty").first
    assert there.evaluate("one => one.scrollWidth <= one.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
