"""One change of many contacts: a write of each in a batch, by few statements; none is asked twice or dropped."""

from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from integrations.activity.models import Contact
from integrations.connections.models import Connection
from integrations.sync import commands
from integrations.sync.health.batches import progress_of
from integrations.sync.models import Conflict, Write
from integrations.sync.push import many, outbox
from integrations.workspace.models import AuditEntry
from tests.sync.conftest import a_contact

pytestmark = pytest.mark.django_db(transaction=True)
State = Write.State


@pytest.fixture
def contacts(full, remote):
    """Ten contacts, of which the first two are tagged already."""
    for number in range(1, 11):
        remote.add(a_contact(number, tags=("vip",) if number < 3 else ()))
    full()
    return list(Contact.objects.order_by("pk"))


def keys(contacts):
    return [contact.pk for contact in contacts]


def tag(contacts, *tags, actor=None, batch="b1", operation="contact.add_tags", **how):
    return commands.write_many(
        operation, keys(contacts), {"tag_names": list(tags)}, actor=actor, batch=batch, **how
    )


def deliver(write):
    return outbox.deliver(write.pk, now=write.not_before + timedelta(seconds=1))


def test_each_contact_that_lacks_the_tag_gets_a_write_of_the_batch(contacts, alice, remote):
    made = tag(contacts, "VIP", actor=alice)

    assert (len(made.writes), made.standing) == (8, 2)
    stored = Write.objects.filter(batch="b1", actor=alice, operation="contact.add_tags")
    assert set(stored.values_list("target_id", flat=True)) == set(keys(contacts[2:]))
    assert {deliver(write) for write in stored} == {State.CONFIRMED}
    assert all("VIP" in one.tags or "vip" in one.tags for one in remote.holds["contacts"].values())


def test_each_leaves_an_entry_in_the_audit_that_follows_its_write(contacts, alice):
    made = tag(contacts[2:4], "roof", actor=alice)

    entry = made.writes[0].audit
    assert (entry.act, entry.actor, entry.target, entry.result) == ("contact.add_tags", alice, "c3", "queued")
    assert entry.detail == {"before": {"tag_names": []}, "after": {"tag_names": ["roof"]}}
    assert entry.workspace == contacts[2].workspace
    deliver(made.writes[0])
    entry.refresh_from_db()
    assert entry.result == "confirmed"


def test_a_hundred_contacts_take_as_many_statements_as_five(full, remote, alice):
    for number in range(1, 106):
        remote.add(a_contact(number))
    full()
    all_of_them = list(Contact.objects.order_by("pk"))
    numbers = []
    for some, batch in ((all_of_them[:5], "few"), (all_of_them[5:], "lots")):
        with CaptureQueriesContext(
            database,
        ) as asked:
            tag(some, "roof", actor=alice, batch=batch)
        numbers.append(sum(not row["sql"].startswith(("BEGIN", "COMMIT")) for row in asked))
    assert numbers[0] == numbers[1] <= 6


def test_a_batch_that_is_sent_again_asks_for_nothing(contacts, alice):
    first = tag(contacts, "roof", actor=alice)
    again = tag(contacts, "roof", actor=alice)
    assert [one.pk for one in again.writes] == [one.pk for one in first.writes]
    assert Write.objects.count() == 10


def test_more_than_a_thousand_are_refused(alice, contacts):
    with pytest.raises(commands.Refused, match="More than 1,000 at once"):
        commands.write_many("contact.add_tags", range(1001), {"tag_names": ["x"]}, actor=alice, batch="b")
    assert not Write.objects.exists()


def test_an_account_that_is_only_read_gets_nothing(contacts, connection, alice):
    connection.may_write = False
    connection.save()
    with pytest.raises(commands.Refused, match="connected for reading"):
        tag(contacts, "roof", actor=alice)
    assert not Write.objects.exists()


def test_a_contact_that_went_meanwhile_is_left_out(contacts, alice, now):
    Contact.objects.filter(pk=contacts[0].pk).update(deleted_at=now)
    assert len(tag(contacts, "roof", actor=alice).writes) == 9


def test_workers_are_told_of_the_first_few_alone(contacts, alice, rung, monkeypatch):
    monkeypatch.setattr(many, "MOST_RUNG", 3)
    made = tag(contacts, "roof", actor=alice)
    assert rung == [one.pk for one in made.writes[:3]]


def test_what_failed_of_a_batch_is_tried_again(contacts, alice, remote):
    made = tag(contacts, "roof", actor=alice)
    Write.objects.filter(pk__in=[one.pk for one in made.writes[:3]]).update(state=State.FAILED, reason="No.")
    Write.objects.filter(pk=made.writes[3].pk).update(state=State.FAILED, reason="Gone.", can_retry=False)
    Write.objects.filter(pk=made.writes[4].pk).update(state=State.CONFLICT)

    again = commands.retry_many(batch="b1", actor=alice)

    assert [one.target_id for one in again.writes] == keys(contacts[:3])
    assert {(one.batch, one.retries) for one in again.writes} == {("b1", 1)}
    assert Write.objects.filter(state=State.DISMISSED).count() == 3


