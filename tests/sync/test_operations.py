"""A change is a row of a table: what it sends, what it merges, and what it refuses, whatever its fields are."""

from dataclasses import replace
from datetime import timedelta

import pytest

from integrations.activity.models import Appointment, Contact, Task
from integrations.connections.ports import NotPermitted, Permanent
from integrations.ghl.writer import SENDING, GhlWriter
from integrations.sync import commands
from integrations.sync.models import Write
from integrations.sync.models.options import Option
from integrations.sync.push import operations, outbox
from integrations.sync.push.operations import OPERATIONS, Operation
from integrations.workspace.models import AuditEntry
from tests.sync.conftest import DAY, a_contact, a_task, an_appointment

pytestmark = pytest.mark.django_db(transaction=True)
State = Write.State
EDIT = OPERATIONS["task.update"]
RENAME = Operation(
    "contact.rename", "contact", "contacts", "Rename", fields=frozenset({"name"}), undo_window=False
)


@pytest.fixture(autouse=True)
def _more_rows(monkeypatch):
    """What adding an operation to the engine takes."""
    monkeypatch.setitem(operations.OPERATIONS, RENAME.key, RENAME)


def deliver(write):
    return outbox.deliver(write.pk, now=write.not_before + timedelta(seconds=1))


def test_only_the_fields_that_somebody_changed_are_sent(task, alice, remote):
    write = commands.write("task.update", task, {"title": "Call back"}, actor=alice)
    remote.add(a_task(1, due_at=DAY + timedelta(days=3)))  # somebody moves it over there meanwhile

    assert deliver(write) == State.CONFIRMED
    assert remote.writes == [("t1", "Call back")]
    task.refresh_from_db()
    assert (task.title, task.due_at) == ("Call back", DAY + timedelta(days=3))


def test_a_field_that_was_changed_over_there_is_a_conflict_and_stays(task, alice, remote):
    write = commands.write("task.update", task, {"title": "Call back"}, actor=alice)
    remote.add(a_task(1, title="Write instead"))

    assert deliver(write) == State.CONFLICT
    assert remote.writes == []
    task.refresh_from_db()
    assert task.title == "Write instead"


def test_a_conflict_in_one_field_holds_back_no_other_of_the_same_change(task, alice, remote):
    write = commands.write("task.update", task, {"title": "Call back", "body": "About the roof"}, actor=alice)
    remote.add(a_task(1, body="About the gutter"))

    assert deliver(write) == State.CONFLICT
    assert remote.writes == [("t1", "Call back")]
    assert remote.holds["tasks"]["t1"].body == "About the gutter"


def test_a_field_that_does_not_merge_is_sent_over_whatever_is_there(task, alice, remote, monkeypatch):
    bold = replace(EDIT, overwrites=frozenset({"title"}))
    monkeypatch.setitem(operations.OPERATIONS, EDIT.key, bold)
    write = commands.write("task.update", task, {"title": "Call back"}, actor=alice)
    remote.add(a_task(1, title="Write instead"))

    assert deliver(write) == State.CONFIRMED
    assert remote.writes == [("t1", "Call back")]


def test_what_already_stands_so_is_no_write(task, alice):
    assert commands.write("task.update", task, {"title": task.title}, actor=alice) is None
    assert not Write.objects.exists()


def test_a_field_or_an_operation_that_is_none_is_a_fault_of_the_caller(task, alice):
    with pytest.raises(KeyError, match="is_completed"):
        commands.write("task.update", task, {"is_completed": True}, actor=alice)
    with pytest.raises(KeyError):
        commands.write("task.burn", task, actor=alice)


def test_changes_of_one_record_are_sent_in_their_order(task, alice, bob, remote):
    first = commands.write("task.update", task, {"title": "Call back"}, actor=alice)
    second = commands.write("task.update", task, {"title": "Write back"}, actor=bob)

    assert deliver(second) == ""  # not before the first
    assert (deliver(first), deliver(second)) == (State.CONFIRMED, State.CONFIRMED)
    assert remote.writes == [("t1", "Call back"), ("t1", "Write back")]


def test_once_one_is_settled_a_worker_is_told_of_the_next(task, alice, bob, carol, remote, full, rung):
    remote.add(a_contact(1), a_task(2))
    full()
    commands.write("contact.rename", Contact.objects.get(), {"name": "Dana W."}, actor=alice)
    commands.write("task.update", Task.objects.get(remote_id="t2"), {"title": "Write"}, actor=alice)
    first, second, _ = (
        commands.write("task.update", task, {"title": f"Call {person}"}, actor=person)
        for person in (alice, bob, carol)
    )
    rung.clear()
    deliver(first)

    assert rung == [second.pk]


