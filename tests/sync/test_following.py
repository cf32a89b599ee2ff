"""Two people ask for the same, or one builds on what another asked for: each wish stands when the other falls."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.activity.models import Contact
from integrations.connections.ports import Permanent
from integrations.sync import commands
from integrations.sync.models import Write
from integrations.sync.models.writes import Option
from integrations.sync.push import outbox
from tests.sync.conftest import a_contact, a_task
from tests.sync.test_outbox import deliver
from tests.sync.test_permission import leave

pytestmark = pytest.mark.django_db(transaction=True)
State = Write.State


@pytest.fixture
def dana(full, remote):
    """A contact with a task, read once."""
    remote.add(a_contact(1))
    remote.add(a_task(1))
    full()
    remote.calls.clear()
    return Contact.objects.get()


def complete(dana, actor):
    return commands.write("task.complete", dana.tasks.get(), actor=actor)


def rename(dana, actor, **names):
    return commands.write("contact.update", dana, names, actor=actor)


def all_delivered():
    return [deliver(write) for write in Write.objects.order_by("pk")]


def test_two_who_ask_for_the_same_share_a_write(dana, alice, bob, remote):
    assert complete(dana, alice).pk == complete(dana, bob).pk == complete(dana, bob).pk
    assert all_delivered() == [State.CONFIRMED]
    assert len(remote.writes) == 1


def test_it_goes_out_for_the_second_where_the_first_may_not_send_it_by_then(dana, alice, bob, remote):
    complete(dana, alice)
    complete(dana, bob)
    leave(alice)

    assert all_delivered() == [State.CONFIRMED]


def test_and_for_a_command_line(dana, alice, remote):
    complete(dana, alice)
    complete(dana, None)
    leave(alice)

    assert all_delivered() == [State.CONFIRMED]


def test_but_not_where_neither_may(dana, alice, bob, remote):
    complete(dana, alice)
    complete(dana, bob)
    leave(alice)
    leave(bob)

    assert all_delivered() == [State.FAILED]
    assert not remote.writes


def test_it_is_left_to_the_second_where_the_first_is_deleted(dana, alice, bob, carol, remote):
    complete(dana, alice)
    complete(dana, carol)
    complete(dana, bob)
    type(alice).objects.filter(pk__in=[alice.pk, carol.pk]).delete()

    assert Write.objects.get().actor == bob
    assert all_delivered() == [State.CONFIRMED]


def test_no_more_than_the_second_asked_for_goes_out(dana, alice, bob, remote):
    rename(dana, alice, first_name="Dee", last_name="Whit")
    rename(dana, bob, first_name="Dee")
    leave(alice)

    assert all_delivered() == [State.FAILED, State.CONFIRMED]
    assert remote.writes == [("c1", "Dee")]


def test_nothing_is_sent_twice_where_the_first_arrives(dana, alice, bob, remote):
    rename(dana, alice, first_name="Dee", last_name="Whit")
    rename(dana, bob, first_name="Dee")

    assert all_delivered() == [State.CONFIRMED, State.CONFIRMED]
    assert len(remote.writes) == 1


def test_the_second_asks_for_it_alone_where_the_first_is_being_sent(dana, alice, bob, remote):
    first = complete(dana, alice)
    remote.on_read = lambda: complete(dana, bob)
    deliver(first)

    assert Write.objects.count() == 2
    assert all_delivered() == [State.CONFIRMED, State.CONFIRMED]
    assert len(remote.writes) == 1


def test_the_first_no_longer_changes_what_the_second_asked_for_too(dana, alice, bob, remote):
    rename(dana, alice, first_name="Dee")
    rename(dana, bob, first_name="Dee")
    rename(dana, alice, first_name="Dina")
    leave(alice)

    assert all_delivered() == [State.CONFIRMED, State.FAILED]
    assert remote.writes == [("c1", "Dee")]


def test_many_at_once_join_what_is_asked_of_one(dana, alice, bob, remote):
    tagged = {"tag_names": ["vip"]}
    commands.write("contact.add_tags", dana, tagged, actor=alice)
    commands.write_many("contact.add_tags", [dana.pk], tagged, actor=bob, batch="b" * 20)
    leave(alice)

    assert all_delivered() == [State.CONFIRMED]


def test_many_at_once_ask_for_no_more_than_that(dana, alice, bob, remote):
    commands.write("contact.add_tags", dana, {"tag_names": ["vip", "gold"]}, actor=alice)
    commands.write_many("contact.add_tags", [dana.pk], {"tag_names": ["vip"]}, actor=bob, batch="b" * 20)
    leave(alice)

    assert all_delivered() == [State.FAILED, State.CONFIRMED]


@pytest.mark.parametrize("fate", ["left", "deleted", "undone", "refused"])
def test_what_builds_on_a_write_that_falls_is_no_conflict(dana, alice, bob, remote, fate):
    first = rename(dana, alice, first_name="Dee")
    rename(dana, bob, first_name="Dina")
    if fate == "left":
        leave(alice)
    elif fate == "deleted":
        alice.delete()
    elif fate == "undone":
        commands.undo(write=first, actor=alice)
    else:
        remote.fail("write", "contacts", Permanent("Never."))

    assert all_delivered()[1] == State.CONFIRMED
    assert remote.writes[-1] == ("c1", "Dina")


def test_but_what_was_changed_over_there_meanwhile_is_one_all_the_same(dana, alice, bob, remote):
    rename(dana, alice, first_name="Dee")
    rename(dana, bob, first_name="Dina")
    leave(alice)
    remote.add(a_contact(1, first_name="Daniela"))

    assert all_delivered() == [State.FAILED, State.CONFLICT]


def test_who_takes_back_what_somebody_else_asked_for_as_well_leaves_it_to_them(dana, alice, bob, remote):
    write = complete(dana, alice)
    complete(dana, bob)
    write.refresh_from_db()

    assert commands.undo(write=write, actor=alice)
    write.refresh_from_db()
    assert (write.state, write.actor, write.options[Option.ALSO]) == (State.QUEUED, bob, [])
    assert commands.undo(write=write, actor=bob)
    write.refresh_from_db()
    assert write.state == State.UNDONE


def test_what_follows_a_write_that_stopped_every_worker_starts_from_before_it(dana, alice, bob, remote):
    now = timezone.now()
    first, second = rename(dana, alice, first_name="A"), rename(dana, bob, first_name="B")
    held = {"state": State.SENDING, "lease_until": now - timedelta(minutes=1), "lease_owner": "gone"}
    Write.objects.filter(pk=first.pk).update(**held, attempts=outbox.MOST_STOPPED)
    outbox.requeue_abandoned(now)

    assert deliver(second) == State.CONFIRMED


def test_a_new_record_that_was_edited_is_made_once_when_its_old_form_comes_again(dana, alice, remote):
    def add(body):
        how = {"contact": dana, "actor": alice, "form": "f1", "undo_seconds": 0}
        return commands.create("note.create", dana.connection, {"body": body}, **how)

    failed = add("Roof")
    remote.fail("write", "notes", Permanent("Never."))
    deliver(failed)
    edited = commands.edit_failed(write=failed, changes={"body": "Roof, north side"}, actor=alice)

    assert add("Roof") == edited


def test_who_tries_a_shared_failure_again_tries_for_the_others_too(dana, alice, bob, remote):
    write = complete(dana, alice)
    complete(dana, bob)
    remote.fail("write", "tasks", Permanent("Never."))
    deliver(write)
    write.refresh_from_db()

    again = commands.retry(write=write, actor=alice)

    assert again.options[Option.ALSO] == [bob.pk]
