"""A change goes out only if the account and the role of who asked for it still allow it at that moment."""

import pytest

from integrations.activity.models import Contact, Note
from integrations.connections.ports import Permanent, Transient
from integrations.sync import commands
from integrations.sync.models import Conflict, Write
from integrations.sync.push import outbox
from integrations.workspace.models import Membership, Workspace
from tests.sync.conftest import a_contact, a_note, a_task
from tests.sync.test_outbox import deliver

pytestmark = pytest.mark.django_db(transaction=True)
State, Role = Write.State, Membership.Role


@pytest.fixture
def dana(full, remote):
    """A contact with a task and a note, read once."""
    remote.add(a_contact(1))
    remote.add(a_task(1), a_note(1))
    full()
    remote.calls.clear()
    return Contact.objects.get()


@pytest.fixture
def edited(dana, bob):
    """A note that a manager has edited, and that waits."""
    return commands.write("note.update", Note.objects.get(), {"body": "New"}, actor=bob)


def may_edit_notes(right, **whose):
    Workspace.objects.update(managers_edit_notes=right, **whose)


def become(role, person):
    Membership.objects.filter(user=person).update(role=role)


def leave(person):
    Membership.objects.filter(user=person).delete()


def test_a_note_whose_editor_may_not_edit_it_by_now_is_held_with_the_reason_and_no_call(edited, remote):
    may_edit_notes("none")

    assert deliver(edited) == State.FAILED
    assert edited.reason == (
        "Not saved. Bob may no longer edit this note. An admin of Cedar North can allow it again or retry this."
    )
    assert edited.can_retry
    assert not remote.calls


@pytest.mark.parametrize(
    ("operation", "changes"),
    [("note.update", {"body": "x"}), ("note.pin", {}), ("note.delete", {})],
)
def test_so_is_every_sort_of_change_of_a_note(dana, bob, remote, operation, changes):
    write = commands.write(operation, Note.objects.get(), changes, actor=bob)
    may_edit_notes("own")

    assert deliver(write) == State.FAILED
    assert not remote.writes


def test_a_note_of_their_own_still_goes_out(dana, bob, remote):
    made = commands.create("note.create", dana.connection, {"body": "Mine"}, contact=dana, actor=bob)
    deliver(made)
    write = commands.write("note.pin", Note.objects.get(pk=made.target_id), actor=bob)
    may_edit_notes("own")

    assert deliver(write) == State.CONFIRMED


def test_what_was_held_goes_out_once_the_right_is_back_or_an_admin_retries_it(edited, bob, carol, remote):
    may_edit_notes("none")
    deliver(edited)
    with pytest.raises(commands.Refused, match="Your role may not edit notes in Cedar North"):
        commands.retry(write=edited, actor=bob)
    edited.refresh_from_db()
    assert edited.state == State.FAILED

    assert deliver(commands.retry(write=edited, actor=carol)) == State.CONFIRMED
    may_edit_notes("all")
    again = commands.write("note.pin", Note.objects.get(), actor=bob)
    assert deliver(again) == State.CONFIRMED


@pytest.mark.parametrize("operation", ["task.complete", "note.create", "contact.add_tags", "contact.update"])
def test_no_change_of_who_left_the_workspace_goes_out(dana, alice, remote, operation):
    write = asked(operation, dana, alice)
    leave(alice)

    assert deliver(write) == State.FAILED
    assert "Alice is no longer a member of Cedar North. A manager can retry or dismiss this." in write.reason
    assert write.says_who_may_retry
    assert not remote.calls


def test_what_is_refused_after_another_person_retried_it_says_nothing_of_the_first(dana, alice, bob, remote):
    write = asked("note.create", dana, alice)
    leave(alice)
    deliver(write)
    remote.fail("write", "notes", Permanent("Never."))

    assert deliver(commands.retry(write=write, actor=bob)) == State.FAILED
    write.refresh_from_db()
    assert not write.says_who_may_retry


def asked(operation, dana, actor):
    if operation == "note.create":
        return commands.create(operation, dana.connection, {"body": "New"}, contact=dana, actor=actor)
    changes = {"contact.add_tags": {"tag_names": ["vip"]}, "contact.update": {"phone": "+15550100188"}}
    target = dana.tasks.get() if operation == "task.complete" else dana
    return commands.write(operation, target, changes.get(operation), actor=actor)


def test_nor_of_who_may_not_sign_in_any_more(dana, alice, remote):
    write = asked("task.complete", dana, alice)
    type(alice).objects.filter(pk=alice.pk).update(is_active=False)

    assert deliver(write) == State.FAILED
    assert not remote.writes


@pytest.mark.parametrize("operation", ["task.complete", "note.create", "contact.add_tags", "contact.update"])
def test_no_change_of_who_was_deleted_goes_out(dana, alice, bob, remote, operation):
    write = asked(operation, dana, alice)
    alice.delete()

    assert deliver(write) == State.FAILED
    assert write.reason == "Not sent. Alice has no account here any more. A manager can retry or dismiss this."
    assert not remote.calls
    assert deliver(commands.retry(write=write, actor=bob)) == State.CONFIRMED
    assert Write.objects.latest("pk").actor == bob


def test_what_only_admins_may_do_is_left_to_them_by_who_is_deleted(dana, carol, remote):
    write = commands.write("contact.delete", dana, actor=carol)
    carol.delete()

    write.refresh_from_db()
    assert write.reason == "Not sent. Carol has no account here any more. An admin can retry or dismiss this."
    assert write.says_who_may_retry


def test_people_who_are_deleted_together_leave_nothing_that_goes_out(dana, alice, bob, remote):
    asked("task.complete", dana, alice)
    asked("contact.add_tags", dana, bob)
    people = type(alice).objects.filter(pk__in=[alice.pk, bob.pk])
    people.delete()

    assert set(Write.objects.values_list("state", "audit__result")) == {("failed", "failed")}


