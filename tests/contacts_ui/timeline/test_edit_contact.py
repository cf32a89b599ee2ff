"""A contact is edited in its profile: only what was changed is written, and nothing wrong is sent."""

import json
import re
from html.parser import HTMLParser

import pytest

from integrations.activity.models import Contact
from integrations.sync.models import Write
from tests.conftest import home_of

HTMX = {"headers": {"HX-Request": "true"}}


@pytest.fixture
def dana(workspace, make_contact):
    return make_contact(workspace, "Dana Whitlock", email="dana@example.com", phone="+18025550117")


def text(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def form(contact, **typed):
    """The form as it was opened, and what was typed into it."""
    known = ("first_name", "last_name", "email", "phone", "source")
    was = {name: getattr(contact, name) for name in known} | {"owner_id": contact.owner_remote_id, "business": ""}
    was |= {name: "" for name in typed if name not in was}
    return {**was, **typed, **{f"was.{name}": json.dumps(value) for name, value in was.items()}}


def save(browser, contact, **typed):
    return browser.post(f"/contacts/{contact.pk}/edit/", form(contact, **typed), **HTMX)


def test_the_form_holds_what_the_contact_has(as_alice, dana, make_user, workspace):
    make_user(workspace, "Priya Raman", remote_id="u1")
    opened = text(as_alice.get(f"/contacts/{dana.pk}/edit/", **HTMX))
    assert 'value="dana@example.com"' in opened
    assert '<option value="u1">Priya Raman</option>' in opened
    assert "<html" not in opened


def test_only_what_was_changed_is_written(as_alice, alice, dana):
    answer = save(as_alice, dana, email="dana@cedar.example")

    write = Write.objects.get()
    assert (write.operation, write.changes, write.base, write.actor) == (
        ("contact.update", {"email": "dana@cedar.example"}, {"email": "dana@example.com"}, alice)
    )
    assert 'dana@<wbr><span class="in-one">cedar<wbr>.example</span>' in text(answer)
    assert "Not confirmed in" in text(answer)


def test_the_heading_of_the_page_and_its_tab_take_the_new_name_with_the_profile(as_alice, dana):
    heading, tab = '<bdi id="named"{}>Dana Whitcombe</bdi>', "<title>Dana Whitcombe · Throughline</title>"
    saved = text(save(as_alice, dana, last_name="Whitcombe"))
    assert heading.format(' hx-swap-oob="innerHTML"') in saved
    assert tab in saved
    for address in (f"/contacts/{dana.pk}/", f"/contacts/{dana.pk}/live/"):
        page = text(as_alice.get(address))
        assert heading.format("") in page
        assert tab in page


def test_a_form_without_a_change_writes_nothing(as_alice, dana):
    assert save(as_alice, dana).status_code == 200
    assert not Write.objects.exists()


class Sent(HTMLParser):
    """The fields of a form as a browser sends them untouched, in its order and without breaks in a single line."""

    def __init__(self, answer):
        super().__init__()
        self.fields, self.box, self.select = [], "", ""
        self.feed(answer.text)

    def handle_starttag(self, tag, attrs):
        known = dict(attrs)
        if tag == "input" and (known.get("type") != "checkbox" or "checked" in known):
            self.fields.append((known.get("name"), re.sub(r"[\r\n]", "", known.get("value") or "")))
        elif tag == "textarea":
            self.box = known["name"]
        elif tag == "select":
            self.select = known["name"]
        elif tag == "option" and "selected" in known:
            self.fields.append((self.select, known["value"]))

    def handle_data(self, data):
        if self.box:
            lines = data.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\n")
            self.fields.append((self.box, lines.replace("\n", "\r\n")))
        self.box = ""

    def as_data(self):
        return {name: [value for one, value in self.fields if one == name] for name, _ in self.fields if name}


def test_a_form_that_a_browser_sends_back_untouched_writes_nothing(as_alice, dana, make_field, workspace):
    held = {
        "MULTIPLE_OPTIONS": (["Solar", "Drainage"], ["Drainage", "Skylights", "Solar"]),
        "TEXTBOX_LIST": ([" one", "two "], []),
        "SINGLE_OPTIONS": (" Flat ", [" Flat ", "Tile"]),
        "TEXT": (" two\nlines ", []),
        "LARGE_TEXT": ("\nfirst\rsecond ", []),
    }
    for kind, (_, options) in held.items():
        make_field(workspace, kind, data_type=kind, remote_id=kind, payload={"picklistOptions": options})
    Contact.objects.update(
        first_name="Dana ", custom_fields=[{"id": kind, "value": value} for kind, (value, _) in held.items()]
    )

    sent = Sent(as_alice.get(f"/contacts/{dana.pk}/edit/", **HTMX)).as_data()
    answer = as_alice.post(f"/contacts/{dana.pk}/edit/", sent, **HTMX)

    assert sent["custom_fields.MULTIPLE_OPTIONS"] == ["Drainage", "Solar"]
    assert sent["custom_fields.SINGLE_OPTIONS"] == [" Flat "]
    assert answer.status_code == 200
    assert [write.changes for write in Write.objects.all()] == []


def test_it_works_without_scripts(as_alice, dana):
    answer = as_alice.post(f"/contacts/{dana.pk}/edit/", form(dana, source="Web"))
    assert answer["Location"] == f"/contacts/{dana.pk}/"
    assert Write.objects.get().changes == {"source": "Web"}
    assert "<html" in text(as_alice.get(f"/contacts/{dana.pk}/edit/"))


def test_emptied_is_written_as_empty(as_alice, dana):
    save(as_alice, dana, phone="")
    assert Write.objects.get().changes == {"phone": ""}


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("email", "dana(at)cedar", "dana(at)cedar is not an email address."),
        ("phone", "12", "12 is not a phone number."),
        ("owner_id", "u9", "The user u9 is not known here."),
        ("business", "Nobody Ltd", "No business is called Nobody Ltd."),
    ],
)
def test_what_cannot_be_taken_is_said_at_its_field_and_nothing_is_lost(as_alice, dana, field, typed, sentence):
    answer = save(as_alice, dana, source="Web", **{field: typed})

    shown = text(answer)
    assert (answer.status_code, answer["X-Part"]) == (422, "1")
    at = shown.index(f'id="field-{field}-error"')
    assert sentence in shown[at : at + 900]
    assert 'value="Web"' in shown
    assert not Write.objects.exists()


