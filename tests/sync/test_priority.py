"""A task's priority is ours: it is kept through everything that is read, and nothing of it is ever sent."""

import pytest

from integrations.activity.models import ActivityEntry, Contact, Task
from integrations.sync import commands
from integrations.sync.models import Write
from integrations.sync.push import outbox
from tests.sync.conftest import a_contact, a_task

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def task(full, remote):
    remote.add(a_contact(1), a_task(1))
    full()
    return Task.objects.get()


def facts():
    return ActivityEntry.objects.get(kind="task").facts


def test_it_is_kept_at_once_with_the_task_and_its_row_and_nothing_is_sent(task, remote):
    assert commands.set_priority(task, "high")
    assert not commands.set_priority(task, "high"), "it stands so already"

    assert (Task.objects.get().priority, facts()) == ("high", {"priority": "high"})
    assert (remote.writes, Write.objects.count()) == ([], 0)


def test_it_outlives_the_task_being_read_again_with_other_words(task, full, remote):
    commands.set_priority(task, "low")
    remote.add(a_task(1, title="Called something else"))
    full()

    assert (Task.objects.get().title, Task.objects.get().priority) == ("Called something else", "low")
    assert facts() == {"priority": "low"}


def test_normal_is_none_and_anything_else_is_refused(task):
    commands.set_priority(task, "high")
    commands.set_priority(task, "")
    assert (Task.objects.get().priority, facts()) == ("", {})
    with pytest.raises(commands.Invalid):
        commands.set_priority(task, "urgent")


def test_a_new_task_gets_it_once_the_task_is_there_and_its_writes_have_nothing_of_it(task, alice, clock, remote):
    contact = Contact.objects.get()
    fields, options = {"title": "Call the roofer", "due_at": "2031-05-06T14:30:00+00:00"}, {"priority": "high"}
    how = {"contact": contact, "actor": alice, "now": clock.now, "undo_seconds": 0, "options": options}
    write = commands.create("task.create", contact.connection, fields, **how)
    outbox.deliver(write.pk, clock=clock)

    assert Task.objects.get(title="Call the roofer").priority == "high"
    assert "priority" not in str(remote.writes)
    assert "priority" not in write.changes
