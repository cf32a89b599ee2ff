"""Listings are read side by side, each page in a transaction of its own, and nothing is lost on the way."""

import sys
import threading

import pytest

from integrations.activity.models import ActivityEntry, Contact, Task
from integrations.sync import jobs
from integrations.sync.models import SyncRun
from integrations.sync.pull.parallel import Parallel
from tests.sync.conftest import DAY, a_contact, a_task
from tests.sync.fake import FakeReader


class ContactsWait(FakeReader):
    """Its second page of contacts comes only after the second page of tasks was asked for."""

    def __init__(self, provider, asked):
        super().__init__(provider)
        self.asked = asked

    def page(self, stream, *, cursor, **rest):
        if stream == "tasks" and cursor:
            self.asked.set()
        if stream == "contacts" and cursor:
            assert self.asked.wait(120)
        return super().page(stream, cursor=cursor, **rest)


def test_a_slow_listing_does_not_hold_up_the_others(full, filled):
    asked = threading.Event()
    filled.reader = lambda *_: ContactsWait(filled, asked)

    assert full().state == "done"
    assert Contact.objects.count() == 5
    assert ActivityEntry.objects.filter(kind="task").exclude(contact=None).count() == 5


def test_a_contact_that_arrives_after_its_task_knows_its_last_activity(full, remote):
    remote.add(a_task(1, "c1", is_completed=True, updated_at=DAY))
    full()
    remote.add(a_contact(1))

    full()

    assert Task.objects.get().contact == Contact.objects.get()
    assert Contact.objects.get().last_activity_at == DAY


def test_a_time_slice_that_ends_brings_home_what_is_on_its_way(connection, filled):
    run, _ = jobs.start_run(connection, trigger=SyncRun.Trigger.MANUAL, kind="full")
    slices = 1
    while not jobs.advance_run(run.pk, seconds=0):
        slices += 1

    run.refresh_from_db()
    assert (run.state, run.resumed) == ("done", 0)
    assert slices > 1
    assert Task.objects.count() == 5
    # Nothing is asked for twice: what one slice asked for was taken in before it ended.
    assert filled.calls.count(("page", "tasks")) == 2
    assert filled.calls.count(("page", "contacts")) == 2


@pytest.mark.parametrize("at_once", [1, 2])
def test_a_page_of_any_length_is_written_a_part_at_a_time(full, filled, monkeypatch, at_once):
    monkeypatch.setattr(sys.modules["integrations.sync.reconcile.apply"], "AT_ONCE", at_once)

    run = full()

    assert run.streams.get(stream="contacts").added == 5
    assert Contact.objects.count() == 5


def test_nothing_more_is_asked_once_it_is_closed():
    side, asked, begun, go_on = Parallel(1), [], threading.Event(), threading.Event()

    def ask(number):
        asked.append(number)
        begun.set()
        go_on.wait(120)

    side.begin(ask, range(10))
    begun.wait(120)
    closing = threading.Thread(target=side.close)
    closing.start()
    while not side._is_closed:
        pass
    go_on.set()
    closing.join()

    assert asked == [0]