def test_all_that_is_wrong_is_said_at_once(as_alice, dana):
    shown = text(save(as_alice, dana, email="nope", phone="12"))
    assert "nope is not an email address." in shown
    assert "12 is not a phone number." in shown


def test_somebody_stays_somebody(as_alice, dana):
    answer = save(as_alice, dana, first_name="", last_name="", email="", phone="")
    assert "A contact needs a name, an email or a phone number." in text(answer)
    assert not Write.objects.exists()


def test_a_value_that_changed_while_the_form_was_open_is_shown_before_it_is_replaced(as_alice, dana):
    typed = form(dana, email="mine@example.com")
    Contact.objects.filter(pk=dana.pk).update(email="theirs@example.com")

    answer = as_alice.post(f"/contacts/{dana.pk}/edit/", typed, **HTMX)

    assert answer.status_code == 422
    assert "This was changed to “theirs@example.com” after you opened the form." in text(answer)
    assert not Write.objects.exists()
    dana.refresh_from_db()
    assert save(as_alice, dana, email="mine@example.com").status_code == 200
    assert Write.objects.get().base == {"email": "theirs@example.com"}


def test_a_business_is_chosen_by_its_name(as_alice, dana, make_business, workspace):
    firm = make_business(workspace, "Parkway Dental Group")
    save(as_alice, dana, business="parkway dental group")
    write = Write.objects.get()
    assert (write.operation, write.changes) == ("contact.set_business", {"business_remote_id": firm.remote_id})


