"""Whatever several people want of a task, no value disappears without a record of it.

A story: somebody here saw `base` and wants `mine`. Over there it became `theirs`, and `later` once more: while the
first attempt failed, or while a conflict waited. Rules and people settle, each field its own way.
"""

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.activity.models import Task
from integrations.connections.ports import Transient
from integrations.sync import commands
from integrations.sync.models import Conflict, MergePolicy, Write
from integrations.sync.models.writes import fields_of, plain
from integrations.sync.push import conflicts, outbox
from integrations.workspace.models import AuditEntry
from tests.sync.conftest import DAY, a_task

pytestmark = pytest.mark.django_db(transaction=True)

TEXTS, USERS = st.sampled_from(["", "one", "two", "three"]), st.sampled_from(["", "u1", "u2", "u3"])
DAYS = st.sampled_from([DAY + timedelta(days=number) for number in range(4)])
VALUES = {"title": TEXTS, "body": TEXTS, "owner_remote_id": USERS, "due_at": DAYS}
RECORDS = st.fixed_dictionaries(VALUES)
SOME = st.fixed_dictionaries({}, optional=VALUES)
RULES = st.dictionaries(st.sampled_from(["", *VALUES]), st.sampled_from(MergePolicy.Policy.values), max_size=4)
STORY = {
    "base": RECORDS,
    "mine": SOME,
    "theirs": SOME,
    "later": SOME,
    "rules": RULES,
    "fails": st.booleans(),
    "edited": RECORDS,
}
CHOICES = st.fixed_dictionaries(dict.fromkeys(VALUES, st.sampled_from(["mine", "theirs", "edited", "leave"])))


class Story:
    """What was over there in its order, what we wrote over, and what was shown as crossed."""

    def __init__(self, remote, clock):
        self.remote, self.clock = remote, clock
        self.history, self.overwritten, self.shown = defaultdict(list), defaultdict(list), defaultdict(list)
        remote.on_write = self.written

    def begin(self, base):
        self.remote.add(a_task(1, **base))
        self.look()

    def change(self, values):
        """Somebody over there changes it."""
        held = self.remote.holds["tasks"]["t1"]
        self.remote.holds["tasks"]["t1"] = replace(held, **values, updated_at=self.clock())
        self.look()

    def written(self):
        before = {field: values[-1] for field, values in self.history.items()}
        self.look()
        for field, values in self.history.items():
            if values[-1] != before[field]:
                self.overwritten[field].append(before[field])

    def look(self):
        for field, value in fields_of(self.remote.holds["tasks"]["t1"], VALUES).items():
            self.history[field].append(value)

    def deliver(self, write, *, attempts=8):
        for _ in range(attempts):
            write.refresh_from_db()
            if write.state not in Write.OPEN:
                break
            self.clock.now += timedelta(minutes=2)
            outbox.deliver(write.pk, clock=self.clock)
            for conflict in write.conflicts.open():
                self.shown[conflict.field].append(conflict.theirs)

    def settle(self, write, choices, edited):
        for conflict in write.conflicts.open():
            taken = choices[conflict.field]
            if taken != "leave":
                value = edited[conflict.field]
                conflicts.resolve(conflict=conflict, taken=taken, actor=None, now=self.clock(), value=value)


def kept_of(write, field):
    """Every value of a field that can still be found here, by whose it was."""
    rows = list(write.conflicts.filter(field=field))
    moved = AuditEntry.objects.filter(act="conflict.moved", detail__field=field)
    seen = [row.base for row in rows] + [write.audit.detail["before"][field]]
    theirs = [row.theirs for row in rows] + [entry.detail["before"] for entry in moved]
    return {"mine": [row.mine for row in rows], "theirs": theirs, "base": seen}


def start_afresh(task, base, rules):
    for model in (Conflict, Write, MergePolicy, AuditEntry):
        model.objects.all().delete()
    Task.objects.filter(pk=task.pk).update(**base)
    task.refresh_from_db()
    for field, policy in rules.items():
        conflicts.set_policy(workspace=task.workspace, kind="task", field=field, policy=policy, actor=None)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(**STORY, choices=CHOICES)
def test_no_value_disappears_without_a_record_of_it(
    task, alice, remote, clock, base, mine, theirs, later, rules, choices, edited, fails
):
    start_afresh(task, base, rules)
    story = Story(remote, clock)
    story.begin(base)
    write = commands.write("task.update", task, mine, actor=alice)
    if write is None:
        return
    story.change(theirs)
    if fails:
        remote.fail("write", "tasks", Transient("It was not sent.", maybe_delivered=False))
        story.deliver(write, attempts=1)
        story.change(later)
    story.deliver(write)
    story.settle(write, choices, edited)
    if not fails:
        story.change(later)
    story.deliver(write)
    story.settle(write, choices, edited)
    story.deliver(write)
    remote.errors.clear()

    assert write.state in (Write.State.CONFIRMED, Write.State.CONFLICT)
    for field, wanted in mine.items():
        kept = kept_of(write, field)
        assert plain(wanted) in story.history[field] + kept["mine"], "what was wanted here"
        assert set(story.overwritten[field]) <= {*kept["theirs"], *kept["base"]}, "what we wrote over"
        assert set(story.shown[field]) <= set(kept["theirs"]), "what somebody was asked about"
        if field not in later:
            there = story.history[field][-1]
            assert plain(theirs.get(field, base[field])) in (there, *kept["theirs"], *kept["base"])
    for field in set(VALUES) - set(mine):
        assert not story.overwritten[field], "what nobody here changed"
