"""A new contact: checked before any call, made once however often it is sent, and opened once it is there."""

import re

import pytest
from django.utils import timezone

from integrations.activity.models import ShownField
from integrations.connections.models import Connection
from integrations.sync.models import Write
from integrations.workspace.models import Membership
from tests.conftest import home_of

HTMX = {"headers": {"HX-Request": "true"}}
FORM = "0123456789abcdef0123456789abcdef"


def text(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def send(browser, **typed):
    return browser.post("/contacts/new/", {"form": FORM, **typed})


def test_the_list_offers_it(as_alice, workspace, make_contact):
    make_contact(workspace)
    assert 'href="/contacts/new/"' in text(as_alice.get("/contacts/"))


def test_what_was_filled_in_is_written(as_alice, alice, workspace):
    answer = send(as_alice, first_name="Arlo", email="arlo@example.com", company="Bell & Co", tags="vip, roof")

    write = Write.objects.get()
    assert answer["Location"] == f"/contacts/new/{write.pk}/"
    assert (write.operation, write.actor, write.target_id) == ("contact.create", alice, None)
    filled = {"first_name": "Arlo", "email": "arlo@example.com", "company": "Bell & Co"}
    assert write.changes == filled | {"tag_names": ["vip", "roof"]}


def test_sent_twice_it_is_made_once(as_alice, workspace):
    first, again = send(as_alice, first_name="Arlo"), send(as_alice, first_name="Arlo")
    assert first["Location"] == again["Location"]
    assert Write.objects.count() == 1


def test_whoever_goes_back_to_the_form_and_fills_in_somebody_else_adds_both(as_alice, workspace):
    first, other = send(as_alice, first_name="Arlo"), send(as_alice, first_name="Berta")
    assert first["Location"] != other["Location"]
    assert [one.changes for one in Write.objects.order_by("id")] == [
        {"first_name": "Arlo"},
        {"first_name": "Berta"},
    ]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "A new contact needs a name, an email or a phone number."),
        ({"first_name": "Arlo", "email": "nope"}, "nope is not an email address."),
        ({"first_name": "Arlo", "phone": "12"}, "12 is not a phone number."),
        ({"first_name": "Arlo", "owner_id": "u9"}, "The user u9 is not known here."),
    ],
)
def test_what_cannot_be_taken_is_said_before_any_call(as_alice, workspace, remote, typed, sentence):
    answer = send(as_alice, source="Web", **typed)
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert 'value="Web"' in text(answer)
    assert f'value="{FORM}"' in text(answer)
    assert not Write.objects.exists()
    assert remote.calls == []


def test_an_account_that_is_only_read_says_so(as_alice, workspace):
    home_of(workspace).__class__.objects.update(may_write=False)
    assert "connected for reading" in text(as_alice.get("/contacts/new/"))
    assert "connected for reading" in text(send(as_alice, first_name="Arlo"))
    assert not Write.objects.exists()


class TestHowItStands:
    @pytest.fixture
    def write(self, as_alice, workspace):
        send(as_alice, first_name="Arlo")
        return Write.objects.get()

    def test_it_is_told_while_it_is_on_its_way(self, as_alice, write):
        shown = text(as_alice.get(f"/contacts/new/{write.pk}/"))
        assert "Arlo" in shown
        assert "Sending to" in shown
        assert as_alice.get(f"/contacts/new/{write.pk}/?seen=sending", **HTMX).status_code == 204

    @pytest.mark.parametrize(
        ("reason", "words"),
        [
            ("", "Added in "),
            ("GHL had this contact already. It was used instead of a second one.", "used instead"),
        ],
    )
    def test_its_page_opens_once_it_is_there(self, as_alice, write, make_contact, workspace, reason, words):
        contact = make_contact(workspace, "Arlo", remote_id="new1")
        known = {"remote_id": "new1", "target_id": contact.pk, "reason": reason}
        Write.objects.update(state="confirmed", settled_at=timezone.now(), **known)

        asked = as_alice.get(f"/contacts/new/{write.pk}/?seen=sending", **HTMX)

        # The page loads itself again and gives way: Back from the contact leads to the form, not round to here.
        assert (asked["HX-Refresh"], asked.get("HX-Redirect")) == ("true", None)
        opened = as_alice.get(f"/contacts/new/{write.pk}/", follow=True)
        assert opened.redirect_chain == [(f"/contacts/{contact.pk}/", 302)]
        assert text(opened).count(words) == 1

    def test_a_failure_is_told_with_what_can_be_done(self, as_alice, write):
        Write.objects.update(state="failed", reason="GHL said no.")
        shown = text(as_alice.get(f"/contacts/new/{write.pk}/"))
        assert "GHL said no." in shown
        assert f"/changes/{write.pk}/retry/" in shown

    def test_it_is_nobody_elses(self, as_mallory, write):
        assert as_mallory.get(f"/contacts/new/{write.pk}/").status_code == 404


