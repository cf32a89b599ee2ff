"""Notes written here: what each press stores and shows, with htmx and without JavaScript, and who may."""

import json
from uuid import uuid4

import pytest
from django.test import Client

from contacts_ui.components.record_form import RecordForm
from integrations.activity.models import Note
from integrations.sync.models import Write
from integrations.workspace.models import AuditEntry

HTMX = {"HX-Request": "true"}
BODY = "Spoke about the <b>roof</b>"


@pytest.fixture
def dana(workspace, make_contact):
    return make_contact(workspace)


@pytest.fixture
def note(dana, make_note):
    """A note that somebody else wrote in the other system."""
    return make_note(dana, "Left a voicemail.", title="Call", colour="#FFF2CC")


@pytest.fixture
def add(dana):
    """Sends the form of a new note."""

    def _add(client, headers=HTMX, **fields):
        return client.post(f"/contacts/{dana.pk}/notes/add/", {"body": BODY, **fields}, headers=headers)

    return _add


@pytest.fixture
def save(note):
    """Sends the form of the note as it was opened, with some fields changed."""

    def _save(client, was=None, headers=HTMX, **fields):
        opened = {"title": "Call", "body": "Left a voicemail.", "colour": "#FFF2CC", "is_pinned": False}
        shown = {name: value for name, value in opened.items() if name != "is_pinned"}
        sent = {**shown, "was": RecordForm(opened=was or opened).was, **fields}
        return client.post(f"/contacts/{note.contact_id}/notes/{note.pk}/save/", sent, headers=headers)

    return _save


def press(client, note, act, headers=HTMX):
    return client.post(f"/contacts/{note.contact_id}/notes/{note.pk}/{act}/", headers=headers)


def written():
    return [(write.operation, write.changes) for write in Write.objects.order_by("id")]


def test_the_form_comes_as_a_part_and_as_a_page_by_itself(as_alice, dana):
    part = as_alice.get(f"/contacts/{dana.pk}/notes/new/", headers=HTMX).content.decode()
    page = as_alice.get(f"/contacts/{dana.pk}/notes/new/").content.decode()

    assert "<html" not in part
    assert "hx-post" in part
    assert "<html" in page
    assert f'action="/contacts/{dana.pk}/notes/add/"' in page


def test_a_new_note_shows_at_once_at_the_top_of_the_timeline(as_alice, add, dana):
    answer = add(as_alice, title="Roof", colour="#B7E1CD", pinned="on")

    shown = answer.content.decode()
    assert 'hx-swap-oob="afterbegin:#pending-notes"' in shown
    assert "<b>roof</b>" in shown
    assert "note--green" in shown
    assert "Sending to GHL" in shown
    assert written() == [("note.create", {"title": "Roof", "body": BODY, "colour": "#B7E1CD", "is_pinned": True})]
    assert Write.objects.get().contact == dana
    assert answer["HX-Trigger"] == "write-changed"


def test_what_is_sent_is_safe_by_the_rules_of_shown_notes(as_alice, add):
    add(as_alice, body='<h1>Hi</h1><script>x()</script><a href="javascript:x()" onclick="y()">a</a><img src=z>')

    assert Write.objects.get().changes["body"] == "<p>Hi</p><a>a</a>"


def test_plain_text_stays_plain(as_alice, add):
    add(as_alice, body="Two\r\nlines & more < less")

    assert Write.objects.get().changes["body"] == "Two\nlines & more < less"


def test_the_author_is_whoever_the_person_is_there(as_alice, add, workspace, make_user):
    make_user(workspace, "Alice There", email="ALICE@example.com", remote_id="u1")
    add(as_alice)

    assert Write.objects.get().changes["author_remote_id"] == "u1"


@pytest.mark.parametrize("body", ["", "  \n ", "<p><br></p>", "<ul><li>&nbsp;</li></ul>"])
def test_a_note_without_a_word_comes_back_with_the_reason_at_its_field(as_alice, add, body):
    answer = add(as_alice, body=body, title="Roof")

    shown = answer.content.decode()
    assert answer.status_code == 422
    assert answer["X-Part"] == "1"
    assert "This note is empty. Write something first." in shown
    assert 'value="Roof"' in shown
    assert written() == []


def test_a_colour_that_nobody_is_offered_is_refused(as_alice, add):
    answer = add(as_alice, colour="red; background: url(x)")

    assert answer.status_code == 422
    assert "Choose one of the colours." in answer.content.decode()


def test_a_form_that_is_sent_twice_adds_one_note(as_alice, add):
    token = uuid4().hex
    first, second = add(as_alice, form=token), add(as_alice, form=token)

    assert Write.objects.count() == 1
    key = f'id="write-{Write.objects.get().pk}"'
    assert key in first.content.decode()
    assert key in second.content.decode()


