"""Which notes each role may edit: set by an admin, written down, hidden on the page and refused by the server."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts_ui.conflicts.cards import seen_of
from integrations.sync.models import Conflict, Write
from integrations.sync.push import outbox
from integrations.sync.push.commands import new_write
from integrations.workspace.models import AuditEntry, Workspace

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
ACTS = ("save", "pin", "unpin", "delete")


@pytest.fixture
def page(workspace):
    return f"/connections/{workspace.pk}/notes/"


@pytest.fixture
def dana(workspace, make_contact):
    return make_contact(workspace)


@pytest.fixture
def note(dana, make_note):
    """A note that somebody else wrote in the other system."""
    return make_note(dana, "Left a voicemail.")


@pytest.fixture
def own_of(dana, make_note, now):
    """A note that a person added here."""

    def _own_of(person):
        mine = make_note(dana, "Mine")
        known = {"connection": mine.connection, "contact": dana, "kind": "note", "operation": "note.create"}
        asked = {"changes": {}, "base": {}, "state": "confirmed", "not_before": now}
        Write.objects.create(**known, **asked, actor=person, target_id=mine.pk)
        return mine

    return _own_of


def may(**rights):
    Workspace.objects.update(**{f"{role}_edit_notes": right for role, right in rights.items()})


def is_offered(client, note):
    return f"/notes/{note.pk}/edit/" in client.get(f"/contacts/{note.contact_id}/").text


def press(client, note, act, **headers):
    return client.post(f"/contacts/{note.contact_id}/notes/{note.pk}/{act}/", headers=headers)


def test_the_connections_lead_admins_there_and_it_shows_what_counts(as_carol, as_bob, page):
    assert f'href="{page}"' in as_carol.get("/connections/").text
    assert f'href="{page}"' not in as_bob.get("/connections/").text
    shown = as_carol.get(page).text
    assert shown.count('<option value="own" selected>') == 1, "reps edit their own"
    assert shown.count('<option value="all" selected>') == 1, "managers edit all"


@pytest.mark.parametrize("somebody", ["as_alice", "as_bob", "as_mallory"])
def test_only_an_admin_of_the_account_finds_it(request, somebody, page):
    browser = request.getfixturevalue(somebody)

    assert browser.get(page).status_code == 404
    assert browser.post(page, {"rep": "all"}).status_code == 404
    assert Workspace.objects.get(pk=page.split("/")[2]).reps_edit_notes == "own"


def test_what_an_admin_chooses_counts_and_each_change_is_written_down(as_carol, carol, workspace, page):
    shown = as_carol.post(page, {"rep": "none", "manager": "own"}, follow=True).text
    workspace.refresh_from_db()

    assert "the new choice applies from now on" in shown
    assert (workspace.reps_edit_notes, workspace.managers_edit_notes) == ("none", "own")
    told = AuditEntry.objects.filter(act="notes.rights", actor=carol, workspace=workspace).order_by("target")
    assert [(one.target, one.detail) for one in told] == [
        ("manager", {"before": "all", "after": "own"}),
        ("rep", {"before": "own", "after": "none"}),
    ]


def test_what_is_so_already_or_means_nothing_is_not_written_down(as_carol, workspace, page):
    sent = {"rep": "own", "manager": "some", "admin": "none"}

    assert "Nothing was changed." in as_carol.post(page, sent, follow=True).text
    workspace.refresh_from_db()
    assert (workspace.reps_edit_notes, workspace.managers_edit_notes) == ("own", "all")
    assert not AuditEntry.objects.filter(act="notes.rights").exists()


def test_a_choice_is_of_its_own_account(as_carol, page, other_workspace):
    as_carol.post(page, {"rep": "all"})
    other_workspace.refresh_from_db()
    assert other_workspace.reps_edit_notes == "own"


def test_a_rep_who_may_edit_all_is_offered_and_saved_notes_of_others(as_alice, note):
    assert not is_offered(as_alice, note)
    may(reps="all")

    assert is_offered(as_alice, note)
    assert press(as_alice, note, "pin", **HTMX).status_code == 200
    assert Write.objects.get().operation == "note.pin"


@pytest.mark.parametrize("act", ACTS)
def test_a_rep_who_may_edit_none_is_refused_their_own_with_the_reason(as_alice, alice, own_of, workspace, act):
    mine = own_of(alice)
    assert is_offered(as_alice, mine)
    may(reps="none")

    assert not is_offered(as_alice, mine)
    for answer in (press(as_alice, mine, act), press(as_alice, mine, act, **HTMX)):
        assert answer.status_code == 404
        assert f"Your role may not edit notes in {workspace.name}." in answer.text
    assert Write.objects.count() == 1, "only the one that added it"


def test_the_form_of_a_note_of_another_says_why_it_does_not_open(as_alice, note):
    answer = as_alice.get(f"/contacts/{note.contact_id}/notes/{note.pk}/edit/")
    assert answer.status_code == 404
    assert "You may edit only the notes that you wrote." in answer.text


def test_a_rep_who_may_edit_none_still_adds_notes(as_alice, dana):
    may(reps="none")
    answer = as_alice.post(f"/contacts/{dana.pk}/notes/add/", {"body": "New"}, headers=HTMX)
    assert answer.status_code == 200
    assert Write.objects.get().operation == "note.create"


def test_a_manager_with_their_own_edits_these_alone(as_bob, bob, note, own_of):
    mine = own_of(bob)
    may(managers="own", reps="all")

    assert is_offered(as_bob, mine)
    assert not is_offered(as_bob, note)
    assert press(as_bob, note, "pin").status_code == 404
    assert press(as_bob, mine, "pin", **HTMX).status_code == 200


def test_admins_edit_all_notes_whatever_is_set(as_carol, as_staff, note):
    may(reps="none", managers="none")
    for admin in (as_carol, as_staff):
        assert is_offered(admin, note)
        assert press(admin, note, "unpin", **HTMX).status_code == 200


@pytest.mark.parametrize("act", ["retry", "edit"])
def test_a_failed_edit_is_not_sent_again_once_the_right_is_taken(as_alice, alice, own_of, act):
    known = {"state": "failed", "not_before": timezone.now(), "actor": alice}
    write = new_write("note.update", own_of(alice), {"title": "New"}, **known)
    write.save()
    may(reps="none")

    answer = as_alice.post(f"/changes/{write.pk}/{act}/", {"title": "New"}, follow=True)
    assert "Your role may not edit notes" in answer.text
    write.refresh_from_db()
    assert write.state == "failed"


def test_nor_does_its_form_open(as_alice, alice, own_of):
    known = {"state": "failed", "not_before": timezone.now(), "actor": alice}
    write = new_write("note.update", own_of(alice), {"title": "New"}, **known)
    write.save()
    assert as_alice.get(f"/changes/{write.pk}/edit/").status_code == 200
    may(reps="none")

    answer = as_alice.get(f"/changes/{write.pk}/edit/")
    assert answer.status_code == 404
    assert "Your role may not edit notes" in answer.text


def test_nor_does_a_conflict_bring_it_through_but_the_other_value_can_be_taken(as_alice, alice, own_of):
    known = {"state": "conflict", "not_before": timezone.now(), "actor": alice}
    write = new_write("note.update", own_of(alice), {"title": "New"}, **known)
    write.save()
    values = {"field": "title", "base": "", "mine": "New", "theirs": "Theirs"}
    conflict = Conflict.objects.create(write=write, **values)
    may(reps="none")
    for taken, settled in (("mine", ""), ("theirs", "theirs")):
        sent = {"taken": taken, "seen": seen_of(conflict)}
        answer = as_alice.post(f"/conflicts/{conflict.pk}/", sent, follow=True)
        conflict.refresh_from_db()
        assert conflict.taken == settled
        assert ("Your role may not edit notes" in answer.text) is not bool(settled)


def test_what_was_held_for_a_right_that_was_taken_says_so_on_the_pages(as_alice, as_carol, alice, own_of, remote):
    write = new_write("note.update", own_of(alice), {"title": "New"}, actor=alice, not_before=timezone.now())
    write.save()
    may(reps="none")

    outbox.deliver(write.pk)

    for page in (as_alice.get("/changes/"), as_carol.get(f"/contacts/{write.contact_id}/")):
        assert "Alice may no longer edit this note. An admin of Cedar North can allow it again" in page.text


@pytest.mark.parametrize("right", ["all", "none"])
def test_the_page_asks_no_more_for_it(as_alice, note, right, django_assert_num_queries):
    address = f"/contacts/{note.contact_id}/"
    as_alice.get(address)  # what only a first visit asks
    with CaptureQueriesContext(connection) as usual:
        as_alice.get(address)
    may(reps=right)

    with django_assert_num_queries(len(usual)):
        as_alice.get(address)
