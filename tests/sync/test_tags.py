"""Contacts are found by exactly the tags that they carry, each in its own workspace."""

from datetime import UTC, datetime

import pytest

from integrations.activity.models import Contact, Tag
from integrations.sync.reconcile import apply
from integrations.sync.reconcile.batch import Batch, prepare
from tests.sync.conftest import a_contact

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


@pytest.fixture
def arrive(connection, remote):
    def arrive(*records, at=connection):
        apply(Batch(at, "contacts", None, NOW), prepare(records))

    return arrive


def found_by(name, **where):
    found = Contact.objects.filter(tags__name=name, **where).order_by("remote_id")
    return list(found.values_list("remote_id", flat=True))


def test_a_contact_is_found_by_each_of_its_tags(arrive):
    arrive(a_contact(1, tags=("lead", "vip")), a_contact(2, tags=("lead",)), a_contact(3))

    assert (found_by("lead"), found_by("vip")) == (["c1", "c2"], ["c1"])


def test_and_no_more_by_one_that_it_has_lost(arrive):
    arrive(a_contact(1, tags=("lead", "vip")), a_contact(2, tags=("lead",)))
    arrive(a_contact(1, tags=("vip", "roof")))

    assert (found_by("lead"), found_by("vip"), found_by("roof")) == (["c2"], ["c1"], ["c1"])


def test_a_tag_that_is_told_twice_counts_once(arrive):
    arrive(a_contact(1, tags=("lead", "lead")))

    assert found_by("lead") == ["c1"]


def test_a_tag_of_one_name_is_another_one_in_another_workspace(arrive, other_workspace, other_connection):
    arrive(a_contact(1, tags=("lead",)), at=other_connection)
    arrive(a_contact(2, tags=("lead",)))
    arrive(a_contact(3, tags=("lead",)), at=other_connection)

    assert Tag.objects.filter(name="lead").count() == 2
    assert found_by("lead", tags__workspace=other_workspace) == ["c1", "c3"]