def test_whoever_goes_back_to_the_form_and_writes_something_else_adds_both(as_alice, add):
    token = uuid4().hex
    for body in ("<p>One</p>", "<p>Two</p>"):
        add(as_alice, form=token, body=body)

    assert [one.changes["body"] for one in Write.objects.order_by("id")] == ["<p>One</p>", "<p>Two</p>"]


def test_nobody_meets_the_form_of_somebody_else(as_alice, as_bob, add):
    token = uuid4().hex
    add(as_alice, form=token, body="Of Alice")
    shown = add(as_bob, form=token, body="Of Bob").content.decode()

    assert "Of Alice" not in shown
    assert Write.objects.count() == 2


def test_without_javascript_the_note_is_added_and_the_page_comes_back(as_alice, add, dana):
    answer = add(as_alice, headers={})
    page = as_alice.get(answer["Location"]).content.decode()

    assert answer["Location"] == f"/contacts/{dana.pk}/"
    assert "Note added." in page
    assert "<b>roof</b>" in page


def test_without_javascript_a_wrong_form_is_a_page_again(as_alice, add):
    answer = add(as_alice, headers={}, body="")

    assert answer.status_code == 422
    assert "<html" in answer.content.decode()


def test_a_read_only_account_is_refused_with_its_reason_whatever_was_typed(as_alice, add, dana, remote):
    remote.may_write = False
    answer = add(as_alice, body="")
    page = as_alice.get(f"/contacts/{dana.pk}/").content.decode()

    assert answer.status_code == 422
    assert "This account is connected for reading. An admin can allow writing." in answer.content.decode()
    assert written() == []
    assert "/notes/new/" not in page
    assert "An admin can allow writing." in page


def test_the_edit_form_shows_the_note_made_safe(as_bob, dana, make_note):
    made = make_note(dana, 'Hi <b>there</b><script>x()</script> <img src="y">')
    form = as_bob.get(f"/contacts/{dana.pk}/notes/{made.pk}/edit/", headers=HTMX).content.decode()

    assert "Hi &lt;b&gt;there&lt;/b&gt;" in form
    assert "&lt;script" not in form.partition("<textarea")[2]


def test_only_what_was_changed_is_sent(as_bob, save, note):
    shown = save(as_bob, title="Called twice").content.decode()

    assert written() == [("note.update", {"title": "Called twice"})]
    assert Write.objects.get().base == {"title": "Call"}
    assert "Called twice" in shown
    assert "Left a voicemail." in shown
    note.refresh_from_db()
    assert note.title == "Call"


def test_a_body_that_nobody_touched_is_not_sent_though_its_form_shows_it_made_safe(as_bob, dana, make_note):
    made = make_note(dana, '<div style="color:red">Hi</div>')
    opened = {"title": "", "body": made.body, "colour": "", "is_pinned": False}
    sent = {"title": "Roof", "body": "<div>Hi</div>", "colour": "", "was": json.dumps(opened)}
    as_bob.post(f"/contacts/{dana.pk}/notes/{made.pk}/save/", sent, headers=HTMX)

    assert written() == [("note.update", {"title": "Roof"})]


def test_nothing_is_sent_where_nothing_was_changed(as_bob, save):
    assert "Nothing was changed." in save(as_bob).content.decode()
    assert written() == []


def test_what_somebody_else_changed_meanwhile_is_met_as_it_was_seen(as_bob, save, note):
    Note.objects.update(title="Changed over there")
    save(as_bob, title="Called twice")

    # Not what the cache says by now: the look before sending finds that both have changed it.
    assert Write.objects.get().base == {"title": "Call"}


@pytest.mark.parametrize("was", ["", "x", "[]", "1", '{"title": 4, "body": null}'])
def test_a_form_that_does_not_tell_how_it_was_opened_counts_as_opened_now(as_bob, save, note, was):
    save_url = f"/contacts/{note.contact_id}/notes/{note.pk}/save/"
    sent = {"title": "New", "body": "Left a voicemail.", "colour": "#FFF2CC", "was": was}
    as_bob.post(save_url, sent, headers=HTMX)

    assert written() == [("note.update", {"title": "New"})]
    assert Write.objects.get().base == {"title": "Call"}


def test_an_edit_without_a_word_keeps_what_was_typed(as_bob, save):
    answer = save(as_bob, title="Still here", body="<p></p>")

    assert answer.status_code == 422
    assert "Still here" in answer.content.decode()
    assert written() == []


def test_a_colour_that_is_not_ours_stays_what_it_is(as_bob, dana, make_note):
    made = make_note(dana, "Hi", colour="#123456")
    form = as_bob.get(f"/contacts/{dana.pk}/notes/{made.pk}/edit/", headers=HTMX).content.decode()
    shown = " ".join(form.split())
    page = as_bob.get(f"/contacts/{dana.pk}/").content.decode()

    assert 'value="#123456" checked' in shown
    assert "note--other" in page


