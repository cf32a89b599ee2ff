"""The contact list: who is on it, in which order, and at which cost."""

import base64
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.activity.search import sort_place
from integrations.sync.models import SyncSchedule

URL = "/contacts/"
HTMX = {"HX-Request": "true"}


def names(response):
    return re.findall(r'class="person__link[^>]*title="([^"]+)"', response.content.decode())


def next_address(response):
    found = re.search(r'hx-get="(\?[^"]*cursor=[^"]+)"', response.content.decode())
    return found and found[1].replace("&amp;", "&")


def test_a_visitor_is_sent_to_sign_in(client, db):
    response = client.get(URL)
    assert response.status_code == 302
    assert response["Location"] == "/account/login/?next=/contacts/"


def test_a_member_sees_their_own_workspaces_only(as_alice, workspace, other_workspace, make_contact):
    make_contact(workspace, "Dana Whitlock")
    make_contact(other_workspace, "Owen Tate")
    make_contact(workspace, "Gone Away", deleted_at=timezone.now())
    assert names(as_alice.get(URL)) == ["Dana Whitlock"]


def test_an_installation_admin_sees_every_workspace(staff, sign_in, workspace, other_workspace, make_contact):
    make_contact(workspace, "Dana Whitlock")
    make_contact(other_workspace, "Owen Tate")
    assert sorted(names(sign_in(staff).get(URL))) == ["Dana Whitlock", "Owen Tate"]


def test_latest_activity_comes_first_and_never_comes_last(as_alice, workspace, make_contact, make_note):
    make_contact(workspace, "Never Met")
    for name, days in (("Last Week", 7), ("This Morning", 0.2)):
        make_note(make_contact(workspace, name), days_ago=days)
    assert names(as_alice.get(URL)) == ["This Morning", "Last Week", "Never Met"]
    assert names(as_alice.get(URL + "?sort=name")) == ["Last Week", "Never Met", "This Morning"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=whit", ["Dana Whitlock"]),
        ("?q=DANA+lock", ["Dana Whitlock"]),
        ("?q=5550142", ["Owen Tate"]),
        ("?q=ow", ["Owen Tate"]),
        ("?q=رنا", ["رنا باركلي"]),
        ("?tag=dental", ["Dana Whitlock"]),
        ("?owner=u1", ["Owen Tate"]),
        ("?owner=none&tag=dental", ["Dana Whitlock"]),
        ("?account=999999", []),
        ("?q=%22%27%25%00", []),
        ("?tag=nothing", []),
    ],
)
def test_filters_narrow_the_list(as_alice, workspace, make_contact, query, found):
    make_contact(workspace, "Dana Whitlock", tags=("dental",))
    make_contact(workspace, "Owen Tate", phone="+1 503 555 0142", owner_remote_id="u1")
    make_contact(workspace, "رنا باركلي")
    assert names(as_alice.get(URL + query)) == found


def test_nobody_found_says_what_was_searched_and_how_to_go_on(as_alice, workspace, make_contact):
    make_contact(workspace)
    page = as_alice.get(URL + "?q=zzz").content.decode()
    assert "No contacts match “zzz”" in page
    assert "We searched 1 contact" in page
    assert "Clear filters" in page


def test_the_three_empty_lists_differ(as_alice, sign_in, staff, workspace):
    assert "No contacts here yet" in as_alice.get(URL).content.decode()
    workspace.memberships.all().delete()
    assert "You are not a member of an account yet" in as_alice.get(URL).content.decode()
    workspace.delete()
    assert "No account is connected yet" in sign_in(staff).get(URL).content.decode()


@pytest.mark.parametrize("sort", ["", "name", "-name", "-activity", "next", "-next"])
def test_paging_shows_everybody_once_also_with_equal_times_and_names(as_alice, workspace, make_contact, sort):
    at = timezone.now() - timedelta(days=1)
    for number in range(130):
        make_contact(workspace, f"Twin {number % 3}", last_activity_at=at if number % 2 else None)
    seen, address = [], f"?sort={sort}"
    while address:
        response = as_alice.get(URL + address, headers=HTMX if "cursor" in address else {})
        seen += re.findall(r'id="contact-(\d+)"', response.content.decode())
        address = next_address(response)
    assert len(seen) == len(set(seen)) == 130


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "e30",
        "WzEsMl0",
        "W251bGwsIDk5OTk5OTk5OTk5OTk5OTk5OTk5OTld",
        "W251bGwsIC01XQ",
        "%00",
        "W251bGwsdHJ1ZV0",
    ],
)
def test_a_cursor_that_we_did_not_write_shows_the_first_page(as_alice, workspace, make_contact, cursor):
    make_contact(workspace)
    assert names(as_alice.get(f"{URL}?cursor={cursor}")) == ["Dana Whitlock"]


