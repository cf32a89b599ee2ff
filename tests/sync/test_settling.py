"""Two people change one field: nobody's value is lost, everything else goes on, and each decision is kept."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.connections.ports import Transient
from integrations.sync import commands
from integrations.sync.models import Conflict, MergePolicy, Write
from integrations.sync.push import conflicts, outbox
from integrations.workspace.models import AuditEntry
from tests.sync.conftest import DAY, a_task

pytestmark = pytest.mark.django_db(transaction=True)
State, Policy = Write.State, MergePolicy.Policy


def deliver(write):
    return outbox.deliver(write.pk, now=write.not_before + timedelta(seconds=1))


def resolve(conflict, taken, actor=None, **how):
    return conflicts.resolve(conflict=conflict, taken=taken, actor=actor, now=timezone.now(), **how)


@pytest.fixture
def crossed(task, alice, remote):
    """A change of two fields, of which somebody else has changed one."""
    write = commands.write("task.update", task, {"title": "Call back", "body": "Roof"}, actor=alice)
    remote.add(a_task(1, title="Write instead", updated_at=DAY))
    assert deliver(write) == State.CONFLICT
    write.refresh_from_db()
    return write


def test_all_three_values_are_kept_and_the_other_field_is_saved(crossed, remote):
    conflict = crossed.conflicts.get()

    assert (conflict.field, conflict.base, conflict.mine, conflict.theirs, conflict.theirs_at) == (
        ("title", "Call", "Call back", "Write instead", DAY)
    )
    assert (remote.holds["tasks"]["t1"].title, remote.holds["tasks"]["t1"].body) == ("Write instead", "Roof")


@pytest.mark.parametrize(
    ("taken", "value", "stays"),
    [("mine", None, "Call back"), ("theirs", None, "Write instead"), ("edited", "Call or write", "Call or write")],
)
def test_whoever_settles_it_decides_and_the_write_is_confirmed(crossed, remote, bob, taken, value, stays):
    resolve(crossed.conflicts.get(), taken, bob, value=value)

    crossed.refresh_from_db()
    assert deliver(crossed) == State.CONFIRMED
    assert remote.holds["tasks"]["t1"].title == stays
    settled = crossed.conflicts.get()
    assert (settled.taken, settled.value, settled.settled_by) == (taken, stays, bob)
    told = AuditEntry.objects.get(act="conflict.settle")
    assert (told.actor, told.result, told.detail["mine"], told.detail["theirs"], told.detail["value"]) == (
        (bob, taken, "Call back", "Write instead", stays)
    )


def test_a_form_that_was_open_while_a_colleague_saved_is_crossed_and_overwrites_nothing(task, alice, bob, remote):
    seen = {"title": task.title}
    assert deliver(commands.write("task.update", task, {"title": "By Bob"}, actor=bob)) == State.CONFIRMED

    write = commands.write("task.update", task, {"title": "By Alice"}, actor=alice, base=seen)

    assert deliver(write) == State.CONFLICT
    assert remote.holds["tasks"]["t1"].title == "By Bob"


def test_so_is_one_whose_colleague_is_about_to_be_sent(task, alice, bob, remote):
    first = commands.write("task.update", task, {"title": "By Bob"}, actor=bob)
    second = commands.write("task.update", task, {"title": "By Alice"}, actor=alice, base={"title": task.title})

    assert (deliver(first), deliver(second)) == (State.CONFIRMED, State.CONFLICT)
    assert remote.holds["tasks"]["t1"].title == "By Bob"


def test_it_is_settled_once(crossed, bob):
    conflict = crossed.conflicts.get()
    resolve(conflict, "mine", bob)

    with pytest.raises(conflicts.Settled):
        resolve(conflict, "theirs", bob)


def test_what_moves_once_more_before_it_is_sent_is_crossed_again(crossed, remote):
    resolve(crossed.conflicts.get(), "mine")
    remote.add(a_task(1, title="Do nothing", body="Roof"))

    crossed.refresh_from_db()
    assert deliver(crossed) == State.CONFLICT
    assert crossed.conflicts.open().get().theirs == "Do nothing"


def test_a_write_waits_for_the_last_of_its_conflicts(task, alice, remote):
    write = commands.write("task.update", task, {"title": "Call back", "body": "Roof"}, actor=alice)
    remote.add(a_task(1, title="Write", body="Gutter"))
    deliver(write)
    first, last = write.conflicts.all()

    assert resolve(first, "mine").state == State.CONFLICT
    resolve(last, "mine")
    write.refresh_from_db()
    assert deliver(write) == State.CONFIRMED
    assert (remote.holds["tasks"]["t1"].title, remote.holds["tasks"]["t1"].body) == ("Call back", "Roof")


@pytest.mark.parametrize(
    ("policy", "theirs_in", "stays"),
    [
        (Policy.MINE, -60, "Call back"),
        (Policy.THEIRS, -60, "Write instead"),
        (Policy.LATEST, -60, "Call back"),
        (Policy.LATEST, 60, "Write instead"),
    ],
)
def test_a_rule_settles_it_at_once_and_is_written_down(task, alice, remote, policy, theirs_in, stays):
    workspace = task.workspace
    MergePolicy.objects.create(workspace=workspace, kind="task", field="title", policy=policy)
    write = commands.write("task.update", task, {"title": "Call back"}, actor=alice)
    changed_at = write.created_at + timedelta(seconds=theirs_in)
    remote.add(a_task(1, title="Write instead", updated_at=changed_at))

    assert deliver(write) == State.CONFIRMED
    assert remote.holds["tasks"]["t1"].title == stays
    decided = Conflict.objects.get()
    assert (decided.by_rule, decided.value, decided.mine, decided.theirs) == (
        (True, stays, "Call back", "Write instead")
    )


def test_the_latest_wins_only_where_both_times_are_known(task, alice, remote):
    MergePolicy.objects.create(workspace=task.workspace, kind="task", policy=Policy.LATEST)
    write = commands.write("task.update", task, {"title": "Call back"}, actor=alice)
    remote.add(a_task(1, title="Write instead", updated_at=None))

    assert deliver(write) == State.CONFLICT


def test_a_decision_that_is_remembered_is_the_rule_of_that_field(crossed, task, alice, remote):
    resolve(crossed.conflicts.get(), "mine", alice, remember=True)
    crossed.refresh_from_db()
    deliver(crossed)
    task.refresh_from_db()

    write = commands.write("task.update", task, {"title": "Third"}, actor=alice)
    remote.add(a_task(1, title="Theirs again", body="Roof"))
    assert deliver(write) == State.CONFIRMED
    assert remote.holds["tasks"]["t1"].title == "Third"


def test_a_newer_change_of_the_field_stands_in_its_place(crossed, task, alice, remote):
    task.refresh_from_db()
    write = commands.write("task.update", task, {"title": "Newer"}, actor=alice)

    assert deliver(write) == State.CONFIRMED
    crossed.refresh_from_db()
    assert crossed.state == State.DISMISSED
    assert crossed.conflicts.get().taken == Conflict.Taken.EDITED


def test_a_change_of_another_field_leaves_it_open(crossed, task, alice):
    task.refresh_from_db()
    write = commands.write("task.update", task, {"body": "Chimney"}, actor=alice)

    assert deliver(write) == State.CONFIRMED
    crossed.refresh_from_db()
    assert crossed.state == State.CONFLICT


def test_a_crossed_write_is_not_simply_sent_again(crossed, alice):
    with pytest.raises(commands.Refused, match="Choose which value"):
        commands.retry(write=crossed, actor=alice)


def test_putting_it_away_keeps_theirs_and_says_so(crossed, bob):
    assert commands.dismiss(write=crossed, actor=bob)

    settled = crossed.conflicts.get()
    assert (settled.taken, settled.value, settled.settled_by) == ("theirs", "Write instead", bob)


def test_putting_it_away_keeps_what_was_settled_before(crossed, bob):
    crossed.conflicts.create(field="body", mine="Roof", theirs="Gutter", taken="mine")
    commands.dismiss(write=crossed, actor=bob)

    assert crossed.conflicts.get(field="body").taken == "mine"


def test_what_was_written_leaves_the_audit_when_everything_of_it_is_purged(crossed, alice):
    resolve(crossed.conflicts.get(), "mine", alice)

    commands.purge_cache(crossed.connection)

    kept = AuditEntry.objects.filter(act__in=("task.update", "conflict.settle"))
    assert {(entry.actor, str(entry.detail)) for entry in kept} == {(alice, "{}")}
    assert not Conflict.objects.exists()


def test_what_has_moved_since_it_was_shown_is_not_settled(crossed, bob):
    shown = crossed.conflicts.get()
    Conflict.objects.update(theirs="Do nothing")

    with pytest.raises(conflicts.Settled):
        resolve(shown, "mine", bob)
    assert Conflict.objects.open().exists()


def test_a_value_that_was_shown_and_moved_before_it_was_settled_is_kept_in_the_audit(task, alice, remote):
    write = commands.write("task.update", task, {"title": "Call back", "body": "Roof"}, actor=alice)
    remote.add(a_task(1, title="Write instead", updated_at=DAY))
    remote.fail("write", "tasks", Transient("It was not sent.", maybe_delivered=False))
    deliver(write)
    assert write.conflicts.get().theirs == "Write instead"
    remote.add(a_task(1, title="Do nothing", updated_at=DAY))

    write.refresh_from_db()
    deliver(write)

    assert write.conflicts.get().theirs == "Do nothing"
    told = AuditEntry.objects.get(act="conflict.moved").detail
    assert (told["field"], told["before"], told["after"]) == ("title", "Write instead", "Do nothing")