class TestCustomFields:
    @pytest.mark.parametrize(
        ("data_type", "options", "typed", "written"),
        [
            ("TEXT", [], "Flat", "Flat"),
            ("LARGE_TEXT", [], "By the gate.\nRing twice.", "By the gate.\nRing twice."),
            ("NUMERICAL", [], "1,200", 1200),
            ("MONETORY", [], "99.50", 99.5),
            ("PHONE", [], "+18025550117", "+18025550117"),
            ("DATE", [], "2026-12-24", "2026-12-24"),
            ("SINGLE_OPTIONS", ["Flat", "Slate"], "Slate", "Slate"),
            ("RADIO", ["Flat", "Slate"], "Flat", "Flat"),
            ("MULTIPLE_OPTIONS", ["Solar", "Drain"], ["Solar", "Drain"], ["Solar", "Drain"]),
            ("CHECKBOX", ["Yes"], ["Yes"], ["Yes"]),
            ("TEXTBOX_LIST", [], "North\nSouth", ["North", "South"]),
        ],
    )
    def test_each_is_asked_and_written_by_its_type(
        self, as_alice, make_field, workspace, data_type, options, typed, written
    ):
        make_field(workspace, "Roof", remote_id="f1", data_type=data_type, payload={"picklistOptions": options})
        assert 'name="custom_fields.f1"' in text(as_alice.get("/contacts/new/"))
        assert send(as_alice, first_name="Arlo", **{"custom_fields.f1": typed}).status_code == 302
        assert Write.objects.get().changes == {"first_name": "Arlo", "custom_fields.f1": written}

    def test_what_is_left_empty_is_not_sent(self, as_alice, make_field, workspace):
        make_field(workspace, "Roof", remote_id="f1", data_type="TEXT")
        send(as_alice, first_name="Arlo", **{"custom_fields.f1": ""})
        assert Write.objects.get().changes == {"first_name": "Arlo"}

    def test_a_custom_field_alone_names_nobody(self, as_alice, make_field, workspace):
        make_field(workspace, "Roof", remote_id="f1", data_type="TEXT")
        answer = send(as_alice, **{"custom_fields.f1": "Flat"})
        assert "A new contact needs a name, an email or a phone number." in text(answer)
        assert not Write.objects.exists()

    def test_a_wrong_one_is_named_at_its_place_in_an_open_fold_and_nothing_is_lost(
        self, as_alice, make_field, workspace, remote
    ):
        for number in range(12):
            make_field(workspace, f"Field {number}", remote_id=f"f{number}", data_type="TEXT")
        make_field(workspace, "Sites", remote_id="sites", data_type="NUMERICAL")
        typed = {"custom_fields.sites": "many", "custom_fields.f3": "Kept as typed"}

        answer = send(as_alice, first_name="Arlo", **typed)

        shown = text(answer)
        assert answer.status_code == 422
        at = shown.index('id="field-custom_fields-sites-error"')
        assert "Sites must be a number." in shown[at : at + 900]
        assert '<details class="more-fields" open>' in shown
        assert 'value="Kept as typed"' in shown
        assert 'value="many"' in shown
        assert re.search(r'id="field-custom_fields-sites"[^>]* autofocus', shown), "there the person goes on"
        assert shown.count(" autofocus") == 1
        assert not Write.objects.exists()
        assert remote.calls == []

    def test_few_stand_open_and_many_are_folded(self, as_alice, make_field, workspace):
        make_field(workspace, "Roof", remote_id="f1")
        assert '<details class="more-fields" open>' in text(as_alice.get("/contacts/new/"))
        for number in range(40):
            make_field(workspace, f"Field {number}")
        shown = text(as_alice.get("/contacts/new/"))
        assert '<details class="more-fields">' in shown
        assert 'More fields <span class="muted">41</span>' in shown

    def test_those_that_profiles_show_come_first_under_their_heading(self, as_alice, make_field, workspace):
        make_field(workspace, "Hidden one", remote_id="f1")
        make_field(workspace, "Seen one", remote_id="f2")
        ShownField.objects.create(workspace=workspace, remote_id="f1", position=0, is_shown=False)
        shown = text(as_alice.get("/contacts/new/"))
        words = ("Shown on profiles", "Seen one", "Other fields", "Hidden one")
        assert sorted(words, key=shown.index) == list(words)

    def test_files_are_named_as_what_is_added_there(self, as_alice, make_field, workspace):
        make_field(workspace, "Plan", remote_id="f1", data_type="FILE_UPLOAD")
        shown = text(as_alice.get("/contacts/new/"))
        assert "Plan: files are added in" in shown
        assert 'name="custom_fields.f1"' not in shown

    def test_what_is_not_offered_any_more_is_said(self, as_alice, make_field, workspace):
        for number in range(103):
            make_field(workspace, f"Field {number}")
        assert "3 more custom fields are not listed." in text(as_alice.get("/contacts/new/"))

    def test_sent_twice_with_them_it_is_made_once(self, as_alice, make_field, workspace):
        make_field(workspace, "Roof", remote_id="f1", data_type="TEXT")
        for _ in range(2):
            send(as_alice, first_name="Arlo", **{"custom_fields.f1": "Flat"})
        assert Write.objects.count() == 1

    def test_a_field_that_has_gone_is_said_and_the_rest_stays_typed(self, as_alice, workspace):
        answer = send(as_alice, first_name="Arlo", **{"custom_fields.gone": "Flat"})
        assert answer.status_code == 422
        assert "Nothing was sent. Cedar North does not have some of the fields" in text(answer)
        assert 'value="Arlo"' in text(answer)
        assert not Write.objects.exists()

    def test_many_cost_no_more_queries_than_few(
        self, as_alice, make_field, workspace, django_assert_max_num_queries
    ):
        for number in range(40):
            make_field(workspace, f"Field {number}")
        with django_assert_max_num_queries(10):
            as_alice.get("/contacts/new/")