@pytest.mark.parametrize("sort", ["", "name", "next"])
@pytest.mark.parametrize(
    "content",
    [
        '["9999-12-31T23:59:59-14:00", 7]',
        '["0001-01-01T00:00:00+14:00", 7]',
        '["2026-03-02T15:00:00", 7]',
        '["\\u0000", 7]',
        '["\\ud800", 7]',
        "[7, 7]",
        "[" * 200_000,
    ],
)
def test_a_cursor_that_no_database_can_compare_still_opens_the_list(
    as_alice, workspace, make_contact, content, sort
):
    make_contact(workspace)
    cursor = base64.urlsafe_b64encode(content.encode()).decode()
    assert as_alice.get(URL, {"cursor": cursor, "sort": sort}).status_code == 200


def test_htmx_gets_the_part_and_a_visit_or_a_restored_page_the_whole(as_alice, workspace, make_contact):
    make_contact(workspace)
    part = as_alice.get(URL + "?q=dana&tag=", headers=HTMX)
    assert "<html" not in part.content.decode()
    assert part["HX-Replace-Url"] == "/contacts/?q=dana"
    assert "HX-Request" in part["Vary"]
    assert "<html" in as_alice.get(URL, headers=HTMX | {"HX-History-Restore-Request": "true"}).content.decode()
    assert "<html" in as_alice.get(URL).content.decode()