def test_whoever_goes_on_typing_changes_what_still_waits(task, alice, remote):
    write = commands.write("task.update", task, {"title": "Ring"}, actor=alice, undo_seconds=5)
    same = commands.write("task.update", task, {"title": "Call back", "body": "Roof"}, actor=alice)

    assert (same.pk, same.target) == (write.pk, task)
    assert deliver(same) == State.CONFIRMED
    assert [set(sent) for sent in remote.writes] == [{"t1", "Call back", "Roof"}]


def test_and_the_audit_tells_what_they_asked_for_in_the_end(task, alice, remote):
    write = commands.write("task.update", task, {"title": "Ring"}, actor=alice, undo_seconds=5)
    commands.write("task.update", task, {"title": "Call back", "body": "Roof"}, actor=alice)
    deliver(write)

    entry = AuditEntry.objects.get(act="task.update")
    assert entry.detail["after"] == {"title": "Call back", "body": "Roof"}
    assert entry.detail["before"].keys() == {"title", "body"}
    assert (entry.result, len(remote.writes)) == (State.CONFIRMED, 1)


def test_what_another_write_is_about_to_bring_is_not_said_to_be_there(task, alice, bob):
    first = commands.write("task.update", task, {"title": "Call back", "body": "Roof"}, actor=alice)

    assert commands.write("task.update", task, {"title": "Call back"}, actor=alice) == first
    theirs = commands.write("task.update", task, {"title": "Call back"}, actor=bob)
    assert (theirs.changes, theirs.state) == ({"title": "Call back"}, State.QUEUED)


def test_what_is_typed_while_the_first_is_being_sent_follows_it(task, alice, remote):
    write = commands.write("task.update", task, {"title": "Call back"}, actor=alice)
    Write.objects.update(state=State.SENDING, lease_owner="somebody")

    second = commands.write("task.update", task, {"title": "Call me"}, actor=alice)

    assert second.pk != write.pk
    assert second.base == {"title": "Call back"}  # what the person saw


def test_a_retry_asks_for_the_same_fields_again(task, alice, remote):
    write = commands.write("task.update", task, {"title": "Call back"}, actor=alice)
    remote.fail("write", "tasks", Permanent("Never."))
    assert deliver(write) == State.FAILED

    again = commands.retry(write=write, actor=alice)

    assert (again.operation, again.changes) == ("task.update", {"title": "Call back"})
    assert deliver(again) == State.CONFIRMED


def test_a_retry_of_a_meeting_still_takes_a_time_that_is_not_offered(task, alice, remote, full):
    remote.add(a_contact(1), an_appointment(1))
    full()
    how = {"actor": alice, "options": {Option.IGNORES_SLOTS: True}}
    write = commands.write("appointment.update", Appointment.objects.get(), {"title": "Roof"}, **how)
    remote.fail("write", "appointments", NotPermitted("GHL does not allow this."))
    assert deliver(write) == State.FAILED

    again = commands.retry(write=write, actor=alice)

    assert again.options == {Option.IGNORES_SLOTS: True}  # and nothing that the first attempt has learnt


def test_another_kind_takes_the_same_path_and_may_do_without_an_undo_window(task, alice, remote, now):
    remote.add(a_contact(1))
    write = commands.write("contact.rename", task.contact, {"name": "Dana W."}, actor=alice, now=now)

    assert (write.not_before, write.contact_id) == (now, task.contact_id)
    assert deliver(write) == State.CONFIRMED
    task.contact.refresh_from_db()
    assert task.contact.name == "Dana W."


def test_the_targets_of_many_writes_cost_a_query_a_kind(task, alice, django_assert_num_queries):
    commands.write("task.complete", task, actor=alice)
    commands.write("contact.rename", task.contact, {"name": "Dana W."}, actor=alice)

    with django_assert_num_queries(3):  # writes, tasks with their contacts, contacts
        named = {write.kind: write.target for write in Write.objects.all().with_targets()}
        assert named == {"task": task, "contact": task.contact}
        assert named["task"].contact == task.contact


def test_ghl_has_a_way_to_send_every_operation():
    assert SENDING.keys() >= OPERATIONS.keys() - {RENAME.key}


def test_what_a_system_has_no_way_to_send_fails_for_good():
    with pytest.raises(Permanent, match="no way to change"):
        GhlWriter(None).send("task.burn", None, {}, {})
