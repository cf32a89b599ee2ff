"""Contacts merged at the provider are recognised, on firm ground only, and recorded."""

from dataclasses import replace

import pytest
from django.utils import timezone

from integrations.activity.models import ActivityEntry, Appointment, Contact, Note, Task
from integrations.sync import health
from integrations.sync.models import FetchRequest
from integrations.sync.pull import on_demand, requests
from integrations.sync.reconcile import merges, remove
from tests.sync.conftest import a_contact, a_task

pytestmark = pytest.mark.django_db(transaction=True)


def contact(number):
    return Contact.objects.get(remote_id=f"c{number}")


def merge(remote, gone="c1", into="c2"):
    """What the provider does: all that hangs on the one moves to the other, which changes by that."""
    for kind in ("tasks", "notes", "appointments"):
        for record in remote.holds[kind].values():
            if record.contact_remote_id == gone:
                remote.holds[kind][record.remote_id] = replace(record, contact_remote_id=into)
    del remote.holds["contacts"][gone]
    remote.add(a_contact(int(into[1:]), updated_at=timezone.now()))


def told():
    entries = ActivityEntry.objects.filter(kind="change", type="change.merged")
    return [(entry.contact.remote_id, entry.facts["changes"][0]["new"]) for entry in entries]


def timeline_of(number):
    entries = ActivityEntry.objects.filter(contact=contact(number)).exclude(kind="change")
    return sorted(e.remote_id for e in entries)


def test_a_full_run_records_who_was_merged_into_whom_and_moves_everything(full, filled):
    full()
    merge(filled)

    run = full()

    assert run.state == "done"
    assert contact(1).deleted_at is not None
    assert contact(1).merged_into == contact(2)
    assert told() == [("c2", "Dana Whit1")]
    assert timeline_of(2) == ["a1", "a2", "n1", "n11", "n12", "n2", "t1", "t2"]
    for model in (Task, Note, Appointment):
        assert not model.objects.filter(contact=contact(1)).exists()
        assert not model.objects.exclude(deleted_at=None).exists()


def test_the_page_of_the_one_that_goes_on_shows_that_it_is_read_again(full, filled):
    full()
    merge(filled)
    full()

    assert health.reading_of(contact(2)) is not None


def test_a_second_run_says_nothing_twice(full, filled):
    full()
    merge(filled)
    full()

    full()

    assert len(told()) == 1
    assert contact(1).merged_into == contact(2)


def test_between_full_runs_what_moved_makes_the_run_ask_for_the_contact_it_left(full, filled):
    full()
    merge(filled)

    full("incremental")

    assert contact(1).deleted_at is not None
    assert contact(1).merged_into == contact(2)
    assert told() == [("c2", "Dana Whit1")]
    assert timeline_of(2) == ["a1", "a2", "n1", "n11", "n12", "n2", "t1", "t2"]


NAMELESS = {"first_name": "", "last_name": "", "name": "", "email": "dana@example.com"}


def test_the_same_e_mail_and_name_is_ground_enough(full, remote):
    remote.add(a_contact(1, name="Dana Whitlock", email="dana@example.com"))
    remote.add(a_contact(2, name="Dana Whitlock", email="Dana@Example.com"))
    full()
    del remote.holds["contacts"]["c1"]

    full()

    assert contact(1).merged_into == contact(2)
    assert told() == [("c2", "Dana Whitlock")]


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (
            {"name": "Dana Whitlock", "email": "dana@example.com"},
            {"name": "Dan Whitlock", "email": "dana@example.com"},
        ),
        (
            {"name": "Dana Whitlock", "email": "dana@example.com"},
            {"name": "Dana Whitlock", "email": "d@example.com"},
        ),
        ({"name": "Dana Whitlock", "email": ""}, {"name": "Dana Whitlock", "email": ""}),
        (NAMELESS, NAMELESS),
        ({"name": "Dana Whitlock", "phone": "+15550100"}, {"name": "Dana Whitlock", "phone": "+15550100"}),
    ],
)
def test_less_than_that_is_not(full, remote, mine, theirs):
    remote.add(a_contact(1, **mine))
    remote.add(a_contact(2, **theirs))
    full()
    del remote.holds["contacts"]["c1"]

    full()

    assert contact(1).deleted_at is not None
    assert contact(1).merged_into is None
    assert told() == []


