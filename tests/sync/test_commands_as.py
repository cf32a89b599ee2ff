"""A command line that acts for a person asks what their role allows, and says it as the pages do."""

import pytest

from integrations.activity.models import Note, Task
from integrations.connections.ports import Permanent
from integrations.sync import commands
from integrations.sync.models import Write
from integrations.workspace.models import Workspace
from tests.sync.conftest import a_contact, a_note, a_task
from tests.sync.test_commands_writing import answer, failed, write
from tests.sync.test_outbox import deliver

pytestmark = pytest.mark.django_db(transaction=True)
ONLY_OWN = "You may edit only the notes that you wrote. An admin of Cedar North decides that for your role."


@pytest.fixture(autouse=True)
def account(full, remote, connection, alice, bob, carol):
    remote.add(a_contact(1))
    remote.add(a_note(1), a_task(1))
    full()
    remote.calls.clear()
    return connection


def by(person, *arguments):
    return (*arguments, "--as", person.email)


def refused(*arguments):
    status, got, sentence = failed(*arguments)
    assert status == 1
    return sentence, got


@pytest.mark.parametrize(
    ("operation", "data"), [("note.update", {"body": "x"}), ("note.pin", {}), ("note.delete", {})]
)
def test_a_note_of_another_is_refused_with_the_sentence_of_the_page(alice, remote, operation, data):
    sentence, got = refused(*by(alice, *write(operation, id="n1", **data)))

    assert sentence == ONLY_OWN
    assert got == {"error": ONLY_OWN, "write": None, "state": "refused", "reason": ONLY_OWN, "id": None}
    assert not remote.calls
    assert not Write.objects.exists()


def test_their_own_note_is_changed_for_them(alice):
    added = answer(*by(alice, *write("note.create", contact_id="c1", body="Mine")))

    assert answer(*by(alice, *write("note.pin", id=added["id"])))["state"] == "confirmed"
    assert {one.actor for one in Write.objects.all()} == {alice}


def test_who_may_edit_all_notes_is_refused_none(bob):
    assert answer(*by(bob, *write("note.update", id="n1", body="New")))["state"] == "confirmed"


def test_a_role_that_may_edit_none_is_told_who_can_change_that(bob):
    Workspace.objects.update(managers_edit_notes="none")

    sentence, _ = refused(*by(bob, *write("note.pin", id="n1")))
    assert sentence == "Your role may not edit notes in Cedar North. An admin of the account can allow it."


def test_only_an_admin_deletes_a_contact(bob, carol):
    sentence, _ = refused(*by(bob, *write("contact.delete", id="c1")))
    assert sentence == "Only an admin of its account may delete a contact."

    assert answer(*by(carol, *write("contact.delete", id="c1")))["state"] == "confirmed"


def test_a_stranger_changes_nothing(mallory, remote, account):
    tags = write("contact.add_tags", "--connection", str(account.pk), ids=["c1"], tags=["vip"])
    sentence, got = refused(*by(mallory, *tags))

    assert (sentence, got["state"]) == ("Mallory is not a member of Cedar North.", "refused")
    assert not remote.calls


@pytest.mark.parametrize("address", ["nobody@example.com", ""])
def test_nobody_of_that_address_is_wrong_use(address, remote):
    status, _, sentence = failed(*write("note.pin", "--as", address, id="n1"))
    assert (status, sentence) == (2, f"Nobody here has the address {address or '“”'}.")
    assert not remote.calls


def test_without_a_person_a_command_line_may_do_what_the_account_allows():
    Workspace.objects.update(managers_edit_notes="none", reps_edit_notes="none")
    assert answer(*write("note.pin", id="n1"))["state"] == "confirmed"


@pytest.fixture
def held(bob):
    """A manager's change of a note, held since they may edit none by now."""
    made = commands.write("note.update", Note.objects.get(), {"body": "New"}, actor=bob)
    Workspace.objects.update(managers_edit_notes="none")
    deliver(made)
    return made


def test_a_retry_asks_as_well(held, bob, carol):
    number = ("--write", str(held.pk))

    assert refused(*by(bob, "retry", *number))[0].startswith("Your role may not edit notes")
    assert answer(*by(carol, "retry", *number))["state"] == "confirmed"


def test_whoever_asked_for_a_change_drops_it_whatever_their_role(alice, remote):
    made = commands.write("task.complete", Task.objects.get(), actor=alice)
    remote.fail("write", "tasks", Permanent("Never."))
    deliver(made)

    assert answer(*by(alice, "drop", "--write", str(made.pk)))["state"] == "dismissed"


def test_and_a_manager_drops_it_for_them(alice, bob, remote):
    made = commands.write("task.complete", Task.objects.get(), actor=alice)
    remote.fail("write", "tasks", Permanent("Never."))
    deliver(made)

    assert answer(*by(bob, "drop", "--write", str(made.pk)))["state"] == "dismissed"


@pytest.mark.parametrize("command", ["retry", "drop"])
def test_a_change_of_another_is_left_alone_by_who_does_not_oversee_it(held, alice, command):
    sentence, _ = refused(*by(alice, command, "--write", str(held.pk)))

    assert sentence == "This change is not yours. A manager can retry or dismiss it."
    held.refresh_from_db()
    assert held.state == "failed"


def test_a_conflict_is_settled_for_who_may_edit_the_note(bob, carol, remote):
    made = commands.write("note.update", Note.objects.get(), {"body": "New"}, actor=bob)
    remote.add(a_note(1, body="Theirs"))
    deliver(made)
    Workspace.objects.update(managers_edit_notes="none")
    mine = ("resolve", "--conflict", str(made.conflicts.get().pk), "--take", "mine")

    assert refused(*by(bob, *mine))[0].startswith("Your role may not edit notes")
    assert answer(*by(carol, *mine))["state"] == "confirmed"
    assert Note.objects.get().body == "New"


def test_the_list_of_writes_has_one_of_each_who_asked_for_the_same(alice, bob):
    asked = write("task.complete", id="t1")
    for person in (alice, bob):
        answer(*by(person, *asked), "--queue", "--undo", "60")

    listed = answer("writes")["writes"]

    assert [(one["actor"], one["state"]) for one in listed] == [(alice.email, "queued"), (bob.email, "queued")]
