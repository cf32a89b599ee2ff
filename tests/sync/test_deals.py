"""Deals: read like everything else, each change of stage or value a row of its own, refused without harm."""

from datetime import timedelta

import pytest

from integrations.activity.models import ActivityEntry, Contact, Opportunity
from integrations.connections.ports import NotPermitted
from integrations.sync.models import StreamCursor, SyncRun
from integrations.sync.pull import on_demand, requests
from integrations.sync.pull.requests import Hint
from tests.sync.conftest import DAY, a_contact, a_deal

pytestmark = pytest.mark.django_db(transaction=True)

MOVED = {"stage_remote_id": "s2", "stage": "Negotiation", "stage_changed_at": DAY + timedelta(hours=1)}


def entries(**conditions):
    return list(ActivityEntry.objects.filter(kind="opportunity", **conditions).order_by("id"))


def told(entry):
    return [(part["field"], part["old"], part["new"]) for part in entry.facts["changes"]]


@pytest.fixture
def deal(remote, full):
    """One open deal of one contact, read once."""
    remote.add(a_contact(1))
    remote.add(a_deal(1))
    full()
    return Opportunity.objects.get()


def test_a_deal_stands_on_the_line_where_it_began_with_stage_value_and_pipeline(deal):
    [entry] = entries()

    assert (entry.type, entry.occurred_at, entry.title) == ("opportunity.open", DAY, "Roof")
    assert entry.facts == {"status": "open", "value": 100, "pipeline": "Sales", "stage": "Quote sent"}
    assert Contact.objects.get().entries_by_type == {"opportunity.open": 1}


def test_a_won_deal_stands_where_it_was_won(deal, remote, full):
    won_at = DAY + timedelta(days=3)
    remote.add(a_deal(1, status="won", status_changed_at=won_at))
    full("incremental")

    [entry] = entries()
    assert (entry.type, entry.occurred_at) == ("opportunity.won", won_at)


def test_a_change_of_stage_and_value_is_one_row_with_old_and_new(deal, remote, full):
    remote.add(a_deal(1, value=120.5, **MOVED))
    full("incremental")

    [own, change] = entries()
    assert (own.type, own.facts["stage"], own.facts["value"]) == ("opportunity.open", "Negotiation", 120.5)
    assert (change.type, change.title, change.source_id) == ("opportunity.changed", "Roof", None)
    assert told(change) == [("Stage", "Quote sent", "Negotiation"), ("Value", 100, 120.5)]
    assert change.occurred_at == MOVED["stage_changed_at"]


def test_a_stage_that_was_only_renamed_moves_nothing(deal, remote, full):
    remote.add(a_deal(1, stage="Offer sent"))
    full("incremental")

    [entry] = entries()
    assert entry.facts["stage"] == "Offer sent"


def test_changes_of_a_deal_within_ten_minutes_are_one_row(deal, remote, full):
    later = DAY + timedelta(hours=1, minutes=5)
    remote.add(a_deal(1, **MOVED))
    full("incremental")
    remote.add(a_deal(1, **(MOVED | {"stage_remote_id": "s3", "stage": "Signing", "stage_changed_at": later})))
    full("incremental")

    [_, change] = entries()
    assert told(change) == [("Stage", "Quote sent", "Signing")]
    assert change.occurred_at == MOVED["stage_changed_at"]


def test_two_events_for_one_change_make_one_row(deal, remote, connection, now):
    remote.add(a_deal(1, **MOVED))
    for _ in range(2):
        requests.ask_all([Hint(connection.pk, "opportunities", "d1", "c1")], now)
        assert on_demand.fetch_due(connection.pk) == 1

    assert [entry.type for entry in entries()] == ["opportunity.open", "opportunity.changed"]


def test_a_deal_that_is_gone_takes_its_changes_along(deal, remote, full):
    moved = remote.add(a_deal(1, **MOVED))
    full()
    assert len(entries()) == 2
    remote.remove(moved)
    full()

    assert entries() == []
    assert Contact.objects.get().entries_by_type == {}


def test_a_deal_that_changes_hands_is_no_change_of_the_deal_and_takes_its_changes_along(deal, remote, full):
    remote.add(a_contact(2))
    remote.add(a_deal(1, **MOVED))
    full()
    remote.add(a_deal(1, contact="c2", **MOVED))
    full()

    both = [("opportunity.open", "c2"), ("opportunity.changed", "c2")]
    assert [(entry.type, entry.contact.remote_id) for entry in entries()] == both
    assert Contact.objects.get(remote_id="c1").entries_by_type == {}


def test_an_account_without_the_scope_goes_on_and_says_so(remote, full, connection):
    remote.add(a_contact(1))
    remote.fail("page", "opportunities", NotPermitted("GHL does not allow this connection to read this."))
    run = full()

    assert run.state == SyncRun.State.PARTIAL
    assert Contact.objects.count() == 1
    cursor = StreamCursor.objects.get(connection=connection, stream="opportunities")
    assert (cursor.state, cursor.reason) == ("refused", "GHL does not allow this connection to read this.")
    assert full("incremental").state == SyncRun.State.DONE