def test_two_who_are_alike_leave_it_open(full, remote):
    for number in (1, 2, 3):
        remote.add(a_contact(number, name="Dana Whitlock", email="dana@example.com"))
    full()
    del remote.holds["contacts"]["c1"]

    full()

    assert contact(1).merged_into is None


def test_a_task_that_moves_between_two_present_contacts_is_no_merge_even_if_one_goes_later(full, filled):
    full()
    filled.add(a_task(1, "c2"))
    full()
    assert contact(1).merged_into is None
    for kind in ("tasks", "notes", "appointments"):
        filled.holds[kind] = {k: v for k, v in filled.holds[kind].items() if v.contact_remote_id != "c1"}
    del filled.holds["contacts"]["c1"]

    full()

    assert contact(1).deleted_at is not None
    assert contact(1).merged_into is None
    assert told() == []


def test_what_went_to_several_contacts_was_not_merged(full, filled, connection, now):
    full()
    del filled.holds["contacts"]["c1"]
    full()

    merges.note_moves(connection.pk, {("c1", "c2"), ("c1", "c3"), ("", "c4"), ("c9", "c4")}, now)

    assert contact(1).merged_into is None
    assert told() == []


def test_who_comes_back_is_merged_no_more(full, filled, connection, now):
    full()
    merge(filled)
    full()
    filled.add(a_contact(1, updated_at=timezone.now()))

    requests.ask(connection_id=connection.pk, stream="contacts", remote_id="c1", now=now)
    on_demand.fetch_due(connection.pk)

    assert contact(1).deleted_at is None
    assert contact(1).merged_into is None


def test_two_merges_in_a_row_lead_on_and_never_in_a_circle(full, filled):
    full()
    merge(filled, "c1", "c2")
    full()
    merge(filled, "c2", "c3")
    full()
    assert (contact(1).merged_into, contact(2).merged_into) == (contact(2), contact(3))
    filled.add(a_contact(1, updated_at=timezone.now()))
    full()
    merge(filled, "c3", "c1")

    full()

    assert contact(1).merged_into is None
    assert (contact(2).merged_into, contact(3).merged_into) == (contact(3), contact(1))


def test_a_webhook_of_the_deletion_alone_loses_nothing(full, filled, connection, now):
    """The contact goes first; that its things live on is found by the next run."""
    full()
    merge(filled)
    requests.ask(connection_id=connection.pk, stream="contacts", remote_id="c1", now=now)
    on_demand.fetch_due(connection.pk)
    assert contact(1).deleted_at is not None
    assert timeline_of(1) == []

    full("incremental")

    assert contact(1).merged_into == contact(2)
    assert timeline_of(2) == ["a1", "a2", "n1", "n11", "n12", "n2", "t1", "t2"]


def test_the_one_that_stays_is_read_whole_at_once(full, filled, connection, now):
    full()
    merge(filled)
    full()
    filled.calls.clear()

    assert FetchRequest.objects.get().remote_id == "c2"
    on_demand.fetch_due(connection.pk)

    assert {("of_contact", name) for name in ("tasks", "notes", "appointments")} <= set(filled.calls)
    assert not FetchRequest.objects.exists()


def test_one_that_was_asked_for_already_is_now_read_whole(full, filled, connection, now):
    full()
    requests.ask(connection_id=connection.pk, stream="contacts", remote_id="c2", now=now)

    merges.record([(contact(1), contact(2))], now)

    assert FetchRequest.objects.get().with_children


def test_things_that_moved_in_one_account_say_nothing_of_another(full, filled, other_connection, now):
    full()
    merges.note_moves(other_connection.pk, {("c1", "c2")}, now)

    assert contact(1).merged_into is None


def test_a_merge_is_counted_at_once_on_the_one_that_goes_on(full, remote, now):
    remote.add(*(a_contact(number, name="Dana Whitlock", email="dana@example.com") for number in (1, 2)))
    full()

    remove(Contact, [contact(1).pk], now)

    assert contact(2).entries_by_type == {"change.merged": 1}


def test_two_that_are_gone_never_lead_to_each_other(full, filled, now):
    """The one was suspected to go on in the other, which itself went first."""
    full()
    Contact.objects.filter(remote_id="c1").update(merged_into=contact(2))
    Contact.objects.filter(remote_id="c2").update(merged_into=contact(1))
    for number in (2, 1):
        remove(Contact, [contact(number).pk], now)

    assert contact(2).merged_into == contact(1)
    assert contact(1).merged_into is None
