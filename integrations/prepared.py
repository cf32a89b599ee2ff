"""Queries that pages ask all the time: their SQL is built once a process, and then only filled with values.

Building takes Django about a millisecond, several times what an index takes to answer. The rows are those
of the query itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from json import JSONDecoder
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BigIntegerField, Expression, Field, JSONField, Model, QuerySet
from django.db.models.expressions import Col

if connection.vendor == "postgresql":
    from django.db.backends.postgresql.base import ServerBindingCursor
    from psycopg.sql import Literal

_ANY_JSON: Any = JSONField()
# Its `scan_once` is `decode` without a look for blanks around the value, of which a database writes none.
_DECODER: Any = JSONDecoder()


class Param(Expression):
    """Stands in a query for a value that is told with each asking, as a value of `field`."""

    def __init__(self, name: str, field: Field[Any, Any]) -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, *_: Any, **__: Any) -> Any:
        """Itself among the values of the statement. Called by Django."""
        return "%s", [self]

    def of(self, values: dict[str, Any]) -> Any:
        """The value as the database takes it. KeyError where it was not told.

        EmptyResultSet for a number that no column holds, as addresses may name one: nothing is equal to it.
        """
        if isinstance(self.output_field, BigIntegerField) and abs(values[self.name]) > BigIntegerField.MAX_BIGINT:
            raise EmptyResultSet
        return self.output_field.get_db_prep_value(values[self.name], connection)


class Prepared[T]:
    """A query with `Param`s in its conditions. It may be shared by all threads.

    PostgreSQL keeps its plan, unless `is_planned_anew`: for what stops at a limit far from where it would have to
    look, and only the values tell.
    """

    def __init__(self, queryset: QuerySet[Any, T], *, is_planned_anew: bool = False) -> None:
        # Django's name for the connection of whichever thread asks.
        self._queryset, self._compiler = queryset, queryset.query.get_compiler(connection=connection)
        self._sql, self._params = self._compiler.as_sql()
        converters = self._compiler.get_converters([column for column, *_ in self._compiler.select])
        quick = {place: (_converters(*found), found[1]) for place, found in converters.items()}
        self._compiler.get_converters = lambda _: quick
        self._keeps_plan = connection.vendor == "postgresql" and not is_planned_anew
        if self._keeps_plan:
            self._sql, self._params = _spelled(self._sql, self._params)

    def __call__(self, **values: Any) -> list[T]:
        """The rows for these values, one for each `Param`. One query."""
        try:
            return self._asked(self._sql, self._filled(values))
        except EmptyResultSet:
            return []

    def _filled(self, values: dict[str, Any]) -> tuple[Any, ...]:
        return tuple(given.of(values) if isinstance(given, Param) else given for given in self._params)

    def _asked(self, sql: str, params: tuple[Any, ...]) -> list[T]:
        compiler, asked = _like(self._compiler), _like(self._queryset)
        compiler.as_sql = lambda *_, **__: (sql, params)
        asked._query = _Built(self._queryset.query, compiler)
        with plan_kept() if self._keeps_plan else nullcontext():
            return list(asked)


def together(asked: Sequence[tuple[Prepared[Any], dict[str, Any]]]) -> list[list[Any]]:
    """The rows of several queries of the same columns, each for values of its own. One query, none for none.

    A way to the database and back costs more than most of what is asked there. Rows are lists of values.
    """
    found: list[list[Any]] = [[] for _ in asked]
    parts: list[str] = []
    params: list[Any] = []
    for number, (query, values) in enumerate(asked):
        # What no row can be equal to is not asked.
        with suppress(EmptyResultSet):
            params += query._filled(values)
            parts.append(f"SELECT *, {number} FROM ({query._sql}) AS part{number}")  # noqa: S608  built by Django
    if parts:
        for *row, number in asked[0][0]._asked(" UNION ALL ".join(parts), tuple(params)):
            found[number].append(row)
    return found


def _spelled(sql: str, params: Sequence[Any]) -> tuple[str, tuple[Any, ...]]:
    """The statement with its constants in it, as a plan for all values knows none that are told: of an index for
    some rows only, it must know that it is about these."""
    first, *rest = sql.split("%s")
    text, told = [first], []
    for given, part in zip(params, rest, strict=True):
        value = given.value if isinstance(given, Enum) else given  # a choice, such as a state
        if is_constant := type(value) in (str, int, bool):
            text.append(Literal(value).as_string().replace("%", "%%"))
        else:
            told.append(value)
        text.append(part if is_constant else f"%s{part}")
    return "".join(text), tuple(told)


@contextmanager
def plan_kept() -> Iterator[None]:
    """Have PostgreSQL keep the plans of statements, which take longer to make than most answers to find.

    Django's own cursors put the values into the text, of which no plan can be kept.
    """
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    raw: Any = connection.connection
    usual, raw.cursor_factory = raw.cursor_factory, ServerBindingCursor
    try:
        yield
    finally:
        raw.cursor_factory = usual


def bound(values: Iterable[Any]) -> tuple[Any, ...]:
    """Values for such a statement that Django has not built: it is another one for numbers of another size."""
    fit = connection.ops.adapt_integerfield_value
    return tuple(fit(value, "BigIntegerField") if type(value) is int else value for value in values)


def insert_row(row: Model) -> None:
    """Store a row that is new, as `save(force_insert=True)` does but for its signals. One query."""
    fields, sql = _insertion(type(row))
    values = bound(field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields)
    with plan_kept(), connection.cursor() as cursor:
        cursor.execute(sql, values)
        (row.pk,) = cursor.fetchone()
    row._state.adding, row._state.db = False, connection.alias


@cache
def _insertion(model: type[Model]) -> tuple[list[Field[Any, Any]], str]:
    fields = [field for field in model._meta.local_concrete_fields if not field.primary_key]
    table, key, *columns = map(connection.ops.quote_name, _names(model, fields))
    marks = ", ".join(["%s"] * len(columns))
    return fields, f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks}) RETURNING {key}"  # noqa: S608


def _names(model: type[Model], fields: Iterable[Field[Any, Any]]) -> list[str]:
    return [model._meta.db_table, *(str(field.column) for field in (model._meta.pk, *fields))]


def _converters(functions: list[Any], column: Any) -> list[Any]:
    """What makes a value of a column: of moments and of JSON, which a page has hundreds of, quicker than Django's.

    PostgreSQL's driver makes moments itself.
    """
    if functions == [getattr(connection.ops, "convert_datetimefield_value", None)]:
        return [_moment]
    field = column.output_field
    # A key inside of JSON has converters of its own.
    is_json = isinstance(column, Col) and isinstance(field, JSONField) and field.decoder is None
    return [_json] if is_json and functions == [field.from_db_value] else functions


def _moment(value: str | datetime | None, *_: Any) -> datetime | None:
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found.replace(tzinfo=UTC) if found and found.tzinfo is None else found


def _json(value: str | None, *_: Any) -> Any:
    if value is None:
        return None
    try:
        found, end = _DECODER.scan_once(value, 0)
    except (StopIteration, ValueError):
        found, end = None, -1
    return found if end == len(value) else _ANY_JSON.from_db_value(value, None, connection)


def _like(one: Any) -> Any:
    """Another one with the same attributes. Django's ways to copy a queryset take as long as its answer does."""
    other = object.__new__(type(one))
    vars(other).update(vars(one))
    return other


class _Built:
    """A query as far as reading its rows needs it, with the SQL that it has."""

    def __init__(self, query: Any, compiler: Any) -> None:
        self._query, self._compiler = query, compiler

    def get_compiler(self, *_: Any, **__: Any) -> Any:
        return self._compiler

    def __getattr__(self, name: str) -> Any:
        return getattr(self._query, name)
