"""Queries whose SQL is built once answer as Django's own would, whatever they are asked for."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection as database
from django.db.models import BigIntegerField, CharField, F
from django.utils import timezone

from integrations.activity.models import Contact
from integrations.prepared import Param, Prepared
from integrations.workspace.models import Workspace

pytestmark = pytest.mark.django_db
PK = Param("pk", BigIntegerField())


@pytest.fixture
def make(workspace, connection):
    def make(name):
        known = {"workspace": workspace, "connection": connection, "remote_id": name, "first_name": name}
        return Contact.objects.create(**known, fingerprint="-", fetched_at=timezone.now())

    return make


@pytest.fixture
def dana(make):
    return make("Dana")


def by_name():
    return Contact.objects.filter(first_name=Param("name", CharField())).order_by("pk")


def test_each_asking_has_values_of_its_own(dana, make):
    other = make("Otto")
    query = Prepared(by_name())

    assert query(name="Dana") == [dana]
    assert query(name="Otto") == [other]
    assert query(name="Nobody") == []


def test_it_is_one_query_each_time_and_sees_what_changed(dana, django_assert_num_queries):
    query = Prepared(by_name())
    query(name="Dana")
    Contact.objects.filter(pk=dana.pk).update(phone="1")

    with django_assert_num_queries(1):
        [found] = query(name="Dana")

    assert found.phone == "1"


def test_what_stands_behind_a_relation_comes_along_and_what_is_put_off_does_not(dana, django_assert_num_queries):
    query = Contact.objects.filter(pk=PK).select_related("connection__schedule").defer("payload")
    [found] = Prepared(query)(pk=dana.pk)

    with django_assert_num_queries(0):
        assert found.connection == dana.connection
    assert found.get_deferred_fields() == {"payload"}


def test_plain_values_and_what_is_added_to_rows(dana, alice):
    roles = Workspace.objects.filter(memberships__user=Param("user", BigIntegerField()))

    assert Prepared(by_name().values_list("pk", "first_name"))(name="Dana") == [(dana.pk, "Dana")]
    assert Prepared(by_name().values_list("pk", flat=True))(name="Dana") == [dana.pk]
    [found] = Prepared(roles.annotate(role=F("memberships__role")))(user=alice.pk)
    assert found.role == alice.memberships.get().role


@pytest.mark.parametrize("number", [2**63, -(2**64)])
def test_a_number_that_no_column_holds_finds_nothing(dana, number):
    assert Prepared(Contact.objects.filter(pk=PK))(pk=number) == []


def test_a_value_that_was_not_told_is_a_mistake():
    with pytest.raises(KeyError, match="pk"):
        Prepared(Contact.objects.filter(pk=PK))()


@pytest.mark.django_db(transaction=True)
def test_each_thread_asks_by_a_connection_of_its_own(dana):
    query = Prepared(by_name())
    assert query(name="Dana") == [dana]

    def elsewhere():
        try:
            return query(name="Dana")
        finally:
            database.close()

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(elsewhere).result() == [dana]
