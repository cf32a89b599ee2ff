"""A batch takes in what was read, counts it truly, and does not touch what was read after it was asked for."""

from dataclasses import replace
from datetime import timedelta

import pytest

from integrations.activity.models import ActivityEntry, Contact, Task
from integrations.sync.models import SyncRun
from integrations.sync.reconcile import Batch, apply, prepare
from integrations.sync.reconcile.batch import Counters
from tests.sync.conftest import DAY, a_contact, a_task

pytestmark = pytest.mark.django_db


@pytest.fixture
def take_in(connection, now):
    """Store records as if they had been asked for now, or at another moment."""

    def _take_in(*records, stream="tasks", run_id=None, **how):
        ready = [record if hasattr(record, "record") else prepare([record])[0] for record in records]
        return apply(Batch(connection, stream, run_id, now, **how), ready)[0]

    return _take_in


def counted(counters):
    return counters.added, counters.changed, counters.removed, counters.same, counters.failed


def test_what_is_marked_as_deleted_leaves_the_cache_and_the_timeline(take_in):
    take_in(a_contact(1), stream="contacts")
    take_in(a_task(1), a_task(2))
    counters = take_in(a_task(1, is_deleted=True), a_task(2))

    assert (counted(counters), counters.changes) == ((0, 0, 1, 1, 0), 1)
    assert counters.notifiable == ["t1"]
    assert [task.remote_id for task in Task.objects.present()] == ["t2"]
    assert [entry.remote_id for entry in ActivityEntry.objects.filter(kind="task")] == ["t2"]


def test_a_mark_that_was_asked_for_before_the_record_was_read_again_takes_nothing_away(take_in, now):
    take_in(a_task(1))
    counters = take_in(a_task(1, is_deleted=True), asked_at=now - timedelta(seconds=1))

    assert counted(counters) == (0, 0, 0, 1, 0)
    assert Task.objects.present().exists()


def test_a_mark_on_what_is_gone_or_was_never_here_counts_as_the_same(take_in, now):
    take_in(a_task(1))
    take_in(a_task(1, is_deleted=True))
    Task.objects.update(deleted_at=DAY)
    counters = take_in(a_task(1, is_deleted=True), a_task(2, is_deleted=True))

    assert counted(counters) == (0, 0, 0, 2, 0)
    assert counters.notifiable == []
    assert Task.objects.get().deleted_at == DAY


def test_no_webhook_tells_of_what_moves_with_its_contact_or_comes_back(take_in):
    take_in(a_contact(1), a_contact(2), stream="contacts")
    take_in(a_task(1, "c1"), a_task(2, "c1"), a_task(3, "c1"))
    take_in(a_task(3, "c1", is_deleted=True))
    done = [a_task(number, owner, is_completed=True) for number, owner in ((1, "c1"), (2, "c2"), (3, "c1"))]
    counters = take_in(*done, revives=True)

    assert counters.notifiable == ["t1"]


def test_a_record_that_cannot_be_stored_counts_as_failed_and_as_nothing_else(take_in, connection):
    run = SyncRun.objects.create(connection=connection, kind="full", trigger="manual")
    odd, sound = prepare([a_task(1), a_task(2)])
    counters = take_in(replace(odd, columns=odd.columns | {"title": None}), sound, a_task(3), run_id=run.pk)

    assert counted(counters) == (2, 0, 0, 0, 1)


def test_a_record_of_that_id_in_another_account_is_another_one(take_in, other_connection, now):
    take_in(a_task(1, title="Call"))
    apply(Batch(other_connection, "tasks", None, now), prepare([a_task(1, title="Call back")]))
    counters = take_in(a_task(1, title="Call back"))

    assert counted(counters) == (0, 1, 0, 0, 0)
    assert list(Task.objects.values_list("title", flat=True)) == ["Call back"] * 2


def test_the_newest_of_all_changes_is_told(take_in):
    late, early = DAY + timedelta(days=2), DAY
    assert take_in(a_task(1, updated_at=late), a_task(2, updated_at=early), a_task(3)).newest == late
    assert take_in(a_task(1, updated_at=late), a_task(2, updated_at=DAY + timedelta(days=1))).newest == late


def test_the_counts_of_two_batches_add_up():
    total = Counters(added=1, changed=2, removed=3, same=4, failed=5, newest=DAY, notifiable=["t1"])
    total.add(Counters(10, 20, 30, 40, 50, None, ["t2"]))

    assert total == Counters(11, 22, 33, 44, 55, DAY, ["t1", "t2"])
    for newest in (DAY - timedelta(days=1), DAY + timedelta(days=1), DAY):
        total.add(Counters(newest=newest))
    assert total.newest == DAY + timedelta(days=1)


@pytest.mark.parametrize(
    ("read_by", "asked_by", "seconds", "kept"),
    [
        (7, 8, 1, "First"),
        (None, 8, 1, "First"),
        (7, None, 1, "First"),
        (7, 7, 1, "Second"),  # within a run a page is asked for before the one ahead of it is written
        (7, 8, 0, "Second"),
        (7, 8, -1, "Second"),
    ],
)
def test_what_was_read_after_an_answer_was_asked_for_is_newer(take_in, now, read_by, asked_by, seconds, kept):
    take_in(a_task(1, title="First"), run_id=read_by)
    take_in(a_task(1, title="Second"), run_id=asked_by, asked_at=now - timedelta(seconds=seconds))

    assert Task.objects.get().title == kept


def test_one_record_that_is_read_twice_in_a_batch_counts_once_as_it_was_last(take_in):
    counters = take_in(a_task(1, title="First"), a_task(1, title="Last"))

    assert counted(counters) == (1, 0, 0, 0, 0)
    assert Task.objects.get().title == "Last"


def test_a_contact_that_is_marked_as_deleted_takes_its_tasks_along(take_in):
    take_in(a_contact(1), a_contact(2), stream="contacts")
    take_in(a_task(1, "c1"), a_task(2, "c2"))
    take_in(a_contact(1, is_deleted=True), stream="contacts")

    assert Contact.objects.present().get().remote_id == "c2"
    assert [task.remote_id for task in Task.objects.present()] == ["t2"]
