"""While a provider is away one write tries whether it is back; the others wait behind it and burn no attempt."""

from dataclasses import replace
from datetime import timedelta

import pytest

from integrations.activity.models import Task
from integrations.connections.ports import Absent, AuthLost, NotPermitted, Transient
from integrations.sync import commands, queue
from integrations.sync.models import Write
from integrations.sync.push import outage, outbox
from tests.sync.conftest import a_contact, a_task

pytestmark = pytest.mark.django_db(transaction=True)
State = Write.State
WAITS = "Not sent yet. It will go out when GoHighLevel works again."
AWAY = Transient("GoHighLevel has a problem.")


@pytest.fixture
def tick(remote, full, alice, clock):
    """Tick so many tasks; each is due at once."""
    remote.add(a_contact(1), *(a_task(number) for number in range(1, 11)))
    full()
    tasks = iter(Task.objects.order_by("pk"))

    def _tick(count):
        ticked = [next(tasks) for _ in range(count)]
        return [commands.write("task.complete", one, actor=alice, now=clock.now, undo_seconds=0) for one in ticked]

    return _tick


def deliver_due(clock):
    """What a tick of the clock does: deliver all that is due, one after the other."""
    for pk in list(Write.objects.due(clock.now).order_by("pk").values_list("pk", flat=True)):
        outbox.deliver(pk, clock=clock)


def asked(remote):
    return remote.calls.count(("one", "tasks"))


@pytest.fixture
def away(tick, remote, clock):
    """Ten people ticked something, and the provider answers nobody."""
    remote.fail("one", "tasks", *[AWAY] * 1000)
    writes = tick(9)
    deliver_due(clock)
    return writes


def test_after_three_that_failed_the_others_do_not_try(away, remote):
    assert asked(remote) == 3
    assert set(Write.objects.values_list("state", "reason")) == {(State.QUEUED, WAITS)}
    assert sorted(Write.objects.values_list("attempts", flat=True)) == [0] * 6 + [1] * 3


def test_then_one_tries_each_time_it_is_due_ever_more_seldom(away, remote, clock):
    waits = []
    for _ in range(8):
        before, began = asked(remote), clock.now
        clock.now = max(clock.now, min(Write.objects.values_list("not_before", flat=True)))
        deliver_due(clock)
        waits.append((round((clock.now - began).total_seconds()), asked(remote) - before))

    assert waits == [(seconds, 1) for seconds in (2, 4, 8, 16, 32, 64, 64, 64)]
    assert max(Write.objects.values_list("attempts", flat=True)) <= 3, "each time another one tries"


def test_once_one_gets_through_all_others_follow_at_once(away, remote, clock, rung):
    remote.errors.clear()
    clock.now += timedelta(seconds=2)
    probe = Write.objects.due(clock.now).order_by("pk").first()
    rung.clear()

    assert outbox.deliver(probe.pk, clock=clock) == State.CONFIRMED

    assert sorted(rung) == sorted(write.pk for write in away if write.pk != probe.pk)
    deliver_due(clock)
    assert Write.objects.filter(state=State.CONFIRMED).count() == 9
    assert sorted(remote.writes) == [(f"t{number}", True) for number in range(1, 10)]


@pytest.mark.parametrize("answer", [NotPermitted("This task is not yours."), Absent("It is not there.")])
def test_a_refusal_is_an_answer_too(away, remote, clock, rung, answer):
    remote.errors.clear()
    remote.fail("one", "tasks", answer)
    clock.now += timedelta(seconds=2)
    deliver_due(clock)

    assert (Write.objects.filter(state=State.FAILED).count(), len(rung)) == (1, 8)
    assert not Write.objects.held_by_outage(away[0].connection_id).exists()


def test_so_is_that_it_was_accepted_though_it_does_not_show_yet(away, remote, clock, rung):
    remote.errors.clear()
    clock.now += timedelta(seconds=2)
    probe = Write.objects.due(clock.now).order_by("pk").first()
    remote.on_write = lambda: remote.add(replace(remote.holds["tasks"][probe.remote_id], is_completed=False))
    rung.clear()

    assert outbox.deliver(probe.pk, clock=clock) == State.QUEUED
    assert sorted(rung) == sorted(write.pk for write in away if write.pk != probe.pk)


