"""Reading again what is known already costs no write to any table that people see."""

import re

from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations.activity.models import Contact, Note
from tests.sync.conftest import DAY, a_note, make_due

KEPT = r'"activity_(contact|contact_tags|tag|task|note|appointment|business|activityentry)"'
WRITE = re.compile(rf"(INSERT INTO|UPDATE|DELETE FROM) {KEPT}")


def writes(queries):
    return [query["sql"] for query in queries if WRITE.search(query["sql"])]


def test_changes_that_are_none_write_no_row(full, filled):
    full()

    with CaptureQueriesContext(connection) as queries:
        run = full("incremental")

    assert run.state == "done"
    assert sum(stream.same for stream in run.streams.all()) > 0
    assert writes(queries) == []


def test_everything_read_again_writes_no_more_than_when_its_notes_were_read(full, filled):
    full()
    before = dict(Contact.objects.values_list("pk", "last_activity_at"))

    with CaptureQueriesContext(connection) as queries:
        full()

    told = [" ".join(query.split()) for query in writes(queries)]
    assert told
    read = ('UPDATE "activity_contact" SET checked_at', 'INSERT INTO "sync_contactdue"')
    assert all(query.startswith(read) for query in told)
    assert dict(Contact.objects.values_list("pk", "last_activity_at")) == before


def test_a_note_older_than_the_latest_changes_the_page_of_its_contact_and_not_its_last_activity(full, filled):
    full()
    filled.add(a_note(99, "c1", added_at=DAY.replace(year=2020)))
    make_due("c1")
    before = Contact.objects.get(remote_id="c1")

    full("incremental")

    after = Contact.objects.get(remote_id="c1")
    assert Note.objects.filter(remote_id="n99").exists()
    assert (after.last_activity_at, after.fetched_at) == (before.last_activity_at, before.fetched_at)
    # An open page of it shows the older note all the same.
    assert after.changed_at > before.changed_at
