"""Two people ask for the same, or one builds on what another asked for: each wish stands when the other falls."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations.activity.models import Appointment, Contact
from integrations.connections.ports import Permanent, Transient
from integrations.sync import commands, jobs
from integrations.sync.health.batches import progress_of
from integrations.sync.health.writes import count_own, own
from integrations.sync.models import Conflict, Write
from integrations.sync.push import conflicts, outbox
from integrations.sync.push.outcome import settle
from integrations.workspace.models import Workspace
from tests.sync.conftest import DAY, a_contact, a_task, an_appointment
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


def elsewhere(ask):
    """What another worker finds at this moment."""

    def asked():
        try:
            return ask()
        finally:
            database.close()

    with ThreadPoolExecutor(1) as worker:
        return worker.submit(asked).result()


def told(write):
    write.refresh_from_db()
    return write


def complete(dana, actor):
    return commands.write("task.complete", dana.tasks.get(), actor=actor)


def rename(dana, actor, **names):
    return commands.write("contact.update", dana, names, actor=actor)


def all_delivered():
    return [deliver(write) for write in Write.objects.order_by("pk")]


def states():
    return list(Write.objects.order_by("pk").values_list("state", flat=True))


def test_two_who_ask_for_the_same_have_a_write_each_and_it_is_sent_once(dana, alice, bob, remote):
    first, second = complete(dana, alice), complete(dana, bob)
    assert (first.actor, second.actor) == (alice, bob)
    assert deliver(first) == State.CONFIRMED
    assert states() == [State.CONFIRMED, State.CONFIRMED]
    assert len(remote.writes) == 1


def test_neither_asks_twice(dana, alice, bob):
    first, second = complete(dana, alice), complete(dana, bob)
    assert (complete(dana, alice), complete(dana, bob)) == (first, second)
    rename(dana, alice, first_name="Dee")
    rename(dana, bob, first_name="Dee")
    rename(dana, alice, first_name="Dee")
    assert Write.objects.count() == 4


def test_each_finds_theirs_among_their_own_with_a_true_number(dana, alice, bob, remote):
    complete(dana, alice)
    complete(dana, bob)
    workspace = Workspace.objects.all()
    for person in (alice, bob):
        assert [one.actor for one in own(person.pk, workspace, before=None, at_most=9)] == [person]
        assert workspace.annotate(number=count_own(person.pk)).get().number == 1


def test_what_is_refused_is_refused_to_both_and_sent_once(dana, alice, bob, remote):
    first, second = complete(dana, alice), complete(dana, bob)
    remote.fail("write", "tasks", Permanent("Never."))
    deliver(first)
    second.refresh_from_db()

    assert (second.state, second.reason, second.can_retry) == (State.FAILED, told(first).reason, False)
    assert not remote.writes


def test_what_nobody_knows_of_is_unknown_to_both(dana, alice, bob, remote, monkeypatch):
    monkeypatch.setattr(Write, "MOST_ATTEMPTS", 1)
    first, second = complete(dana, alice), complete(dana, bob)
    remote.fail("write", "tasks", Transient("Lost.", maybe_delivered=True))
    deliver(first)

    assert {told(first).status, told(second).status} == {"unknown"}
    assert commands.retry(write=told(second), actor=bob).actor == bob


def test_each_decides_about_theirs_alone(dana, alice, erin, remote):
    first, second = complete(dana, alice), complete(dana, erin)
    remote.fail("write", "tasks", Permanent("Never."))
    deliver(first)

    with pytest.raises(commands.Refused):
        commands.dismiss(write=told(second), actor=alice)
    assert commands.dismiss(write=told(first), actor=alice)
    assert states() == [State.DISMISSED, State.FAILED]


def test_who_asks_for_more_than_the_first_is_not_answered_with_less(dana, alice, bob, remote):
    rename(dana, alice, first_name="Dee")
    rename(dana, bob, first_name="Dee", email="dee@example.com")

    assert all_delivered() == [State.CONFIRMED, State.CONFIRMED]
    assert remote.holds["contacts"]["c1"].email == "dee@example.com"


def test_what_was_seen_before_the_first_arrived_is_looked_at_again(dana, alice, bob, remote):
    first = rename(dana, alice, first_name="Dee")
    second = rename(dana, bob, first_name="Dee", email="dee@example.com")
    outbox.check_ahead(second.pk)
    assert told(second).checked_at
    deliver(first)
    remote.add(a_contact(1, first_name="Dee", email="dana@example.com"))

    assert deliver(second) == State.CONFLICT


def test_what_a_third_changes_in_between_is_no_longer_what_the_second_gets(dana, alice, bob, carol, remote):
    first = rename(dana, alice, first_name="Dee")
    rename(dana, carol, first_name="Dina")
    rename(dana, bob, first_name="Dee")

    deliver(first)
    assert states() == [State.CONFIRMED, State.QUEUED, State.QUEUED]
    assert all_delivered() == [State.CONFIRMED] * 3
    assert [name for _, name in remote.writes] == ["Dee", "Dina", "Dee"]


def test_a_rule_that_kept_what_was_there_answers_only_the_first(dana, alice, bob, remote, connection):
    first, _ = rename(dana, alice, first_name="Dee"), rename(dana, bob, first_name="Dee")
    conflicts.set_policy(
        workspace=connection.workspace, kind="contact", field="first_name", policy="theirs", actor=None
    )
    remote.add(a_contact(1, first_name="Daniela"))
    deliver(first)

    assert states() == [State.CONFIRMED, State.QUEUED]


def test_what_both_had_crossed_is_settled_by_one_of_them_for_both(dana, alice, bob, remote, now):
    rename(dana, alice, first_name="Dee")
    rename(dana, bob, first_name="Dee")
    remote.add(a_contact(1, first_name="Daniela"))
    assert all_delivered() == [State.CONFLICT, State.CONFLICT]

    crossed = Conflict.objects.get(write__actor=alice)
    write = commands.settle_conflict(conflict=crossed, taken="mine", actor=alice, now=now)

    assert deliver(write) == State.CONFIRMED
    assert states() == [State.CONFIRMED, State.CONFIRMED]
    assert not Conflict.objects.open().exists()


def test_it_goes_out_for_the_second_where_the_first_may_not_send_it_by_then(dana, alice, bob, remote):
    complete(dana, alice)
    complete(dana, bob)
    leave(alice)

    assert all_delivered() == [State.FAILED, State.CONFIRMED]


def test_and_for_a_command_line(dana, alice, remote):
    complete(dana, alice)
    complete(dana, None)
    leave(alice)

    assert all_delivered() == [State.FAILED, State.CONFIRMED]


def test_a_command_line_delivers_what_stands_before_its_own(dana, alice, remote):
    first = complete(dana, alice)
    Write.objects.update(not_before=timezone.now())
    jobs.deliver_until_settled(complete(dana, None).pk, timeout=0)

    assert told(first).state == State.CONFIRMED
    assert states() == [State.CONFIRMED, State.CONFIRMED]


def test_but_not_where_neither_may(dana, alice, bob, remote):
    complete(dana, alice)
    complete(dana, bob)
    leave(alice)
    leave(bob)

    assert all_delivered() == [State.FAILED, State.FAILED]
    assert not remote.writes


def test_it_goes_out_for_the_second_where_the_first_is_deleted(dana, alice, bob, carol, remote):
    complete(dana, alice)
    complete(dana, carol)
    complete(dana, bob)
    type(alice).objects.filter(pk__in=[alice.pk, carol.pk]).delete()

    assert all_delivered() == [State.FAILED, State.FAILED, State.CONFIRMED]
    assert len(remote.writes) == 1


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

    assert all_delivered() == [State.FAILED, State.CONFIRMED, State.FAILED]
    assert remote.writes == [("c1", "Dee")]


def test_many_at_once_have_a_write_each_beside_what_is_asked_of_one(dana, alice, bob, remote):
    tagged = {"tag_names": ["vip"]}
    commands.write("contact.add_tags", dana, tagged, actor=alice)
    commands.write_many("contact.add_tags", [dana.pk], tagged, actor=bob, batch="b" * 20)
    leave(alice)

    assert all_delivered() == [State.FAILED, State.CONFIRMED]
    assert progress_of("b" * 20, bob.pk).done == 1


def test_many_at_once_do_not_ride_on_what_is_being_sent(dana, alice, bob, remote):
    tagged = {"tag_names": ["vip"]}
    first = commands.write("contact.add_tags", dana, tagged, actor=alice)
    held = {"state": State.SENDING, "lease_owner": "worker", "lease_until": timezone.now() + timedelta(minutes=1)}
    Write.objects.update(**held)

    many = commands.write_many("contact.add_tags", [dana.pk], tagged, actor=bob, batch="b" * 20)

    assert (len(many.writes), many.under_way) == (1, [])
    settle(told(first), State.FAILED, "Alice may not.", is_personal=True)
    assert deliver(many.writes[0]) == State.CONFIRMED
    assert remote.writes == [("c1", ["vip"])]


def test_many_at_once_ask_nobody_twice(dana, alice, remote):
    tagged = {"tag_names": ["vip"]}
    first = commands.write("contact.add_tags", dana, tagged, actor=alice)

    many = commands.write_many("contact.add_tags", [dana.pk], tagged, actor=alice, batch="b" * 20)

    assert (many.writes, many.under_way) == ([], [first])


def test_many_at_once_ask_for_no_more_than_that(dana, alice, bob, remote):
    commands.write("contact.add_tags", dana, {"tag_names": ["vip", "gold"]}, actor=alice)
    commands.write_many("contact.add_tags", [dana.pk], {"tag_names": ["vip"]}, actor=bob, batch="b" * 20)
    leave(alice)

    assert all_delivered() == [State.FAILED, State.CONFIRMED]


def ends_by_refusal(first, alice, remote):
    remote.fail("write", "contacts", Permanent("Never."))
    deliver(first)


def ends_by_undo(first, alice, remote):
    commands.undo(write=first, actor=alice)


@pytest.mark.parametrize("end", [ends_by_refusal, ends_by_undo])
def test_no_worker_can_take_up_what_follows_before_it_starts_from_what_became_of_the_first(
    dana, alice, bob, remote, end
):
    first, second = rename(dana, alice, first_name="Dee"), rename(dana, bob, first_name="Dina")
    soon, seen = second.not_before + timedelta(seconds=1), []
    follows_what_fell = Write.objects.due(soon).filter(pk=second.pk, base={"first_name": "Dee"})

    def look(execute, sql, params, many, context):
        answer = execute(sql, params, many, context)
        if sql.startswith("UPDATE"):
            seen.append(elsewhere(follows_what_fell.exists))
        return answer

    with database.execute_wrapper(look):
        end(first, alice, remote)

    assert seen
    assert not any(seen)
    assert told(second).base == {"first_name": "Dana"}


def ends_with_its_person(first, alice, remote):
    alice.delete()


@pytest.mark.parametrize("end", [ends_by_refusal, ends_by_undo, ends_with_its_person])
def test_workers_are_told_of_what_follows_a_write_that_falls(dana, alice, bob, remote, rung, end):
    first, second = rename(dana, alice, first_name="Dee"), rename(dana, bob, first_name="Dina")
    rung.clear()
    end(first, alice, remote)

    assert second.pk in rung


def test_the_end_of_a_write_asks_once_what_stands_beside_it(dana, alice, bob, remote):
    first = rename(dana, alice, first_name="Dee")
    rename(dana, bob, first_name="Dina")
    held = {"state": State.SENDING, "lease_owner": "worker", "lease_until": timezone.now() + timedelta(minutes=1)}
    Write.objects.filter(pk=first.pk).update(**held)
    with CaptureQueriesContext(database) as asked:
        settle(told(first), State.FAILED, "Refused.")

    read = [query["sql"] for query in asked if 'FROM "sync_write"' in query["sql"]]
    assert len(read) == 3  # told, what stands beside it, its entry in the audit


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

    assert commands.undo(write=write, actor=alice)
    assert all_delivered() == [State.UNDONE, State.CONFIRMED]
    assert remote.writes == [("t1", True)]


def test_the_opposite_takes_back_their_own_alone(dana, alice, erin, remote):
    complete(dana, alice)
    complete(dana, erin)

    assert commands.write("task.reopen", dana.tasks.get(), actor=alice) is None
    assert all_delivered() == [State.UNDONE, State.CONFIRMED]


def test_of_a_manager_who_asked_for_neither_it_takes_back_both(dana, alice, erin, bob, remote):
    complete(dana, alice)
    complete(dana, erin)

    assert commands.write("task.reopen", dana.tasks.get(), actor=bob) is None
    assert states() == [State.UNDONE, State.UNDONE]


@pytest.mark.parametrize("by_opposite", [True, False])
def test_a_tick_can_be_taken_back_while_the_opposite_of_a_colleague_waits_behind_it(
    dana, alice, erin, remote, by_opposite
):
    write = complete(dana, alice)
    commands.write("task.reopen", dana.tasks.get(), actor=erin)

    if by_opposite:
        assert commands.write("task.reopen", dana.tasks.get(), actor=alice) is None
    else:
        assert commands.undo(write=write, actor=alice)

    assert all_delivered() == [State.UNDONE, State.CONFIRMED]
    assert not remote.writes
    assert not remote.holds["tasks"]["t1"].is_completed


def test_what_follows_one_of_two_that_were_the_same_starts_from_the_other(dana, alice, bob, carol, remote):
    first = rename(dana, alice, first_name="Dee")
    rename(dana, bob, first_name="Dee")
    rename(dana, carol, first_name="Dina")
    commands.undo(write=first, actor=alice)

    assert all_delivered() == [State.UNDONE, State.CONFIRMED, State.CONFIRMED]
    assert [name for _, name in remote.writes] == ["Dee", "Dina"]


def test_and_from_before_both_once_the_other_falls_too(dana, alice, bob, carol, remote):
    first, second = rename(dana, alice, first_name="Dee"), rename(dana, bob, first_name="Dee")
    rename(dana, carol, first_name="Dina")
    commands.undo(write=first, actor=alice)
    commands.undo(write=second, actor=bob)

    assert all_delivered() == [State.UNDONE, State.UNDONE, State.CONFIRMED]


def test_two_who_follow_a_write_that_falls_with_the_same_both_start_from_before_it(
    dana, alice, bob, carol, remote
):
    first = rename(dana, alice, first_name="Dee")
    second = rename(dana, carol, first_name="Dina")
    rename(dana, bob, first_name="Dina")
    commands.undo(write=first, actor=alice)
    commands.undo(write=second, actor=carol)

    assert all_delivered() == [State.UNDONE, State.UNDONE, State.CONFIRMED]


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

    again = commands.retry(write=told(write), actor=alice)

    assert states() == [State.DISMISSED, State.FAILED, State.QUEUED]
    assert deliver(again) == State.CONFIRMED
    assert states() == [State.DISMISSED, State.CONFIRMED, State.CONFIRMED]
    assert len(remote.writes) == 1


def test_so_does_who_tries_many_again(dana, alice, bob, remote):
    for person, batch in ((alice, "a" * 20), (bob, "b" * 20)):
        commands.write_many("contact.add_tags", [dana.pk], {"tag_names": ["vip"]}, actor=person, batch=batch)
    Write.objects.update(state=State.FAILED)

    [again] = commands.retry_many(batch="a" * 20, actor=alice).writes

    assert states() == [State.DISMISSED, State.FAILED, State.QUEUED]
    deliver(again)
    assert progress_of("b" * 20, bob.pk).done == 1


@pytest.fixture
def move(full, remote):
    """Moves the only meeting by a day, "anyway" where that is not offered."""
    remote.add(a_contact(1), an_appointment(1))
    full()

    def to_tomorrow(actor, **options):
        wanted = {"start_at": DAY + timedelta(days=1), "end_at": DAY + timedelta(days=1, hours=1)}
        return commands.write(
            "appointment.update", Appointment.objects.get(), wanted, actor=actor, options=options
        )

    return to_tomorrow


def test_who_insists_on_a_time_is_not_refused_with_who_did_not(move, alice, bob, remote):
    first, second = move(alice), move(bob, ignores_slots=True)
    remote.fail("write", "appointments", Permanent("The slot is no longer available."))

    assert (deliver(first), deliver(second)) == (State.FAILED, State.CONFIRMED)
    assert told(second).options == {"ignores_slots": True}


def test_who_insists_while_their_own_is_being_sent_asks_anew_with_it(move, alice, remote):
    first, later = move(alice), []
    remote.on_read = lambda: later.append(move(alice, ignores_slots=True))
    remote.fail("write", "appointments", Permanent("The slot is no longer available."))
    deliver(first)

    assert later[0] != first
    assert deliver(later[0]) == State.CONFIRMED
    assert told(later[0]).options == {"ignores_slots": True}


def test_but_is_content_with_what_arrived(move, alice, bob, remote):
    first, second = move(alice), move(bob, ignores_slots=True)

    assert (deliver(first), told(second).state) == (State.CONFIRMED, State.CONFIRMED)
    assert len(remote.writes) == 1
