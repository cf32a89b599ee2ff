"""What can be done about a change by its own addresses: from any page, with and without scripts."""

import re
from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations.activity.models import Note
from integrations.sync.models import Write
from integrations.sync.push.commands import new_write
from integrations.workspace.models import Workspace

HTMX = {"headers": {"HX-Request": "true"}}


@pytest.fixture
def make_own(make_write, workspace, alice):
    def _make(state="failed", **fields):
        return make_write(workspace, state, **{"actor": alice, "settled_at": timezone.now()} | fields)

    return _make


def text(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def look(answer):
    return re.search(r'data-look="(\w+)"', text(answer))[1]


def press(browser, write, act):
    return browser.post(f"/changes/{write.pk}/{act}/", **HTMX)


@pytest.mark.parametrize(
    ("fields", "shown", "words", "acts"),
    [
        ({"state": "queued"}, "sending", "Sending to GHL", set()),
        ({"state": "queued", "not_before": "later"}, "waits", "Sends in", {"undo", "hold"}),
        ({"state": "queued", "reason": "Not sent yet."}, "waits", "Not sent yet.", {"undo"}),
        ({"state": "sending"}, "sending", "Sending to GHL", set()),
        ({"reason": "Refused."}, "failed", "Refused.", {"retry", "dismiss"}),
        ({"reason": "Refused.", "can_retry": False}, "failed", "Refused.", {"dismiss"}),
        ({"is_unknown": True}, "unknown", "Unknown", {"retry", "dismiss"}),
        ({"state": "conflict"}, "conflict", "Choose a value", {"settle"}),
        ({"state": "confirmed"}, "confirmed", "Confirmed in GHL", set()),
        ({"state": "undone"}, "over", "Undone. Nothing was sent.", set()),
        ({"state": "dismissed"}, "over", "Dismissed", set()),
    ],
)
def test_every_state_has_a_look_words_and_what_may_be_pressed(as_alice, make_own, fields, shown, words, acts):
    if fields.get("not_before"):
        fields = fields | {"not_before": timezone.now() + timedelta(hours=1)}
    write = make_own(**fields)

    answer = as_alice.get(f"/changes/{write.pk}/", **HTMX)

    assert look(answer) == shown
    assert words in text(answer)
    offered = set(re.findall(rf"/changes/{write.pk}/(\w+)/", text(answer)))
    offered |= {"settle"} if f"/conflicts/#write-{write.pk}" in text(answer) else set()
    assert offered == acts


def test_what_still_looks_the_same_is_not_drawn_again(as_alice, make_own):
    write = make_own("sending")
    address = f"/changes/{write.pk}/?seen=sending"
    assert as_alice.get(address, **HTMX).status_code == 204

    Write.objects.update(state="confirmed")

    answer = as_alice.get(address, **HTMX)
    assert (look(answer), answer["HX-Trigger"]) == ("confirmed", '{"write-changed": {}}')


def test_only_what_is_on_its_way_asks_how_it_goes_on(as_alice, make_own):
    sent, failed = make_own("sending"), make_own()
    assert "every 1s" in text(as_alice.get(f"/changes/{sent.pk}/", **HTMX))
    assert "every 1s" not in text(as_alice.get(f"/changes/{failed.pk}/", **HTMX))


def test_a_retry_is_drawn_as_the_new_change_and_tells_the_page(as_alice, make_own):
    write = make_own()

    answer = press(as_alice, write, "retry")

    again = Write.objects.open().get()
    assert f'id="pending-{again.pk}"' in text(answer)
    assert "Complete task “Send references” is being sent again." in text(answer)
    assert answer["HX-Trigger"] == '{"write-changed": {}}'
    assert b"<html" not in answer.content


def test_a_retry_that_is_refused_says_so_in_its_place(as_alice, make_own, remote):
    write = make_own()
    remote.may_write = False

    answer = press(as_alice, write, "retry")

    assert "was not sent. This account is connected for reading." in text(answer)
    assert look(answer) == "failed"
    assert not answer.has_header("HX-Trigger")


def test_a_failure_can_be_put_away_and_the_number_goes_with_it(as_alice, make_own):
    write, _ = make_own(), make_own()
    answer = press(as_alice, write, "dismiss")
    assert look(answer) == "over"
    assert re.search(r'id="changes-count" hx-swap-oob="true">1<', text(answer))
    assert "was settled already" in text(press(as_alice, write, "dismiss"))


def test_what_waits_can_be_held_and_taken_back(as_alice, make_own):
    write = make_own("queued", not_before=timezone.now() + timedelta(seconds=1))
    assert press(as_alice, write, "hold")["X-Held"] == "yes"
    assert look(press(as_alice, write, "undo")) == "over"
    assert press(as_alice, write, "hold")["X-Held"] == "no"
    assert "too late to undo" in text(press(as_alice, write, "undo"))


def test_without_scripts_the_page_it_was_pressed_on_comes_back_and_says_what_became_of_it(as_alice, make_own):
    write = make_own()
    page = "/contacts/?q=dana"
    answer = as_alice.post(f"/changes/{write.pk}/dismiss/", headers={"Referer": f"http://testserver{page}"})
    assert answer.url == page
    assert "dismissed. Nothing was sent." in text(as_alice.get(page))
    assert (
        as_alice.post(f"/changes/{write.pk}/dismiss/").url
        == as_alice.get(f"/changes/{write.pk}/").url
        == "/changes/"
    )


def test_a_colleague_sees_and_does_nothing_and_a_manager_all(
    as_bob, alice, make_own, workspace, sign_in, make_write
):
    write = make_own()
    assert look(press(as_bob, write, "dismiss")) == "over"
    of_bob = make_write(workspace)
    assert press(sign_in(alice), of_bob, "dismiss").status_code == 404


@pytest.fixture
def edited_note(workspace, make_contact, make_note, bob):
    """An edit that a manager made of a note of somebody else, and that was refused."""
    note = make_note(make_contact(workspace), remote_id="n1")
    asked = {"actor": bob, "state": "failed", "not_before": timezone.now(), "reason": "Refused."}
    write = new_write("note.update", note, {"body": "New"}, **asked)
    write.save()
    return write


def acts_of(page, write):
    return set(re.findall(rf"/changes/{write.pk}/(edit|retry|dismiss)/", text(page)))


@pytest.mark.parametrize(
    ("right", "offered"),
    [("all", {"edit", "retry", "dismiss"}), ("own", {"dismiss"}), ("none", {"dismiss"})],
)
def test_who_may_not_edit_a_note_is_not_offered_to_edit_or_retry_a_change_of_it(
    as_bob, workspace, edited_note, right, offered
):
    Workspace.objects.update(managers_edit_notes=right)
    contact = f"/contacts/{edited_note.contact_id}/"

    for address in ("/changes/", "/sync/", contact):
        page = as_bob.get(address)
        assert acts_of(page, edited_note) == offered
        assert ("An admin can retry this." in text(page)) == (right != "all")
    assert acts_of(as_bob.get(f"/changes/{edited_note.pk}/", **HTMX), edited_note) == offered


def test_their_own_note_is_one_that_they_may_edit(as_bob, bob, edited_note):
    Workspace.objects.update(managers_edit_notes="own")
    asked = {"actor": bob, "state": "confirmed", "not_before": timezone.now()}
    new_write("note.create", Note.objects.get(), {"body": "Mine"}, **asked).save()

    for address in ("/changes/", "/sync/"):
        assert acts_of(as_bob.get(address), edited_note) == {"edit", "retry", "dismiss"}


def test_the_rights_to_many_notes_cost_two_queries_more(as_bob, workspace, edited_note):
    def queries():
        with CaptureQueriesContext(database) as asked:
            as_bob.get("/changes/")
        return len(asked)

    for _ in range(5):
        edited_note.pk = None
        edited_note.save(force_insert=True)
    before = queries()
    Workspace.objects.update(managers_edit_notes="own")
    assert queries() == before + 2


@pytest.fixture
def deletion(workspace, make_contact, bob):
    """Of a contact, that failed: a manager's, who was an admin when they asked for it."""
    asked = {"actor": bob, "state": "failed", "not_before": timezone.now(), "reason": "Refused."}
    write = new_write("contact.delete", make_contact(workspace), {}, **asked)
    write.save()
    return write


def pages_of(write):
    return "/changes/", "/sync/", f"/contacts/{write.target_id}/"


def test_who_may_not_delete_contacts_is_told_who_may_instead_of_being_offered_to_retry(as_bob, deletion, remote):
    for address in pages_of(deletion):
        page = as_bob.get(address)
        assert acts_of(page, deletion) == {"dismiss"}
        assert "Refused. An admin can retry this." in text(page)
    refused = press(as_bob, deletion, "retry")
    assert "Only an admin of Cedar North can retry this." in text(refused)
    assert Write.objects.get().state == "failed"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "A colleague must retry this. An admin can retry this."),
        ({"personal": True}, "must retry this.</span>"),
    ],
)
def test_whether_a_reason_says_who_may_retry_is_not_read_out_of_its_words(as_bob, deletion, remote, options, told):
    Write.objects.update(options=options, reason="A colleague must retry this.")

    assert told in text(as_bob.get("/changes/"))


def test_an_admin_is_offered_to_retry_the_deletion_of_a_contact(sign_in, carol, deletion):
    as_carol = sign_in(carol)

    for address in ("/sync/", f"/contacts/{deletion.target_id}/"):
        assert acts_of(as_carol.get(address), deletion) == {"retry", "dismiss"}
