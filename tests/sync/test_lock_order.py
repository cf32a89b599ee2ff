"""Two who decide about one record at once follow each other: each takes the record first, then its writes."""

import re

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from integrations.sync import commands
from integrations.sync.models import Conflict, Write
from tests.sync.test_following import dana  # noqa: F401  a fixture
from tests.sync.test_outbox import deliver

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(database.vendor != "postgresql", reason="an embedded database has one writer"),
]
LOCKED = re.compile(r'^(?:UPDATE|INSERT INTO) "(\w+)"|FROM "(\w+)".* FOR NO KEY UPDATE', re.DOTALL)


@pytest.fixture
def failed(dana, alice):  # noqa: F811
    """A tag that could not be added, one of many."""
    commands.write_many("contact.add_tags", [dana.pk], {"tag_names": ["vip"]}, actor=alice, batch="a" * 20)
    Write.objects.update(state=Write.State.FAILED, reason="Refused.")
    return Write.objects.select_related("connection__workspace").get()


def again(failed, alice):
    return commands.retry(write=failed, actor=alice)


def otherwise(failed, alice):
    return commands.edit_failed(write=failed, changes={"tag_names": ["other"]}, actor=alice)


def many_again(failed, alice):
    return commands.retry_many(batch=failed.batch, actor=alice)


def taken(ask):
    """The tables of which rows were locked, in that order."""
    with CaptureQueriesContext(database) as asked:
        assert ask()
    return tables_of(asked)


def tables_of(asked):
    found = [LOCKED.search(query["sql"]) for query in asked]
    return [one[1] or one[2] for one in found if one]


@pytest.mark.parametrize("decide", [again, otherwise, many_again])
def test_whoever_decides_about_a_failure_takes_its_record_first(decide, failed, alice):
    locked = taken(lambda: decide(failed, alice))

    assert locked[0] == "activity_contact"
    assert "sync_write" in locked


def by_itself(contact, alice):
    return commands.write("contact.set_business", contact, {"business_remote_id": "b2"}, actor=alice)


def with_others(contact, alice):
    wanted = {"business_remote_id": "b2"}
    return commands.write_many("contact.set_business", [contact.pk], wanted, actor=alice, batch="b" * 20).writes


@pytest.mark.parametrize("ask", [by_itself, with_others])
def test_what_replaces_a_crossed_change_takes_it_before_its_crossed_fields(ask, dana, alice):  # noqa: F811
    crossed = commands.write("contact.set_business", dana, {"business_remote_id": "b1"}, actor=alice)
    Conflict.objects.create(write=crossed, field="business_remote_id", base="", mine="b1", theirs="b3")
    Write.objects.update(state=Write.State.CONFLICT)

    locked = taken(lambda: ask(dana, alice))
    assert locked.index("sync_write") < locked.index("sync_conflict")
    assert Conflict.objects.get().taken == Conflict.Taken.EDITED


def test_in_no_transaction_of_a_delivery_is_a_write_taken_before_its_record(dana, alice, remote):  # noqa: F811
    write = commands.write("task.complete", dana.tasks.get(), actor=alice, undo_seconds=0)
    with CaptureQueriesContext(database) as asked:
        assert deliver(write) == Write.State.CONFIRMED

    each = [[]]
    for query in asked:
        each = [*each, []] if query["sql"] == "BEGIN" else [*each[:-1], [*each[-1], query]]
    locked = [[table for table in tables_of(one) if table in ("activity_task", "sync_write")] for one in each]
    both = [tables for tables in locked if len(set(tables)) == 2]
    assert len(both) == 2  # what was read is stored, and the write ends
    assert all(tables == sorted(tables) for tables in both)