def test_a_sign_in_that_is_not_accepted_is_none(away, remote, clock, rung):
    remote.errors.clear()
    remote.fail("one", "tasks", AuthLost("Not accepted."))
    clock.now += timedelta(seconds=2)
    rung.clear()
    outbox.deliver(Write.objects.due(clock.now).order_by("pk").first().pk, clock=clock)

    assert rung == []


def test_what_is_ticked_meanwhile_waits_with_the_others(away, tick, remote, clock):
    before = asked(remote)
    (late,) = tick(1)
    outbox.deliver(late.pk, clock=clock)
    outbox.check_ahead(late.pk, clock=clock)

    late.refresh_from_db()
    assert (late.state, late.reason, late.attempts, late.can_undo) == (State.QUEUED, WAITS, 0, True)
    assert asked(remote) == before
    assert late.not_before == min(Write.objects.values_list("not_before", flat=True))


def test_and_tries_itself_where_one_of_them_is_due(away, tick, remote, clock):
    clock.now += timedelta(seconds=2)
    before = asked(remote)
    (late,) = tick(1)
    outbox.deliver(late.pk, clock=clock)

    assert asked(remote) == before + 1


def test_and_then_holds_up_the_others_as_well(away, tick, remote, clock):
    clock.now += timedelta(seconds=2)
    (late,) = tick(1)
    assert outage.claim(Write.objects.filter(pk=late.pk), "one worker", clock.now) == 1
    before = asked(remote)
    deliver_due(clock)

    assert asked(remote) == before


def test_while_one_tries_no_other_worker_does(away, remote, clock):
    clock.now += timedelta(seconds=2)
    first, second = Write.objects.due(clock.now).order_by("pk")[:2]
    taken = Write.objects.filter(pk=first.pk)
    assert outage.claim(taken, "one worker", clock.now) == 1

    assert outbox.deliver(second.pk, clock=clock) == ""

    second.refresh_from_db()
    assert (second.state, second.not_before) == (State.QUEUED, clock.now + outage.BEHIND)
    assert asked(remote) == 3
    assert not Write.objects.due(clock.now).exists(), "all others wait with it"
    # A worker that was killed holds up the others for no longer than its lease.
    clock.now += queue.length() + timedelta(seconds=1)
    outbox.deliver(second.pk, clock=clock)
    assert asked(remote) == 4


def test_waiting_behind_it_puts_no_other_forward(away, clock):
    clock.now += timedelta(seconds=2)
    first, second, *others = Write.objects.order_by("pk")
    Write.objects.exclude(pk__in=[first.pk, second.pk]).update(not_before=clock.now + timedelta(minutes=1))
    assert outage.claim(Write.objects.filter(pk=first.pk), "one worker", clock.now) == 1
    outbox.deliver(second.pk, clock=clock)

    kept = Write.objects.filter(pk__in=[one.pk for one in others]).values_list("not_before", flat=True)
    assert set(kept) == {clock.now + timedelta(minutes=1)}


def test_some_that_never_work_hold_up_no_other_for_long(tick, remote, clock):
    remote.fail("one", "tasks", *[AWAY] * 3)
    tick(3)
    deliver_due(clock)
    (good,) = tick(1)
    outbox.deliver(good.pk, clock=clock)

    clock.now += timedelta(seconds=64)
    outbox.deliver(good.pk, clock=clock)

    good.refresh_from_db()
    assert good.state == State.CONFIRMED


def test_two_that_failed_are_no_outage(tick, remote, clock):
    remote.fail("one", "tasks", AWAY, AWAY)
    tick(3)
    deliver_due(clock)

    assert sorted(Write.objects.values_list("state", flat=True)) == [State.CONFIRMED, State.QUEUED, State.QUEUED]


def test_the_writes_of_another_account_go_out_meanwhile(away, remote, clock, other_connection):
    mine = Write.objects.filter(pk=away[0].pk)
    assert mine.meet_outage()
    mine.update(connection=other_connection)
    assert not mine.meet_outage()