def test_another_account_brings_its_own_fields_and_keeps_what_was_typed(
    as_alice, alice, make_field, workspace, other_workspace
):
    Membership.objects.create(user=alice, workspace=other_workspace, role=Membership.Role.REP)
    make_field(workspace, "Roof", remote_id="f1")
    make_field(other_workspace, "Cellar", remote_id="f2")

    switched = text(send(as_alice, account=other_workspace.pk, first_name="Arlo", switch="1"))

    assert "Cellar" in switched
    assert "Roof" not in switched
    assert 'value="Arlo"' in switched
    assert not Write.objects.exists()


@pytest.mark.parametrize("was", ["left", "read"])
def test_no_other_account_takes_the_place_of_one_that_takes_no_contacts_any_more(
    as_alice, alice, workspace, other_workspace, was
):
    Membership.objects.create(user=alice, workspace=other_workspace, role="rep")
    if was == "left":
        Membership.objects.filter(user=alice, workspace=workspace).delete()
    else:
        Connection.objects.filter(workspace=workspace).update(may_write=False)
    answer = send(as_alice, account=workspace.pk, first_name="Arlo")

    assert answer.status_code == 422
    assert "You can no longer add contacts to the account of this form." in text(answer)
    assert 'value="Arlo"' in text(answer)
    assert f'name="account" value="{other_workspace.pk}"' in text(answer)
    assert not Write.objects.exists()


@pytest.fixture
def both(alice, workspace, other_workspace, make_field, make_user):
    """Two accounts of hers with fields of their own."""
    Membership.objects.create(user=alice, workspace=other_workspace, role=Membership.Role.REP)
    sides = [{"remote_id": f"f{number}"} for number in range(8)]
    make_field(workspace, "Roof", **sides[0])
    make_field(other_workspace, "roof", **sides[1])
    make_field(workspace, "Storeys", data_type="NUMERICAL", **sides[2])
    make_field(other_workspace, "Storeys", data_type="TEXT", **sides[3])
    shade = {"data_type": "SINGLE_OPTIONS"}
    make_field(workspace, "Shade", **shade, payload={"picklistOptions": ["Red", "Blue"]}, **sides[4])
    make_field(other_workspace, "Shade", **shade, payload={"picklistOptions": ["Red", "Green"]}, **sides[5])
    make_field(workspace, "Cellar", **sides[6])
    make_user(workspace, remote_id="u1")
    return other_workspace


def switch(browser, workspace, other, **filled):
    typed = {f"custom_fields.{name}" if name[0] == "f" else name: value for name, value in filled.items()}
    return text(send(browser, account=other.pk, drawn_for=workspace.pk, switch="1", **typed))


def value_of(page, name):
    return re.search(rf'name="custom_fields.{name}"[^>]* value="([^"]*)"', page)[1]


def test_custom_fields_of_the_same_name_and_type_go_along(as_alice, workspace, both):
    page = switch(as_alice, workspace, both, f0="Flat", f4="Red")

    assert value_of(page, "f1") == "Flat"
    assert re.search(r'<option value="Red" selected>', page)
    assert "left out" not in page


def test_what_the_other_account_has_no_place_for_is_named(as_alice, workspace, both):
    page = switch(as_alice, workspace, both, f0="Flat", f2="3", f4="Blue", f6="Dry", owner_id="u1")

    named = "Cedar South does not have these, so what you filled in was left out: Owner, Cellar, Shade, Storeys."
    assert named in page
    assert (value_of(page, "f1"), value_of(page, "f3")) == ("Flat", "")


def test_so_it_is_where_no_script_switches_the_form(as_alice, workspace, both):
    answer = send(
        as_alice, account=both.pk, drawn_for=workspace.pk, first_name="Arlo", **{"custom_fields.f0": "Flat"}
    )

    assert answer.status_code == 422
    assert value_of(text(answer), "f1") == "Flat"
    assert not Write.objects.exists()


def test_nor_is_an_owner_left_out_unseen(as_alice, workspace, both):
    answer = send(as_alice, account=both.pk, drawn_for=workspace.pk, first_name="Arlo", owner_id="u1")

    assert answer.status_code == 422
    assert "what you filled in was left out: Owner." in text(answer)
    assert not Write.objects.exists()