@pytest.mark.parametrize(
    ("data_type", "options", "typed", "written"),
    [
        ("TEXT", [], "Flat", "Flat"),
        ("NUMERICAL", [], "1,200", 1200),
        ("DATE", [], "2026-12-24", "2026-12-24"),
        ("DATE", [], "2026-12-24T00:00:00.000Z", "2026-12-24T00:00:00.000Z"),
        ("PHONE", [], "+1 802 555 0117", "+1 802 555 0117"),
        ("EMAIL", [], "dana@cedar.example", "dana@cedar.example"),
        ("SINGLE_OPTIONS", ["Flat", "Slate"], "Slate", "Slate"),
        ("MULTIPLE_OPTIONS", ["Solar", "Drain"], ["Solar", "Drain"], ["Solar", "Drain"]),
        ("CHECKBOX", ["Yes"], ["Yes"], ["Yes"]),
    ],
)
def test_custom_fields_are_written_by_their_type(
    as_alice, dana, make_field, workspace, data_type, options, typed, written
):
    make_field(workspace, "Roof", remote_id="f1", data_type=data_type, payload={"picklistOptions": options})
    answer = save(as_alice, dana, **{"custom_fields.f1": typed})
    assert answer.status_code == 200
    assert Write.objects.get().changes == {"custom_fields.f1": written}


@pytest.mark.parametrize(
    ("data_type", "typed", "sentence"),
    [
        ("NUMERICAL", "many", "Sites must be a number."),
        ("DATE", "soon", "Sites must be a date, such as 2026-12-24."),
        ("DATE", "2026-02-30", "Sites must be a date, such as 2026-12-24."),
        ("PHONE", "12", "Sites must be a phone number"),
        ("EMAIL", "dana@", "Sites must be an email address."),
    ],
)
def test_a_wrong_custom_field_is_named_at_its_own_place(
    as_alice, dana, make_field, workspace, remote, data_type, typed, sentence
):
    make_field(workspace, "Sites", remote_id="f1", data_type=data_type)
    shown = text(save(as_alice, dana, **{"custom_fields.f1": typed}))
    at = shown.index('id="field-custom_fields-f1-error"')
    assert sentence in shown[at : at + 900]
    assert not Write.objects.exists()
    assert remote.calls == []


def test_a_long_text_stands_in_its_box_as_it_is(as_alice, dana, make_field, workspace):
    make_field(workspace, "Access", remote_id="f1", data_type="LARGE_TEXT")
    Contact.objects.filter(pk=dana.pk).update(custom_fields=[{"id": "f1", "value": "By the gate.\nRing twice."}])
    shown = as_alice.get(f"/contacts/{dana.pk}/edit/", **HTMX).content.decode()
    # A browser leaves out the first line break of a box, and no other.
    assert re.search(r"<textarea[^>]*>\n([^<]*)</textarea>", shown)[1] == "By the gate.\nRing twice."


def test_a_file_is_a_link_with_a_sentence_and_no_input(as_alice, dana, make_field, workspace):
    make_field(workspace, "Plan", remote_id="f1", data_type="FILE_UPLOAD")
    held = {"x": {"meta": {"originalname": "roof.pdf"}, "url": "https://files.example/roof.pdf"}}
    Contact.objects.filter(pk=dana.pk).update(custom_fields=[{"id": "f1", "value": held}])
    shown = text(as_alice.get(f"/contacts/{dana.pk}/edit/", **HTMX))
    assert '<a href="https://files.example/roof.pdf"' in shown
    assert "It has no way to do that from here." in shown
    assert 'name="custom_fields.f1"' not in shown


