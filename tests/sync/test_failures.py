"""A record that could not be read stays listed until it is read, or known to be gone; anybody may retry it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.activity.models import Contact, Task
from integrations.activity.records import BadRecord
from integrations.connections.models import Connection
from integrations.connections.ports import Lane, Permanent, Transient
from integrations.sync import commands
from integrations.sync.health import failures
from integrations.sync.models import FetchRequest, RecordFailure, SyncRun
from integrations.sync.pull import on_demand
from integrations.sync.reconcile import Batch, apply, prepare, record_failures, remove
from integrations.sync.reconcile.failures import resolve_of_contacts
from integrations.workspace.models import AuditEntry
from tests.sync.conftest import a_contact, a_task, make_due

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def fail(connection):
    """Records that a run could not read."""

    def _fail(stream, *remote_ids, contact=""):
        run = SyncRun.objects.create(connection=connection, kind="full", trigger="manual", state="done")
        bad = [BadRecord(remote_id=name, contact_remote_id=contact, reason="No start.") for name in remote_ids]
        record_failures(Batch(connection, stream, run.pk, timezone.now()), bad)
        return run

    return _fail


def open_ids(connection):
    return [failure.remote_id for failure in failures.open_ones([connection.pk], before=None, at_most=99)]


def store(connection, stream, *records, run_id=None):
    return apply(Batch(connection, stream, run_id, timezone.now()), prepare(records))


def test_reading_a_contact_settles_nothing_of_streams_that_were_not_read(connection, fail):
    fail("notes", "n1", contact="c1")
    fail("messages", "m1", contact="c1")

    resolve_of_contacts(connection.pk, ["notes"], ["c1"], timezone.now())

    assert open_ids(connection) == ["m1"]


def test_nor_of_a_contact_of_that_id_in_another_account(connection, fail, other_connection):
    fail("notes", "n1", contact="c1")
    RecordFailure.objects.update(connection=other_connection)
    fail("notes", "n2", contact="c1")

    resolve_of_contacts(connection.pk, ["notes"], ["c1"], timezone.now())

    assert (open_ids(connection), open_ids(other_connection)) == ([], ["n1"])


def test_a_value_that_no_database_keeps_is_listed_with_its_contact_and_the_rest_is_stored(connection, fail):
    odd, sound = prepare([a_task(1, "c1"), a_task(2, "c1")])
    run = fail("contacts")

    apply(Batch(connection, "tasks", run.pk, timezone.now()), [replace(odd, error=OverflowError()), sound])

    failure = RecordFailure.objects.get()
    assert (failure.remote_id, failure.contact_remote_id, failure.detail) == ("t1", "c1", "OverflowError")
    assert Task.objects.get().remote_id == "t2"


def test_it_is_open_until_it_is_stored(connection, fail):
    fail("contacts", "c1", "c2")
    assert open_ids(connection) == ["c2", "c1"]

    store(connection, "contacts", a_contact(1))

    assert open_ids(connection) == ["c2"]


def test_a_record_of_another_stream_or_account_resolves_nothing(connection, fail, other_connection):
    fail("tasks", "t9")
    RecordFailure.objects.update(connection=other_connection)
    fail("tasks", "c1", "t1")
    fail("contacts", "c8")  # something is open there as well
    store(connection, "contacts", a_contact(1))
    store(other_connection, "tasks", a_task(1))

    assert open_ids(connection) == ["c8", "t1", "c1"]
    assert open_ids(other_connection) == ["t9"]


def test_of_one_record_only_the_latest_failure_is_open(connection, fail):
    fail("contacts", "c1")
    fail("contacts", "c1")

    assert open_ids(connection) == ["c1"]
    assert RecordFailure.objects.count() == 2


def test_nor_is_more_than_the_latest_of_one_listing_of_a_contact(connection, fail):
    fail("notes", "", contact="c1")
    fail("notes", "", contact="c1")

    assert open_ids(connection) == [""]


def test_a_bad_note_leaves_it_open_that_the_notes_of_its_contact_could_not_be_listed(connection, fail):
    fail("notes", "", contact="c1")
    fail("notes", "n1", contact="c1")

    assert open_ids(connection) == ["n1", ""]


def test_an_id_longer_than_its_column_is_cut_and_still_names_one_record(connection, fail):
    for _ in range(2):
        fail("notes", "n" * 200, contact="c" * 200)

    (failure,) = RecordFailure.objects.open()
    assert (failure.remote_id, failure.contact_remote_id) == ("n" * 128, "c" * 128)


@pytest.mark.parametrize("length", [127, 128, 129, 200])
def test_so_does_a_listing_of_a_contact_with_such_an_id(fail, length):
    for _ in range(2):
        fail("notes", "", contact="c" * length)

    assert [failure.contact_remote_id for failure in RecordFailure.objects.open()] == ["c" * min(length, 128)]


def test_it_is_kept_with_the_moment_at_which_a_run_met_it_and_never_without_a_run(connection, fail, now):
    run, bad = fail("notes"), [BadRecord(remote_id="n1", reason="No start.")]
    record_failures(Batch(connection, "notes", None, now), bad)
    record_failures(Batch(connection, "notes", run.pk, now - timedelta(hours=1)), bad)

    assert RecordFailure.objects.get().created_at == now - timedelta(hours=1)


def test_it_is_open_again_when_the_same_run_fails_at_it_once_more(connection, fail):
    run = fail("contacts", "c1")
    store(connection, "contacts", a_contact(1))

    again = BadRecord(remote_id="c1", reason="Still no name.")
    record_failures(Batch(connection, "contacts", run.pk, timezone.now()), [again])

    assert [failure.reason for failure in RecordFailure.objects.open()] == ["Still no name."]


def test_a_full_run_ends_what_it_did_not_meet_again(connection, remote, full):
    remote.add(a_contact(1))
    remote.bad["contacts"] = [BadRecord(remote_id="c9", reason="No name.")]
    full()
    assert open_ids(connection) == ["c9"]

    remote.bad["contacts"] = []
    full("incremental")
    assert open_ids(connection) == ["c9"], "only the changes were read"

    full()
    assert open_ids(connection) == []


def test_a_full_run_ends_nothing_of_another_account(fail, full, other_connection):
    fail("contacts", "c9")
    RecordFailure.objects.update(connection=other_connection)
    full()

    assert open_ids(other_connection) == ["c9"]


def test_what_could_not_be_listed_of_a_contact_ends_when_it_is_listed(connection, remote, full):
    remote.add(a_contact(1))
    remote.fail("of_contact", "notes", *[Transient("No answer.")] * 3)
    full()
    assert [(one.stream, one.contact_remote_id) for one in RecordFailure.objects.open()] == [("notes", "c1")]

    remote.errors.clear()
    full("incremental")

    assert not RecordFailure.objects.open().exists()


def test_a_contact_that_is_gone_takes_its_own_failures_along(connection, fail):
    store(connection, "contacts", a_contact(1), a_contact(2))
    fail("notes", "", contact="c1")
    fail("notes", "n2", contact="c2")

    remove(Contact, [Contact.objects.get(remote_id="c1").pk], timezone.now())

    assert open_ids(connection) == ["n2"]


def test_and_none_of_a_contact_of_that_id_in_another_account(connection, fail, other_connection):
    store(connection, "contacts", a_contact(1))
    fail("notes", "", contact="c1")
    RecordFailure.objects.update(connection=other_connection)

    remove(Contact, list(Contact.objects.values_list("pk", flat=True)), timezone.now())

    assert RecordFailure.objects.open().exists()


def test_reading_again_asks_for_just_these(connection, fail, alice, remote):
    fail("tasks", "t1", contact="c1")
    fail("notes", "", contact="c1")
    fail("notes", "", contact="c2")
    fail("users", "u1")

    asked = commands.read_again(failures=list(RecordFailure.objects.open()), actor=alice)

    rows = FetchRequest.objects.order_by("stream", "remote_id").values_list("stream", "remote_id", "with_children")
    assert list(rows) == [("contacts", "c1", True), ("contacts", "c2", True), ("tasks", "t1", False)]
    assert set(FetchRequest.objects.values_list("lane", flat=True)) == {Lane.PERSON}
    assert asked == 3, "a user is read with all the others only"
    assert AuditEntry.objects.get(act="records.read_again").detail == {"records": 3}


def test_reading_again_costs_the_same_for_many(connection, fail, alice, django_assert_max_num_queries):
    fail("tasks", *(f"t{number}" for number in range(300)), contact="c1")
    many = list(RecordFailure.objects.open().select_related("connection__workspace"))

    # The requests, their audit, and where the transaction begins and ends; SQLite takes rows in two parts.
    with django_assert_max_num_queries(6):
        commands.read_again(failures=many, actor=alice)


def test_reading_again_is_refused_while_the_account_cannot_be_read(connection, fail, alice):
    fail("tasks", "t1", contact="c1")
    Connection.objects.update(state=Connection.State.NEEDS_RECONNECT, reason="Reconnect it.")

    with pytest.raises(commands.Refused, match="Reconnect it"):
        commands.read_again(failures=list(RecordFailure.objects.open()), actor=alice)
    assert not FetchRequest.objects.exists()


def test_what_is_read_again_is_no_failure_any_more(connection, fail, alice, remote):
    remote.add(a_task(1))
    store(connection, "contacts", a_contact(1))
    fail("tasks", "t1", contact="c1")

    commands.read_again(failures=list(RecordFailure.objects.open()), actor=alice)
    on_demand.fetch_due(connection.pk)

    assert open_ids(connection) == []


def test_what_still_cannot_be_read_says_when_that_was_tried(connection, fail, alice, remote):
    remote.fail("one", "tasks", Permanent("This task has no contact."))
    fail("tasks", "t1", contact="c1")
    (failure,) = RecordFailure.objects.open()
    assert failures.retried([failure]) == {}

    commands.read_again(failures=[failure], actor=alice)
    assert failures.retried([failure])[failure.pk].failed_at is None
    on_demand.fetch_due(connection.pk)

    retried = failures.retried([failure])[failure.pk]
    assert timezone.now() - retried.failed_at < timedelta(minutes=1)
    assert open_ids(connection) == ["t1"]


def test_what_turns_out_to_be_gone_is_no_failure_any_more(connection, fail, alice, remote):
    fail("tasks", "t1", contact="c1")

    commands.read_again(failures=list(RecordFailure.objects.open()), actor=alice)
    on_demand.fetch_due(connection.pk)

    assert open_ids(connection) == []


def test_a_contact_that_is_read_again_brings_what_could_not_be_listed(connection, fail, alice, remote):
    remote.add(a_contact(1))
    store(connection, "contacts", a_contact(1))
    fail("notes", "", contact="c1")

    commands.read_again(failures=list(RecordFailure.objects.open()), actor=alice)
    on_demand.fetch_due(connection.pk)

    assert open_ids(connection) == []


def test_a_bad_note_of_a_listing_stays_until_a_run_lists_it_well(connection, remote, full, alice):
    remote.add(a_contact(1))
    remote.bad["notes"] = [BadRecord(remote_id="n1", contact_remote_id="c1", reason="No id.")]
    full()
    assert open_ids(connection) == ["n1"]

    make_due("c1")
    remote.bad["notes"] = []
    full("incremental")
    assert open_ids(connection) == []


def test_reading_a_contact_again_ends_no_failure_of_a_single_note(connection, fail, alice, remote):
    remote.add(a_contact(1))
    store(connection, "contacts", a_contact(1))
    fail("notes", "n1", contact="c1")
    fail("notes", "", contact="c1")
    assert open_ids(connection) == ["", "n1"]

    listing = RecordFailure.objects.open().get(remote_id="")
    commands.read_again(failures=[listing], actor=alice)
    on_demand.fetch_due(connection.pk)

    assert open_ids(connection) == ["n1"]