def next_step(client):
    """What the column says of the one contact there is."""
    cell = client.get(URL).content.decode().partition('<td class="people__next"')[2].partition("</td>")[0]
    return " ".join(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", cell.partition(">")[2]).split())


def test_a_row_shows_what_comes_next_and_how_much_is_overdue_beside_it(
    as_alice, workspace, make_contact, make_task, make_appointment
):
    contact = make_contact(workspace)
    make_task(contact, "Later", due_in=3)
    for days in (-1, -2, -600):
        make_task(contact, "Long due", due_in=days)
    make_appointment(contact, "Walk", starts_in=1)

    assert re.fullmatch(r"Walk Tomorrow,? \d\d:\d\d 3 overdue", next_step(as_alice))


def test_a_task_that_comes_before_a_meeting_is_next(
    as_alice, workspace, make_contact, make_task, make_appointment
):
    contact = make_contact(workspace)
    make_task(contact, "Some day", due_at=None)
    make_appointment(contact, "Walk", starts_in=2)
    make_task(contact, "Call", due_in=1)

    assert next_step(as_alice).startswith("Call")


def test_where_nothing_comes_the_row_shows_what_was_due_last(as_alice, workspace, make_contact, make_task):
    contact = make_contact(workspace)
    make_task(contact, "Send the quote", due_in=-2)
    assert next_step(as_alice) == "Send the quote Overdue 2 days"

    make_task(contact, "Send the bid", due_in=-20)
    assert next_step(as_alice) == "Send the quote 2 overdue"


def test_a_task_that_comes_next_has_the_id_of_its_row_and_a_meeting_none(
    as_alice, workspace, make_contact, make_task, make_appointment
):
    task = make_task(make_contact(workspace), "Call", due_in=1)
    make_appointment(make_contact(workspace, "Owen Tate"), "Walk", starts_in=1)
    page = as_alice.get(URL).content.decode()

    assert re.findall(r'id="(task-\d+)"', page) == [f"task-{task.pk}"]


def test_what_a_row_offers_is_in_the_page_once_and_its_forms_not_at_all(as_alice, workspace, make_contact):
    for number in range(3):
        make_contact(workspace, f"Number {number}")
    page = as_alice.get(URL).content.decode()

    assert page.count('data-next="add"') == 1
    assert 'class="compose' not in page


def test_very_much_that_is_overdue_is_counted_up_to_ninety_nine(as_alice, workspace, make_contact, make_task):
    contact = make_contact(workspace)
    for number in range(99):
        make_task(contact, f"Task {number}", due_in=-2)
    assert "99 overdue" in next_step(as_alice)

    make_task(contact, "One more", due_in=-2)
    assert "99+ overdue" in next_step(as_alice)


def test_a_scheduled_message_is_nobodys_next_step(as_alice, workspace, make_contact, make_message):
    make_message(make_contact(workspace), days_ago=-1, is_inbound=False, status="scheduled")

    assert next_step(as_alice) == "No next step"


def test_a_cancelled_meeting_is_nobodys_next_step(as_alice, workspace, make_contact, make_appointment):
    contact = make_contact(workspace)
    make_appointment(contact, "Called off", starts_in=1, status="cancelled")
    make_appointment(contact, "Site walk", starts_in=2)
    page = as_alice.get(URL).content.decode()
    assert "Site walk" in page
    assert "Called off" not in page


def test_a_row_names_business_owner_and_those_we_never_heard_of(
    as_alice, workspace, make_contact, make_business, make_user
):
    firm, user = make_business(workspace), make_user(workspace)
    make_contact(workspace, "A", business_remote_id=firm.remote_id, owner_remote_id=user.remote_id)
    make_contact(workspace, "B", owner_remote_id="left-long-ago")
    page = as_alice.get(URL).content.decode()
    for words in ("Parkway Dental Group", "Priya Raman", "Unknown user"):
        assert words in page


def test_markup_in_a_name_is_shown_and_not_run(as_alice, workspace, make_contact):
    make_contact(workspace, "<script>alert(1)</script> O'Hara", tags=("<b>vip</b>",), company="<i>Co</i>")
    for query in ("", "?q=script"):
        page = as_alice.get(URL + query).content.decode()
        assert "<script>alert" not in page
        assert "<b>vip" not in page
        assert "<i>Co" not in page


def test_a_page_costs_the_same_whatever_is_on_it(
    as_alice, workspace, make_contact, make_business, make_note, make_task, django_assert_num_queries
):
    firm = make_business(workspace)
    for number in range(30):
        contact = make_contact(workspace, f"Person {number}", tags=("dental",), business_remote_id=firm.remote_id)
        make_note(contact)
        make_task(contact)
    # session, person, workspaces with roles; users, tags and how many there are at once, contacts, firms with next
    # steps; connections with schedules
    with django_assert_num_queries(7):
        as_alice.get(URL)
    with django_assert_num_queries(8):  # which match the filter
        as_alice.get(URL + "?q=person")
    with django_assert_num_queries(7):  # a part has no frame and no menus
        as_alice.get(URL + "?q=person", headers=HTMX)
    with django_assert_num_queries(8):  # which tag that is
        as_alice.get(URL + "?tag=dental", headers=HTMX)


def test_a_page_over_several_accounts_costs_one_more_query_whatever_their_number(
    as_staff, workspace, other_workspace, make_contact, django_assert_num_queries
):
    for place in (workspace, other_workspace):
        for number in range(30):
            make_contact(place, f"Person {number}")
    # session, person, workspaces; users and how many there are, the first of each account, contacts,
    # firms with next steps
    with django_assert_num_queries(7):
        assert len(names(as_staff.get(URL, headers=HTMX))) == 50


ORDERS = ["", "name", "-name", "business", "-business", "owner", "-owner", "-activity"]


@pytest.mark.parametrize("sort", ORDERS)
def test_paging_over_several_accounts_shows_everybody_once_and_in_order(
    as_staff, workspace, other_workspace, make_contact, sort
):
    at, places = timezone.now(), (workspace, other_workspace)
    made = [
        make_contact(
            places[n % 2],
            f"Twin {n % 3}",
            last_activity_at=at - timedelta(days=n % 7) if n % 5 else None,
            sort_business=sort_place("acme" if n % 4 else ""),
            sort_owner=sort_place(f"owner {n % 3}"),
        )
        for n in range(130)
    ]
    keys = {
        "": lambda one: (one.last_activity_at is None, -_seconds(one), -one.pk),
        "name": lambda one: (one.sort_name, one.pk),
        "business": lambda one: (one.sort_business, one.sort_name, one.pk),
        "owner": lambda one: (one.sort_owner, one.sort_name, one.pk),
    }
    seen, address = [], f"?sort={sort}"
    while address:
        response = as_staff.get(URL + address, headers=HTMX)
        seen += map(int, re.findall(r'id="contact-(\d+)"', response.content.decode()))
        address = next_address(response)
    expected = [one.pk for one in sorted(made, key=keys[sort.lstrip("-").replace("activity", "")])]
    assert seen == (expected[::-1] if sort.startswith("-") else expected)


def _seconds(contact):
    return contact.last_activity_at.timestamp() if contact.last_activity_at else 0


@pytest.mark.parametrize(
    ("rows", "shown"), [("100", 100), ("101", 130), ("0", 50), ("x", 50), ("9" * 30, 50), ("-1", 50)]
)
def test_an_address_says_how_many_rows_the_list_shows(as_alice, workspace, make_contact, rows, shown):
    for number in range(130):
        make_contact(workspace, f"Person {number}")
    assert len(names(as_alice.get(f"{URL}?rows={rows}"))) == shown


def test_a_list_shows_no_more_than_a_thousand_rows_at_once(as_alice, workspace, make_contact, monkeypatch):
    monkeypatch.setattr("contacts_ui.contacts.query.MOST_ROWS", 100)
    for number in range(130):
        make_contact(workspace, f"Person {number}")
    page = as_alice.get(f"{URL}?rows=5000")
    assert len(names(page)) == 100
    assert next_address(page)


def test_the_heads_of_what_has_an_order_sort_one_way_and_the_other(as_alice, workspace, make_contact):
    make_contact(workspace)
    rising = {name: f"?sort={name}" for name in ("name", "business", "owner", "next")}
    for address, wanted in (
        ("", rising | {"activity": "?sort=-activity"}),
        ("?sort=name", rising | {"name": "?sort=-name", "activity": "?"}),
        ("?sort=-owner", rising | {"activity": "?"}),
        (
            "?sort=-activity&q=dana",
            {name: link.replace("?", "?q=dana&") for name, link in rising.items()} | {"activity": "?q=dana"},
        ),
    ):
        found = re.findall(r'href="([^"]*)"[^>]* id="sort-(\w+)"', as_alice.get(URL + address).content.decode())
        assert {name: link.replace("&amp;", "&") for link, name in found} == wanted


@pytest.mark.parametrize(
    ("sort", "column", "way"),
    [
        ("", "last", "descending"),
        ("-activity", "last", "ascending"),
        ("name", "name", "ascending"),
        ("business", "firm", "ascending"),
        ("-owner", "owner", "descending"),
    ],
)
def test_one_head_says_how_the_list_is_sorted(as_alice, workspace, make_contact, sort, column, way):
    make_contact(workspace)
    page = as_alice.get(f"{URL}?sort={sort}").content.decode()
    assert re.findall(r'<th class="people__(\w+)"[^>]* aria-sort="(\w+)"', page) == [(column, way)]


def test_a_place_of_another_order_shows_the_first_page(as_alice, workspace, make_contact):
    for number in range(60):
        make_contact(workspace, f"Person {number}")
    cursor = next_address(as_alice.get(URL + "?sort=name")).partition("cursor=")[2]
    assert len(names(as_alice.get(f"{URL}?sort=owner&cursor={cursor}"))) == 50


def test_the_list_says_how_many_there_are_exactly_up_to_a_thousand(as_alice, workspace, make_contact, monkeypatch):
    for number in range(4):
        make_contact(workspace, f"Person {number}", tags=("dental",) if number else ())
    assert "3 of 4 contacts" in as_alice.get(URL + "?tag=dental").content.decode()
    monkeypatch.setattr("contacts_ui.contacts.query.COUNTED", 2)
    for filtered in ("?q=person", "?tag=dental", "?owner=none", "?q=pe", "?q=person&tag=dental"):
        page = as_alice.get(URL + filtered).content.decode()
        assert "More than 2 of 4 contacts" in page, filtered
        assert page.count("data-row") == (3 if "dental" in filtered else 4)
    assert "More than" not in as_alice.get(URL).content.decode()


def test_the_number_of_contacts_follows_whoever_adds_and_removes_them(as_alice, workspace, make_contact):
    def said():
        return re.search(r'class="num">([^<]*) contact', as_alice.get(URL).content.decode())[1]

    first, second = make_contact(workspace, "A"), make_contact(workspace, "B")
    make_contact(workspace, "Gone", deleted_at=timezone.now())
    assert said() == "2"
    type(first).objects.filter(pk=first.pk).update(deleted_at=timezone.now())
    assert said() == "1"
    type(first).objects.filter(pk=first.pk).update(deleted_at=None)
    second.delete()
    assert said() == "1"


def test_a_row_counts_what_happened_in_twelve_weeks(as_alice, workspace, make_contact, make_note, make_task):
    contact = make_contact(workspace)
    for days in (0.01, 1, 20, 400):
        make_note(contact, days_ago=days)
    make_task(contact, due_in=3)
    page = as_alice.get(URL).content.decode()
    assert "3 items in 12 weeks, 2 of them in the last two" in page


def test_an_account_that_is_read_for_the_first_time_says_so(as_alice, workspace, make_contact, make_running):
    make_contact(workspace)
    SyncSchedule.objects.update(last_synced_at=None)
    assert "Not synced yet" in as_alice.get(URL).content.decode()
    make_running(workspace)
    assert "First sync is running" in as_alice.get(URL).content.decode()
