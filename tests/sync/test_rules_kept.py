"""A rule settles what is of its own account and kind, is written down once, and undoes nobody's decision."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.connections.ports import Transient
from integrations.sync import commands
from integrations.sync.models import Conflict, MergePolicy, Write
from integrations.sync.push import conflicts, outbox
from integrations.workspace.models import AuditEntry
from tests.sync.conftest import a_task

pytestmark = pytest.mark.django_db(transaction=True)
State, Policy = Write.State, MergePolicy.Policy
UNSENT = Transient("It was not sent.", maybe_delivered=False)


def deliver(write):
    state = outbox.deliver(write.pk, now=write.not_before + timedelta(seconds=1))
    write.refresh_from_db()
    return state


@pytest.fixture
def write(task, alice, remote):
    """A change of two fields, of which somebody else has changed one."""
    made = commands.write("task.update", task, {"title": "Call back", "body": "Roof"}, actor=alice)
    remote.add(a_task(1, title="Write instead"))
    return made


def test_a_rule_of_another_account_or_kind_settles_nothing(write, remote, workspace, other_workspace):
    MergePolicy.objects.create(workspace=other_workspace, kind="task", field="title", policy=Policy.MINE)
    MergePolicy.objects.create(workspace=workspace, kind="note", field="title", policy=Policy.MINE)

    assert deliver(write) == State.CONFLICT
    assert remote.holds["tasks"]["t1"].title == "Write instead"


def test_what_a_rule_decided_is_written_down_once_however_often_it_is_tried(write, remote, workspace):
    MergePolicy.objects.create(workspace=workspace, kind="task", policy=Policy.THEIRS)
    remote.fail("write", "tasks", UNSENT, UNSENT)

    assert [deliver(write) for _ in range(3)] == [State.QUEUED, State.QUEUED, State.CONFIRMED]
    decided = Conflict.objects.get()
    assert (decided.taken, decided.value, decided.by_rule) == ("theirs", "Write instead", True)


def test_what_did_not_move_is_not_said_to_have_moved(write, remote):
    remote.fail("write", "tasks", UNSENT)
    deliver(write)

    assert deliver(write) == State.CONFLICT
    assert not AuditEntry.objects.filter(act="conflict.moved").exists()


def test_what_a_person_decided_stays_theirs_when_the_write_goes_on(write, bob):
    deliver(write)
    conflicts.resolve(conflict=write.conflicts.get(), taken="theirs", actor=bob, now=timezone.now())
    write.refresh_from_db()
    deliver(write)

    settled = write.conflicts.get()
    assert (settled.taken, settled.settled_by, settled.by_rule) == ("theirs", bob, False)


def test_what_was_put_back_over_there_is_no_conflict_any_more(write, remote):
    remote.fail("write", "tasks", UNSENT)
    deliver(write)
    remote.add(a_task(1))

    assert deliver(write) == State.CONFIRMED
    settled = write.conflicts.get()
    assert (settled.taken, settled.by_rule) == ("mine", True)
    assert (remote.holds["tasks"]["t1"].title, remote.holds["tasks"]["t1"].body) == ("Call back", "Roof")


def test_of_two_fields_each_is_settled_by_itself_and_once(write, remote, bob):
    remote.add(a_task(1, title="Write instead", body="Gutter"))
    deliver(write)
    title, body = (write.conflicts.get(field=name) for name in ("title", "body"))
    for one, taken in ((body, "mine"), (title, "theirs")):
        conflicts.resolve(conflict=one, taken=taken, actor=bob, now=timezone.now())
        with pytest.raises(conflicts.Settled):
            conflicts.resolve(conflict=one, taken="mine", actor=bob, now=timezone.now())

    write.refresh_from_db()
    assert deliver(write) == State.CONFIRMED
    assert (remote.holds["tasks"]["t1"].title, remote.holds["tasks"]["t1"].body) == ("Write instead", "Roof")
