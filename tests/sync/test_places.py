"""Contacts stand in a list by their business and their owner under the names that the list shows."""

from datetime import UTC, datetime

import pytest

from integrations.activity.kinds.business import BusinessRecord
from integrations.activity.kinds.user import UserRecord
from integrations.activity.models import Contact, RemoteUser
from integrations.connections.models import Connection
from integrations.sync.reconcile import apply
from integrations.sync.reconcile.batch import Batch, prepare
from integrations.sync.reconcile.places import follow
from tests.sync.conftest import a_contact

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


@pytest.fixture
def arrive(connection, remote):
    def arrive(stream, *records):
        apply(Batch(connection, stream, None, NOW), prepare(records))

    return arrive


def places():
    return list(Contact.objects.order_by("remote_id").values_list("sort_business", "sort_owner"))


def test_a_contact_stands_under_its_business_and_owner_and_last_without(arrive):
    arrive("businesses", BusinessRecord(remote_id="b1", name="ÁCME Roofs"))
    arrive("users", UserRecord(remote_id="u1", name="Priya Raman"))
    arrive(
        "contacts",
        a_contact(1, business_remote_id="b1", company="Other", owner_remote_id="u1"),
        a_contact(2, company="Bell & Co"),
        a_contact(3, owner_remote_id="left"),
    )

    assert places() == [("1acme roofs", "1priya raman"), ("1bell & co", "2"), ("2", "2")]


def test_a_user_of_that_id_in_another_account_is_somebody_else(arrive, other_connection):
    theirs = prepare([UserRecord(remote_id="u1", name="Priya Raman")])
    apply(Batch(other_connection, "users", None, NOW), theirs)
    arrive("contacts", a_contact(1, owner_remote_id="u1"))

    assert places() == [("2", "2")]


def test_a_business_or_owner_that_is_renamed_or_comes_later_moves_its_contacts(arrive):
    arrive("contacts", a_contact(1, business_remote_id="b1", company="Bell", owner_remote_id="u1"), a_contact(2))
    assert places()[0] == ("1bell", "2")

    arrive("businesses", BusinessRecord(remote_id="b1", name="Acme"), BusinessRecord(remote_id="b2", name="X"))
    arrive("users", UserRecord(remote_id="u1", name="Priya"))
    assert places() == [("1acme", "1priya"), ("2", "2")]

    arrive("businesses", BusinessRecord(remote_id="b1", name=""))
    assert places()[0] == ("1bell", "1priya")


def test_a_name_that_stays_writes_to_nobody(arrive, connection, django_assert_num_queries):
    arrive("contacts", a_contact(1, owner_remote_id="u1"))
    arrive("users", UserRecord(remote_id="u1", name="Priya"))

    with django_assert_num_queries(1):
        follow(connection, RemoteUser, [RemoteUser(remote_id="u1", name="Priya")])


def test_a_name_moves_nobody_of_another_account(arrive, connection, workspace):
    beside = Connection.objects.create(
        workspace=workspace, provider="fake", external_id="elsewhere", is_home=False
    )
    apply(Batch(beside, "contacts", None, NOW), prepare([a_contact(1, owner_remote_id="u1")]))
    arrive("users", UserRecord(remote_id="u1", name="Priya"))

    assert places() == [("2", "2")]


def test_a_contact_that_changes_hands_moves(arrive):
    arrive("users", UserRecord(remote_id="u1", name="Priya"), UserRecord(remote_id="u2", name="Ana"))
    arrive("contacts", a_contact(1, owner_remote_id="u1"))
    arrive("contacts", a_contact(1, owner_remote_id="u2"))

    assert places() == [("2", "1ana")]