def test_a_choice_that_is_no_longer_offered_stays_until_somebody_chooses(as_alice, dana, make_field, workspace):
    make_field(workspace, "Roof", remote_id="f1", data_type="RADIO", payload={"picklistOptions": ["Flat"]})
    Contact.objects.filter(pk=dana.pk).update(custom_fields=[{"id": "f1", "value": "Thatch"}])
    shown = text(as_alice.get(f"/contacts/{dana.pk}/edit/", **HTMX))
    assert '<option value="Thatch" selected>Thatch (no longer offered)</option>' in shown


class TestAnAccountThatIsOnlyRead:
    @pytest.fixture(autouse=True)
    def _read_only(self, dana, workspace):
        home = home_of(workspace)
        home.may_write = False
        home.save()

    def test_offers_nothing_and_says_why(self, as_carol, dana):
        shown = text(as_carol.get(f"/contacts/{dana.pk}/"))
        assert "This account is connected for reading. An admin can allow writing." in shown
        assert 'data-key="edit"' not in shown
        assert 'data-key="tags"' not in shown
        assert "Delete contact" not in shown

    @pytest.mark.parametrize("act", ["edit", "tags", "delete"])
    def test_refuses_all_the_same(self, as_carol, dana, remote, act):
        typed = form(dana, email="x@example.com") | {"add": "vip", "name": "Dana Whitlock"}
        answer = as_carol.post(f"/contacts/{dana.pk}/{act}/", typed, **HTMX)
        assert "This account is connected for reading." in text(answer)
        assert not Write.objects.exists()
        assert remote.calls == []


def test_a_deleted_contact_cannot_be_edited(as_alice, dana, now):
    Contact.objects.filter(pk=dana.pk).update(deleted_at=now)
    assert "was deleted, so nothing can be changed" in text(save(as_alice, dana, email="x@example.com"))
    assert not Write.objects.exists()


def test_what_failed_is_told_on_the_profile_beside_what_the_provider_says(as_alice, dana):
    save(as_alice, dana, email="mine@example.com")
    Write.objects.update(state="failed", reason="GHL said no.")
    shown = text(as_alice.get(f"/contacts/{dana.pk}/"))
    assert "GHL said no." in shown
    assert "Edit contact “Dana Whitlock”" in shown  # not the value that is to go
    assert 'dana@<wbr><span class="in-one">example<wbr>.com</span>' in shown


def test_opening_the_form_costs_few_queries_whatever_the_account_has(
    as_alice, dana, make_user, make_field, make_business, workspace, django_assert_max_num_queries
):
    for number in range(12):
        make_user(workspace, f"User {number}")
        make_field(workspace, f"Field {number}")
        make_business(workspace, f"Firm {number}")
    with django_assert_max_num_queries(10):
        as_alice.get(f"/contacts/{dana.pk}/edit/", **HTMX)


class TestDeleting:
    def test_only_an_admin_is_offered_it(self, as_alice, as_bob, as_carol, dana):
        address = f"/contacts/{dana.pk}/delete/"
        assert [browser.get(address).status_code for browser in (as_alice, as_bob, as_carol)] == [404, 404, 200]
        assert "Delete contact" not in text(as_bob.get(f"/contacts/{dana.pk}/"))
        assert "Delete contact" in text(as_carol.get(f"/contacts/{dana.pk}/"))

    def test_it_takes_the_name(self, as_carol, dana):
        answer = as_carol.post(f"/contacts/{dana.pk}/delete/", {"name": "Dana"})
        assert answer.status_code == 422
        assert "The name does not match. Nothing was deleted." in text(answer)
        assert not Write.objects.exists()

    def test_it_waits_for_an_undo_and_says_so_on_the_profile(self, as_carol, dana, settings):
        settings.WRITE_UNDO_SECONDS = 30
        as_carol.post(f"/contacts/{dana.pk}/delete/", {"name": " Dana Whitlock "})
        write = Write.objects.get()
        assert (write.operation, write.state) == ("contact.delete", "queued")
        shown = text(as_carol.get(f"/contacts/{dana.pk}/"))
        assert f"/changes/{write.pk}/undo/" in shown
        assert 'data-key="edit"' not in shown
