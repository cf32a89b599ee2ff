"""A business: its data, its people by name, their timelines as one, and who is taken in or out."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.activity import merged
from integrations.activity.asked import Cursor
from integrations.activity.models import ActivityEntry, Business
from integrations.sync.models import Write
from tests.conftest import home_of

HTMX = {"headers": {"HX-Request": "true"}}


@pytest.fixture
def firm(workspace, make_business):
    made = make_business(workspace, "Parkway Dental Group")
    Business.objects.filter(pk=made.pk).update(
        phone="+15550100", website="https://parkway.example", address="1 Park"
    )
    made.refresh_from_db()
    return made


@pytest.fixture
def hire(workspace, make_contact, firm):
    return lambda name, **fields: make_contact(workspace, name, business_remote_id=firm.remote_id, **fields)


def text(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def test_its_website_breaks_between_words_only(as_alice, firm):
    assert 'https://<wbr><span class="in-one">parkway<wbr>.example</span></a>' in text(
        as_alice.get(f"/businesses/{firm.pk}/")
    )


def test_its_number_is_written_and_dialled_as_that_of_a_contact(as_alice, firm):
    firm.workspace.country = "US"
    firm.workspace.save()
    Business.objects.update(phone="802-555-0117")

    assert '<a href="tel:+18025550117">(802) 555-0117</a>' in text(as_alice.get(page_of(firm)))


def test_an_address_that_is_cut_off_can_be_read_whole(as_alice, firm, hire, workspace, make_contact):
    hire("Ana Lake", email="ana@parkway.example")
    make_contact(workspace, "Bo Tate", email="bo@elsewhere.example")
    page = text(as_alice.get(f"{page_of(firm)}?find=Bo"))
    for email in ("ana@parkway.example", "bo@elsewhere.example"):
        assert f'clip" title="{email}">' in page


def page_of(firm):
    return f"/businesses/{firm.pk}/"


def test_it_tells_its_data_and_its_people_by_name(as_alice, firm, hire, workspace, make_contact):
    for name in ("Owen Tate", "Arlo Benning"):
        hire(name)
    make_contact(workspace, "Zora Elsewhere")
    shown = text(as_alice.get(page_of(firm)))
    for words in ("Parkway Dental Group", "+15550100", 'href="https://parkway.example"', "1 Park", "2 people"):
        assert words in shown
    assert shown.index("Arlo Benning") < shown.index("Owen Tate")
    assert "Zora" not in shown


def test_profile_and_list_lead_to_it(as_alice, firm, hire):
    dana = hire("Dana Whitlock")
    assert f'href="{page_of(firm)}"' in text(as_alice.get(f"/contacts/{dana.pk}/"))
    assert f'href="{page_of(firm)}"' in text(as_alice.get("/contacts/"))


def test_people_come_page_by_page(as_alice, firm, hire):
    for number in range(27):
        hire(f"Dana Number{number:02}")
    first = text(as_alice.get(page_of(firm)))
    further = re.search(r'href="([^"]+after=[^"]+)"', first)[1]
    second = text(as_alice.get(further, **HTMX))
    names = [re.findall(r"<bdi>(Dana Number\d\d)</bdi></a>", part) for part in (first, second)]
    assert names == [[f"Dana Number{number:02}" for number in some] for some in (range(25), range(25, 27))]


def test_where_the_further_people_left_meanwhile_nobody_else_belongs_to_it(as_alice, firm, hire):
    people = [hire(f"Dana Number{number:02}") for number in range(27)]
    further = re.search(r'href="([^"]+after=[^"]+)"', text(as_alice.get(page_of(firm))))[1]
    type(people[0]).objects.filter(pk__in=[one.pk for one in people[25:]]).update(business_remote_id="")

    shown = text(as_alice.get(further, **HTMX))
    assert "Nobody else belongs to this business." in shown
    assert "belongs to this business yet" not in shown


@pytest.mark.parametrize("place", ["x", "WyJhIiwgMF0", "bnVsbA", "%00"])
def test_a_place_that_we_did_not_write_is_the_start(as_alice, firm, hire, place):
    hire("Dana Whitlock")
    assert "Dana Whitlock" in text(as_alice.get(f"{page_of(firm)}?after={place}&cursor={place}"))


def test_their_timelines_are_one_newest_first(as_alice, firm, hire, make_note):
    for name, days in (("Owen Tate", 3), ("Arlo Benning", 2), ("Owen Tate", 1)):
        contact = firm_contact(name) or hire(name)
        make_note(contact, f"Note of {days}", days_ago=days)
    shown = text(as_alice.get(page_of(firm)))
    assert shown.index("Note of 1") < shown.index("Note of 2") < shown.index("Note of 3")
    entry = ActivityEntry.objects.latest("occurred_at")
    assert f"/contacts/{entry.contact_id}/?item=entry-{entry.pk}" in shown


def test_an_address_says_how_far_down_both_lists_are_shown(as_alice, firm, hire, make_note):
    dana, *_ = (hire(f"Dana Number{number:02}") for number in range(30))
    for number in range(60):
        make_note(dana, f"Note {number}", days_ago=number)
    for address, people, rows in (("", 25, 50), ("?people=26&rows=51", 30, 60), ("?people=x&rows=-1", 25, 50)):
        shown = text(as_alice.get(page_of(firm) + address))
        assert (shown.count('id="member-'), shown.count('id="entry-')) == (people, rows)


def test_who_is_taken_out_far_down_stays_in_the_list_as_far_as_it_was_shown(as_alice, firm, hire):
    last = [hire(f"Dana Number{number:02}") for number in range(30)][-1]
    there = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{page_of(firm)}?people=30"}
    answer = as_alice.post(f"{page_of(firm)}people/{last.pk}/", {"out": "1"}, headers=there)
    assert text(answer).count('id="member-') == 30
    assert f'id="member-{last.pk}" tabindex="-1" autofocus' in text(answer)


def test_a_month_that_goes_on_has_one_heading_however_it_is_loaded(as_alice, firm, hire, make_note):
    dana = hire("Dana Whitlock")
    for _ in range(60):
        make_note(dana, days_ago=100)
    first = text(as_alice.get(page_of(firm)))
    older = text(as_alice.get(re.search(r'href="([^"]+cursor=[^"]+)"', first)[1], **HTMX))
    assert (first.count("past__day"), older.count("past__day"), older.count('id="entry-')) == (1, 0, 10)


def firm_contact(name):
    from integrations.activity.models import Contact

    return Contact.objects.filter(name=name).first()


class TestMerging:
    @pytest.fixture
    def entries(self, hire, workspace, now):
        """Four people with ten entries each, of which many share a moment."""
        people = [hire(f"Dana Number{number}") for number in range(4)]
        rows = [
            ActivityEntry(
                workspace=workspace,
                connection=one.connection,
                contact=one,
                kind="note",
                type="note",
                occurred_at=now - timedelta(hours=(place * 7 + number) % 9),
            )
            for number, one in enumerate(people)
            for place in range(10)
        ]
        ActivityEntry.objects.bulk_create(rows)
        found = ActivityEntry.objects.order_by("-occurred_at", "-id")
        return list(found.values_list("pk", flat=True))

    @pytest.mark.parametrize("size", [1, 3, 7, 50])
    def test_every_entry_comes_once_and_in_its_order_however_long_a_page_is(self, firm, entries, now, size):
        seen, place = [], None
        while True:
            page = merged.past_of(firm, now=now, after=place, size=size)
            seen += [row.entry.pk for row in page.rows]
            place = page.next_cursor
            if place is None:
                break
        assert seen == entries

    def test_what_lies_ahead_and_what_is_open_is_left_out(self, firm, entries, now):
        ActivityEntry.objects.filter(pk=entries[0]).update(occurred_at=now + timedelta(days=1))
        ActivityEntry.objects.filter(pk=entries[1]).update(is_open=True)
        page = merged.past_of(firm, now=now)
        assert {entries[0], entries[1]} & {row.entry.pk for row in page.rows} == set()

    def test_a_place_ahead_is_the_start(self, firm, entries, now):
        page = merged.past_of(firm, now=now, after=Cursor(now + timedelta(days=9), 1), size=5)
        assert [row.entry.pk for row in page.rows] == entries[:5]

    def test_it_takes_two_queries_however_many_people_there_are(
        self, firm, entries, now, django_assert_num_queries
    ):
        with django_assert_num_queries(2):
            merged.past_of(firm, now=now)


def test_the_page_costs_few_queries_however_many_people_there_are(
    as_alice, firm, hire, make_note, django_assert_max_num_queries
):
    for number in range(12):
        make_note(hire(f"Dana Number{number}"))
    with django_assert_max_num_queries(11):
        as_alice.get(page_of(firm))


class TestMoving:
    def test_somebody_is_found_and_taken_in(self, as_alice, alice, firm, workspace, make_contact):
        owen = make_contact(workspace, "Owen Tate")
        assert "Owen Tate" in text(as_alice.get(f"{page_of(firm)}?find=owen", **HTMX))

        answer = as_alice.post(f"{page_of(firm)}people/{owen.pk}/", **HTMX)

        write = Write.objects.get()
        assert (write.operation, write.changes, write.actor) == (
            ("contact.set_business", {"business_remote_id": firm.remote_id}, alice)
        )
        shown = text(answer)
        assert shown.index("Owen Tate") < shown.index("Sending to")

    def test_somebody_is_taken_out(self, as_alice, firm, hire):
        dana = hire("Dana Whitlock")
        answer = as_alice.post(f"{page_of(firm)}people/{dana.pk}/", {"out": "1"})
        assert answer["Location"] == page_of(firm)
        assert Write.objects.get().changes == {"business_remote_id": ""}

    def test_nobody_is_taken_into_one_that_was_deleted_but_people_leave_it(
        self, as_alice, firm, hire, workspace, make_contact, remote
    ):
        dana, owen = hire("Dana Whitlock"), make_contact(workspace, "Owen Tate")
        Business.objects.update(deleted_at=timezone.now())
        answer = as_alice.post(f"{page_of(firm)}people/{owen.pk}/", **HTMX)
        assert "This business was deleted in" in text(answer)
        assert not Write.objects.exists()
        assert remote.calls == []

        as_alice.post(f"{page_of(firm)}people/{dana.pk}/", {"out": "1"}, **HTMX)
        assert Write.objects.get().changes == {"business_remote_id": ""}

    def test_nobody_of_another_account(self, as_staff, firm, other_workspace, make_contact):
        owen = make_contact(other_workspace, "Owen Tate")
        assert as_staff.post(f"{page_of(firm)}people/{owen.pk}/").status_code == 404
        assert not Write.objects.exists()

    def test_an_account_that_is_only_read_offers_nothing_and_refuses(
        self, as_alice, firm, hire, workspace, remote
    ):
        dana, home = hire("Dana Whitlock"), home_of(workspace)
        home.may_write = False
        home.save()
        shown = text(as_alice.get(page_of(firm)))
        assert "Needs write access. An admin can allow writing." in shown
        assert 'name="out"' not in shown
        answer = as_alice.post(f"{page_of(firm)}people/{dana.pk}/", {"out": "1"}, **HTMX)
        assert "connected for reading" in text(answer)
        assert not Write.objects.exists()
        assert remote.calls == []


def test_nobody_of_it_and_nothing_that_happened_is_said(as_alice, firm):
    shown = text(as_alice.get(page_of(firm)))
    assert "Nobody belongs to this business yet." in shown
    assert "Nothing recorded for the people of this business." in shown


def test_strangers_find_nothing(as_mallory, firm):
    assert as_mallory.get(page_of(firm)).status_code == 404


def test_a_deleted_one_stays_readable(as_alice, firm, hire):
    hire("Dana Whitlock")
    Business.objects.update(deleted_at=timezone.now())
    shown = text(as_alice.get(page_of(firm)))
    assert "deleted in" in shown
    assert 'id="find"' not in shown