def test_a_second_edit_starts_from_the_first_that_still_waits(as_bob, save, note):
    save(as_bob, title="Once")
    form = as_bob.get(f"/contacts/{note.contact_id}/notes/{note.pk}/edit/", headers=HTMX).content.decode()

    assert 'value="Once"' in form


@pytest.mark.parametrize(("act", "wanted"), [("pin", True), ("unpin", False)])
def test_a_note_is_pinned_and_taken_down(as_bob, note, act, wanted):
    Note.objects.update(is_pinned=not wanted)
    assert press(as_bob, note, act).status_code == 200
    assert written() == [(f"note.{act}", {"is_pinned": wanted})]


def test_a_deleted_note_stands_struck_out_until_it_is_sent_and_can_be_taken_back(as_bob, note):
    shown = press(as_bob, note, "delete").content.decode()
    write = Write.objects.get()

    assert "is-going" in shown
    assert "Left a voicemail." in shown
    assert f"/changes/{write.pk}/undo/" in shown
    assert write.can_undo
    assert AuditEntry.objects.get(act="note.delete").actor.email == "bob@example.com"


def test_without_javascript_a_press_returns_to_the_page(as_bob, note):
    answer = press(as_bob, note, "delete", headers={})
    assert answer["Location"] == f"/contacts/{note.contact_id}/"


@pytest.mark.parametrize("act", ["save", "pin", "unpin", "delete"])
def test_a_read_only_account_refuses_every_act(as_bob, note, remote, act):
    remote.may_write = False
    answer = press(as_bob, note, act)

    assert answer.status_code == 422
    assert "connected for reading" in answer.content.decode()
    assert written() == []


def test_a_rep_changes_only_notes_of_their_own(as_alice, note):
    for act in ("save", "pin", "unpin", "delete"):
        assert press(as_alice, note, act).status_code == 404
    assert as_alice.get(f"/contacts/{note.contact_id}/notes/{note.pk}/edit/").status_code == 404
    assert written() == []


def test_a_note_is_own_where_its_author_there_is_the_person_here(as_alice, note, workspace, make_user):
    make_user(workspace, "Alice There", email="alice@example.com", remote_id="u1")
    Note.objects.update(author_remote_id="u1")

    assert press(as_alice, note, "pin").status_code == 200


def test_a_note_is_own_where_the_person_wrote_it_here(as_alice, alice, note):
    known = {"connection": note.connection, "kind": "note", "operation": "note.create", "changes": {}, "base": {}}
    Write.objects.create(
        **known,
        actor=alice,
        target_id=note.pk,
        contact=note.contact,
        state="confirmed",
        not_before=note.fetched_at,
    )

    assert press(as_alice, note, "pin").status_code == 200


@pytest.mark.parametrize("act", ["new", "add"])
def test_a_stranger_finds_no_form(as_mallory, dana, act):
    ask = as_mallory.get if act == "new" else as_mallory.post
    assert ask(f"/contacts/{dana.pk}/notes/{act}/").status_code == 404


def test_a_note_of_another_contact_is_not_found(as_bob, note, workspace, make_contact):
    other = make_contact(workspace, "Owen Tate")
    assert as_bob.post(f"/contacts/{other.pk}/notes/{note.pk}/delete/").status_code == 404
    assert written() == []


def test_a_press_from_another_site_is_refused(alice, dana):
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(alice, "allauth.account.auth_backends.AuthenticationBackend")
    assert careful.post(f"/contacts/{dana.pk}/notes/add/", {"body": "x"}).status_code == 403
    assert written() == []


def test_a_deleted_contact_takes_no_note(as_alice, add, dana, now):
    type(dana).objects.update(deleted_at=now)
    answer = add(as_alice)

    assert answer.status_code == 422
    assert "This contact was deleted in the meantime" in answer.content.decode()


def test_the_mapping_that_an_admin_chose_beats_the_email(as_alice, alice, dana, make_note, workspace, make_user):
    make_user(workspace, "Alice There", email="alice@example.com", remote_id="u1")
    make_user(workspace, "The Chosen", remote_id="u2")
    alice.memberships.update(remote_user_id="u2")
    mine, other = make_note(dana, author_remote_id="u2"), make_note(dana, author_remote_id="u1")

    page = as_alice.get(f"/contacts/{dana.pk}/").content.decode()
    assert press(as_alice, mine, "pin").status_code == 200
    assert press(as_alice, other, "pin").status_code == 404
    assert f"/notes/{mine.pk}/edit/" in page
    assert f"/notes/{other.pk}/edit/" not in page
