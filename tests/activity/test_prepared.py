"""Queries whose SQL is built once answer as Django's own would, whatever they are asked for."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC

import pytest
from django.db import connection as database
from django.db.models import BigIntegerField, CharField, F
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import (
    booleans,
    characters,
    datetimes,
    dictionaries,
    floats,
    integers,
    just,
    lists,
    none,
    recursive,
    sampled_from,
    text,
)

from integrations.activity.models import Contact
from integrations.prepared import Param, Prepared, bound, insert_row, plan_kept
from integrations.sync.models import StreamCursor
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


WORDS = text(characters(codec="utf-8", exclude_characters="\0"), max_size=9)  # PostgreSQL stores no zero
VALUES = recursive(
    none() | booleans() | integers() | floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda found: lists(found, max_size=3) | dictionaries(sampled_from(["a", "b", "\u00e9"]), found),
    max_leaves=6,
)


@given(payload=dictionaries(sampled_from(["a", "b"]), VALUES), moment=none() | datetimes(timezones=just(UTC)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_moments_and_json_are_those_that_django_reads(dana, payload, moment):
    Contact.objects.filter(pk=dana.pk).update(payload=payload, added_at=moment)
    late = F("connection__schedule__last_synced_at")
    columns = ("payload", "payload__a", "added_at", "fetched_at", "late", "first_name")

    def asked(pk):
        return Contact.objects.filter(pk=pk).annotate(late=late).values_list(*columns)

    assert Prepared(asked(PK))(pk=dana.pk) == list(asked(dana.pk))


@pytest.mark.skipif(database.vendor != "sqlite", reason="PostgreSQL keeps the meaning alone")
@pytest.mark.parametrize("spelled", [' {"a": 1}', '{"a": 1}\n', '{"a": 1} 2', "", "{"])
def test_json_that_others_have_stored_is_what_django_reads_in_it(dana, spelled):
    with database.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = ON")
        cursor.execute("UPDATE activity_contact SET payload = %s WHERE id = %s", [spelled, dana.pk])
        cursor.execute("PRAGMA ignore_check_constraints = OFF")

    def told(ask):
        try:
            return [one.payload for one in ask()]
        except ValueError as error:
            return str(error)

    assert told(lambda: Prepared(Contact.objects.filter(pk=PK))(pk=dana.pk)) == told(Contact.objects.all)


@given(payload=dictionaries(sampled_from(["a", "b"]), VALUES), moment=none() | datetimes(timezones=just(UTC)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
def test_a_row_is_inserted_as_django_saves_it(dana, payload, moment):
    Contact.objects.exclude(pk=dana.pk).delete()
    saved, inserted = (new_like(dana, name, payload=payload, added_at=moment) for name in ("saved", "inserted"))

    saved.save(force_insert=True)
    insert_row(inserted)

    one, other = Contact.objects.exclude(pk=dana.pk).order_by("pk").values()
    assert inserted.pk == other["id"]
    assert (inserted._state.adding, inserted._state.db) == (saved._state.adding, saved._state.db)
    assert {name for name in one if one[name] != other[name]} == {"id", "remote_id"}


def new_like(contact, remote_id, **columns):
    known = {"workspace_id": contact.workspace_id, "connection_id": contact.connection_id}
    return Contact(**known, remote_id=remote_id, fingerprint="-", fetched_at=contact.fetched_at, **columns)


def test_what_a_field_sets_by_itself_is_inserted_too(connection):
    cursor = StreamCursor(connection=connection, stream="tasks")

    insert_row(cursor)

    assert cursor.updated_at is not None
    assert StreamCursor.objects.get(stream="tasks").updated_at == cursor.updated_at


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


on_postgresql = pytest.mark.skipif(database.vendor != "postgresql", reason="SQLite keeps statements by itself")


def kept():
    """The statements that this connection of PostgreSQL keeps with their plans."""
    with database.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return [statement for (statement,) in cursor.fetchall()]


@on_postgresql
def test_a_plan_is_kept_for_numbers_of_every_size(dana):
    query = Prepared(Contact.objects.filter(pk=PK).values_list("pk", flat=True))
    for number in (1, 1, 2**20, 2**20, 2**40, 2**40):
        query(pk=number)

    [statement] = [one for one in kept() if "activity_contact" in one]
    assert "$1" in statement


@on_postgresql
def test_a_plan_is_kept_for_what_is_written_out(dana):
    for numbers in ([1, 2**40], [2**20, 2**40], [2**40, 1]):
        with plan_kept(), database.cursor() as cursor:
            cursor.execute("SELECT 'written', %s, %s", bound(numbers))

    assert len([one for one in kept() if "written" in one]) == 1


@on_postgresql
def test_a_plan_is_kept_for_what_is_inserted(dana):
    for name in ("Otto", "Ada", "Eve"):
        insert_row(new_like(dana, name))

    assert len([one for one in kept() if one.startswith("INSERT")]) == 1


@on_postgresql
def test_constants_are_part_of_the_plan_and_keep_their_marks(dana, make):
    odd = make("100 % 'odd' %s")
    named = Contact.objects.filter(workspace_id=Param("workspace", BigIntegerField()), first_name=odd.first_name)
    query = Prepared(named)

    assert query(workspace=odd.workspace_id) == query(workspace=odd.workspace_id) == [odd]
    assert any("'100 % ''odd'' %s'" in statement for statement in kept())


@on_postgresql
def test_a_choice_is_a_constant_too_so_that_the_index_of_a_few_states_fits(dana):
    broken = dana.connection.State.NEEDS_RECONNECT
    query = Prepared(Contact.objects.filter(pk=PK, connection__state=broken))

    assert query(pk=dana.pk) == query(pk=dana.pk) == []
    assert any(f"'{broken.value}'" in statement for statement in kept())


@on_postgresql
def test_a_plan_is_made_anew_where_only_the_values_tell(dana):
    query = Prepared(Contact.objects.filter(pk=PK), is_planned_anew=True)

    assert query(pk=dana.pk) == query(pk=dana.pk) == [dana]
    assert kept() == []