def test_what_may_have_arrived_of_who_was_deleted_is_unknown_and_looked_for_on_a_retry(dana, alice, bob, remote):
    write = asked("note.create", dana, alice)
    remote.fail("write", "notes", Transient("No answer.", maybe_delivered=True))
    deliver_once(write)
    alice.delete()

    write.refresh_from_db()
    assert (write.status, write.reason[:22]) == ("unknown", "This may have arrived.")
    remote.calls.clear()
    deliver_once(commands.retry(write=write, actor=bob))
    assert remote.calls
    assert not remote.writes
    assert Write.objects.get().actor == bob


def test_a_worker_that_prepares_what_its_deleted_person_wanted_sends_nothing(dana, alice, remote):
    write = asked("task.complete", dana, alice)
    remote.on_read = alice.delete

    assert deliver(write) == State.FAILED
    assert not remote.writes


def test_an_installation_admin_needs_no_role(dana, staff, remote):
    assert deliver(asked("task.complete", dana, staff)) == State.CONFIRMED


def test_a_new_record_of_who_left_is_sent_for_who_retries_it(dana, alice, bob, remote):
    write = asked("note.create", dana, alice)
    leave(alice)
    deliver(write)
    Write.objects.update(detail="What went wrong.")

    again = commands.retry(write=write, actor=bob)
    assert (again.pk, again.actor, again.state, again.retries) == (write.pk, bob, State.QUEUED, 1)
    assert (again.reason, again.detail) == ("", "")
    assert deliver(again) == State.CONFIRMED


def test_a_retry_leaves_a_new_record_to_who_may_still_add_it(dana, alice, bob, remote):
    write = asked("note.create", dana, alice)
    remote.fail("write", "notes", Permanent("Never."))
    deliver(write)

    assert commands.retry(write=write, actor=bob).actor == alice


def test_a_deletion_by_who_is_no_admin_any_more_is_held(dana, carol, remote):
    write = commands.write("contact.delete", dana, actor=carol)
    become(Role.MANAGER, carol)

    assert deliver(write) == State.FAILED
    assert write.reason == (
        "Not deleted. Only an admin of its account may delete a contact. Carol is no longer an admin. "
        "An admin can retry this."
    )
    assert not remote.calls


def test_and_a_manager_can_neither_ask_for_one_nor_retry_it(dana, bob, carol, remote):
    write = commands.write("contact.delete", dana, actor=carol)
    become(Role.MANAGER, carol)
    deliver(write)

    only = "Only an admin of its account may delete a contact."
    with pytest.raises(commands.Refused, match=only):
        commands.retry(write=write, actor=bob)
    with pytest.raises(commands.Refused, match=only):
        commands.write("contact.delete", dana, actor=bob)


@pytest.mark.parametrize("is_person", [True, False])
def test_nothing_goes_out_to_an_account_that_may_only_be_read_by_now(dana, alice, remote, is_person):
    write = asked("task.complete", dana, alice if is_person else None)
    remote.may_write = False

    assert deliver(write) == State.FAILED
    assert write.reason.startswith("Not completed. Cedar North is now connected for reading.")
    assert not remote.calls


def test_what_may_have_arrived_is_looked_for_all_the_same(edited, remote):
    def lose_the_answer():
        raise Transient("No answer came.")

    remote.on_write = lose_the_answer
    deliver_once(edited)
    may_edit_notes("none")

    assert deliver(edited) == State.CONFIRMED
    assert len(remote.writes) == 1


def test_but_it_is_not_sent_again(edited, remote):
    remote.fail("write", "notes", Transient("No answer.", maybe_delivered=True))
    deliver_once(edited)
    may_edit_notes("none")
    Write.objects.update(sent_at=edited.created_at.replace(year=2020))

    assert deliver(edited) == State.FAILED
    assert edited.is_unknown
    assert not remote.writes


def deliver_once(write):
    outbox.deliver(write.pk, now=write.not_before)
    write.refresh_from_db()
    assert write.state == State.QUEUED


def test_a_value_that_somebody_keeps_who_may_goes_out_for_them(edited, carol, remote, now):
    remote.add(a_note(1, body="Theirs"))
    assert deliver(edited) == State.CONFLICT
    may_edit_notes("none")
    (conflict,) = Conflict.objects.all()
    conflict.write = Write.objects.select_related("connection__workspace").with_targets()[0]

    commands.settle_conflict(conflict=conflict, taken="mine", actor=carol, now=now)

    assert deliver(edited) == State.CONFIRMED
    assert remote.holds["notes"]["n1"].body == "New"


def test_who_took_the_value_of_over_there_asks_for_none_of_the_others(dana, bob, carol, remote, now):
    write = commands.write("note.update", Note.objects.get(), {"title": "Roof", "body": "New"}, actor=bob)
    remote.add(a_note(1, title="Theirs", body="Theirs"))
    assert deliver(write) == State.CONFLICT
    for field, taken, person in (("body", "theirs", carol), ("title", "mine", bob)):
        conflict = write.conflicts.get(field=field)
        conflict.write = Write.objects.select_related("connection__workspace").with_targets()[0]
        commands.settle_conflict(conflict=conflict, taken=taken, actor=person, now=now)
    may_edit_notes("none")

    assert deliver(write) == State.FAILED
    assert not remote.writes


def test_a_command_line_without_a_person_sends_whatever_the_account_allows(dana, remote):
    may_edit_notes("none", reps_edit_notes="none")

    assert deliver(commands.write("note.pin", Note.objects.get(), actor=None)) == State.CONFIRMED