@pytest.fixture
def elsewhere(other_connection, now):
    """A contact of another account."""
    known = {"workspace": other_connection.workspace, "remote_id": "c99", "fetched_at": now}
    return Contact.objects.create(connection=other_connection, **known)


def test_what_can_only_be_read_by_now_is_left_out_of_a_retry_and_said(contacts, elsewhere, alice):
    tag([*contacts[:2], elsewhere], "roof", actor=alice)
    Write.objects.update(state=State.FAILED)
    Connection.objects.filter(pk=elsewhere.connection_id).update(may_write=False)

    again = commands.retry_many(batch="b1", actor=alice)

    assert [one.target_id for one in again.writes] == keys(contacts[:2])
    why = "1 contact of Cedar South was not retried. This account is connected for reading. "
    assert again.refused == f"{why}An admin can allow writing."
    assert Write.objects.get(state=State.FAILED).target_id == elsewhere.pk
    with pytest.raises(commands.Refused, match="1 contact of Cedar South was not retried"):
        commands.retry_many(batch="b1", actor=alice)


def test_nobody_retries_the_batch_of_somebody_else(contacts, alice, bob):
    made = tag(contacts, "roof", actor=alice)
    Write.objects.filter(pk=made.writes[0].pk).update(state=State.FAILED)
    assert commands.retry_many(batch="b1", actor=bob).writes == []


def test_its_progress_counts_what_is_done_what_waits_and_what_failed(contacts, alice, bob):
    made = [one.pk for one in tag(contacts, "roof", actor=alice).writes]
    Write.objects.filter(pk__in=made[:4]).update(state=State.CONFIRMED)
    Write.objects.filter(pk=made[4]).update(state=State.FAILED, reason="No.")
    Write.objects.filter(pk=made[5]).update(state=State.SENDING)

    stands = progress_of("b1", alice.pk)

    assert (stands.done, stands.waiting, stands.failed, stands.can_retry, stands.total) == (4, 5, 1, 1, 10)
    assert stands.reasons == (("No.", 1),)
    assert progress_of("b1", bob.pk) is progress_of("other", alice.pk) is None


def test_a_firm_is_set_for_all_and_the_later_wish_stands_in_the_place_of_a_crossed_one(contacts, alice):
    crossed = commands.write("contact.set_business", contacts[0], {"business_remote_id": "f1"}, actor=alice)
    Write.objects.filter(pk=crossed.pk).update(state=State.CONFLICT)
    conflict = Conflict.objects.create(write=crossed, field="business_remote_id", mine="f1", theirs="f2")
    settled = Conflict.objects.create(write=crossed, field="source", mine="a", theirs="b", taken="theirs")

    firm = {"business_remote_id": "f3"}
    made = commands.write_many("contact.set_business", keys(contacts), firm, actor=alice, batch="b2")

    crossed.refresh_from_db()
    conflict.refresh_from_db()
    settled.refresh_from_db()
    assert (len(made.writes), crossed.state, conflict.taken) == (10, State.DISMISSED, "edited")
    assert settled.taken == "theirs"
    assert AuditEntry.objects.filter(act="contact.set_business", result="queued").count() == 11


class TestBesideAnotherWriteOfTheSameList:
    """A list has many members: a wish for one of them says nothing of the others."""

    def test_a_tag_can_be_taken_off_while_another_is_still_being_added(self, contacts, alice):
        commands.write("contact.add_tags", contacts[0], {"tag_names": ["roof"]}, actor=alice)
        off = commands.write("contact.remove_tags", contacts[0], {"tag_names": ["vip"]}, actor=alice)
        assert off is not None
        assert off.base == {"tag_names": ["vip", "roof"]}

    def test_a_tag_that_is_being_added_is_there_already(self, contacts, alice):
        tag(contacts[4:6], "roof", actor=alice)
        assert tag(contacts[4:6], "Roof", actor=alice, batch="b2").standing == 2

    def test_a_tag_that_is_being_taken_off_can_be_added_again(self, contacts, alice):
        tag(contacts[:1], "vip", actor=alice, operation="contact.remove_tags")
        assert len(tag(contacts[:1], "vip", actor=alice, batch="b2").writes) == 1

    def test_a_tag_that_failed_stays_failed_when_another_one_is_added(self, contacts, alice):
        failed = commands.write("contact.add_tags", contacts[0], {"tag_names": ["roof"]}, actor=alice)
        Write.objects.filter(pk=failed.pk).update(state=State.FAILED)

        commands.write("contact.add_tags", contacts[0], {"tag_names": ["hail"]}, actor=alice)
        tag(contacts[:2], "gutter", actor=alice)
        failed.refresh_from_db()
        assert failed.state == State.FAILED

        tag(contacts[:2], "roof", actor=alice, batch="b2")
        failed.refresh_from_db()
        assert failed.state == State.DISMISSED
