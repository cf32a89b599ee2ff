"""What is deleted is gone only when a question says so; tags join and leave whatever else happens to the list."""

from datetime import timedelta

import pytest

from integrations.activity.models import Contact, Task
from integrations.connections.ports import Transient
from integrations.sync import commands
from integrations.sync.models import Write
from integrations.sync.push import outbox
from integrations.workspace.models import AuditEntry
from tests.sync.conftest import a_contact, a_task

pytestmark = pytest.mark.django_db(transaction=True)
State = Write.State


def deliver(write, seconds=1):
    state = outbox.deliver(write.pk, now=write.not_before + timedelta(seconds=seconds))
    write.refresh_from_db()
    return state


def test_a_deleted_task_is_gone_there_and_here(task, alice, remote):
    write = commands.write("task.delete", task, actor=alice)

    assert deliver(write) == State.CONFIRMED
    assert "t1" not in remote.holds["tasks"]
    assert Task.objects.get().deleted_at
    assert AuditEntry.objects.get(act="task.delete").result == State.CONFIRMED


def test_what_it_said_last_is_kept_with_the_write(task, alice, remote):
    write = commands.write("task.delete", task, actor=alice)
    remote.add(a_task(1, title="Changed meanwhile"))

    deliver(write)
    assert (write.base["title"], write.base["is_deleted"]) == ("Changed meanwhile", False)


def test_a_deletion_can_be_taken_back_in_time(task, alice, remote):
    write = commands.write("task.delete", task, actor=alice)

    assert commands.undo(write=write, actor=alice)
    assert deliver(write) == ""
    assert "t1" in remote.holds["tasks"]


def test_what_is_gone_already_is_confirmed_with_a_reason(task, alice, remote):
    write = commands.write("task.delete", task, actor=alice)
    del remote.holds["tasks"]["t1"]

    assert deliver(write) == State.CONFIRMED
    assert write.reason == "It was already deleted in GoHighLevel."
    assert remote.writes == []
    assert Task.objects.get().deleted_at


def test_a_lost_answer_is_settled_by_looking(task, alice, remote):
    write = commands.write("task.delete", task, actor=alice)

    def lose_the_answer():
        remote.on_write = None
        raise Transient("No answer came.")

    remote.on_write = lose_the_answer
    deliver(write)
    assert deliver(write) == State.CONFIRMED
    assert write.reason == ""
    assert len(remote.writes) == 1


def test_what_is_only_marked_as_deleted_is_gone_too(task, alice, remote):
    write = commands.write("task.delete", task, actor=alice)
    remote.on_write = lambda: remote.add(a_task(1, is_deleted=True))

    assert deliver(write) == State.CONFIRMED
    assert Task.objects.get().deleted_at


def is_looked_for_before_it_is_sent_again(clock, write, remote):
    assert deliver_at(clock, write, 10) == State.QUEUED
    assert Write.objects.get().not_before == clock.now + timedelta(seconds=1)
    assert deliver_at(clock, write, 5) == State.QUEUED
    assert len(remote.writes) == 1
    assert deliver_at(clock, write, 20) == State.QUEUED
    assert len(remote.writes) == 2


def test_what_is_accepted_and_still_there_is_looked_for_before_it_is_deleted_again(task, alice, remote, clock):
    write = commands.write("task.delete", task, actor=alice, now=clock.now)
    remote.on_write = lambda: remote.add(a_task(1))

    is_looked_for_before_it_is_sent_again(clock, write, remote)


def deliver_at(clock, write, seconds):
    clock.now += timedelta(seconds=seconds)
    return outbox.deliver(write.pk, clock=clock)


@pytest.fixture
def contact(full, remote):
    remote.add(a_contact(1, tags=("lead", "roof")))
    full()
    return Contact.objects.get()


@pytest.mark.parametrize(
    ("operation", "tags", "sent", "left"),
    [
        ("contact.add_tags", ["vip", "Lead"], ("c1", ["vip"]), ("lead", "roof", "late", "vip")),
        ("contact.remove_tags", ["roof", "gone"], ("c1", ["roof"]), ("lead", "late")),
    ],
)
def test_tags_join_and_leave_a_list_that_others_change_too(contact, alice, remote, operation, tags, sent, left):
    write = commands.write(operation, contact, {"tag_names": tags}, actor=alice)
    remote.add(a_contact(1, tags=("lead", "roof", "late")))

    assert deliver(write) == State.CONFIRMED
    assert remote.writes == [sent]
    contact.refresh_from_db()
    assert tuple(contact.tag_names) == left


def test_tags_that_came_meanwhile_are_not_sent_and_the_list_is_kept_as_it_is(contact, alice, remote):
    write = commands.write("contact.add_tags", contact, {"tag_names": ["vip"]}, actor=alice)
    remote.add(a_contact(1, tags=("vip", "late")))

    assert deliver(write) == State.CONFIRMED
    assert remote.writes == []
    contact.refresh_from_db()
    assert contact.tag_names == ["vip", "late"]


def test_a_tag_that_was_accepted_and_does_not_show_is_looked_for_before_it_is_sent_again(
    contact, alice, remote, clock
):
    write = commands.write("contact.add_tags", contact, {"tag_names": ["vip"]}, actor=alice, now=clock.now)
    remote.on_write = lambda: remote.add(a_contact(1, tags=("lead", "roof")))

    is_looked_for_before_it_is_sent_again(clock, write, remote)


def test_tags_that_are_there_already_are_no_write(contact, alice):
    assert commands.write("contact.add_tags", contact, {"tag_names": ["LEAD"]}, actor=alice) is None
    assert commands.write("contact.remove_tags", contact, {"tag_names": ["gone"]}, actor=alice) is None


def test_a_tag_that_is_about_to_leave_can_join_again_however_it_is_spelled(contact, alice):
    assert commands.write("contact.remove_tags", contact, {"tag_names": ["ROOF"]}, actor=alice)
    assert commands.write("contact.add_tags", contact, {"tag_names": ["Roof"]}, actor=alice)
