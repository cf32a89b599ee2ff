"""Writes many rows of one model without an instance for each: bulk_create at a fraction of its cost."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC
from functools import cache, lru_cache
from itertools import chain
from operator import attrgetter
from types import SimpleNamespace as Row
from typing import Any

import orjson
from django.db import connection, models

from integrations.activity.records import JsonText
from integrations.sync import raw

# What a database takes as Python has it; everything else is asked of its field.
AS_IT_IS = (models.CharField, models.TextField, models.BooleanField, models.IntegerField, models.ForeignKey)

__all__ = ["MOST_AT_ONCE", "Row", "insert", "overwrite", "upsert", "upsert_keyed"]

CHANGE = "UPDATE {table} SET {changes} WHERE {key} = %s"
MOST_AT_ONCE = 128  # rows of one statement

type Field = models.Field[Any, Any]
type Write = Callable[[Any], Any]


def upsert(
    model: type[models.Model], rows: Sequence[Any], *, unique: Sequence[str], update: Sequence[str] = ()
) -> None:
    """Insert rows; where one with the same `unique` fields is there, set its `update` fields, if any.

    A row is anything with the model's attributes, so that nobody has to make a model instance for it; a field that
    the first row does not have gets its default. Raises what the database says of a value that it cannot keep.
    """
    _write(model, rows, _on_conflict(model, tuple(unique), tuple(update)))


def upsert_keyed(
    model: type[models.Model], rows: Sequence[Any], *, unique: Sequence[str], update: Sequence[str], key: str
) -> dict[Any, int]:
    """The same, and the primary key of every row by its `key` field."""
    column = _column(model._meta.get_field(key))
    returning = f"RETURNING {column}, {_column(model._meta.pk)}"
    return dict(_write(model, rows, f"{_on_conflict(model, tuple(unique), tuple(update))} {returning}"))


def insert(model: type[models.Model], rows: Sequence[Any]) -> None:
    """Insert rows, none of which may be there."""
    _write(model, rows, "")


def overwrite(row: models.Model) -> None:
    """Write every column of a row that is there, as save() does at many times the cost; what is gone stays so."""
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in _fields(type(row))]
    with raw.cursor() as cursor:
        cursor.execute(_change(type(row)), [*values, row.pk])


def _write(model: type[models.Model], rows: Sequence[Any], tail: str) -> list[Any]:
    """Insert with `tail` at the end of each statement; what the statements returned."""
    if not rows:
        return []
    given = [field for field in _fields(model) if hasattr(rows[0], field.attname)]
    missing = [field for field in _fields(model) if field not in given]
    read = attrgetter(*(field.attname for field in given))
    writers = [(place, write) for place, field in enumerate(given) if (write := _writer(field))]
    rest = [_default(field) for field in missing]
    head, width, found = _head(model, (*given, *missing)), len(given) + len(missing), list[Any]()
    with raw.cursor() as cursor:
        for part in _parts([_written(read(row), writers) + rest for row in rows]):
            cursor.execute(_statement(head, width, len(part), tail), list(chain.from_iterable(part)))
            found += cursor.fetchall() if cursor.description else ()
    return found


def _parts(rows: list[list[Any]]) -> Iterator[list[list[Any]]]:
    """Many rows a statement, since each gives all other threads a turn; in few sizes, so that it is prepared once.

    128 rows of the widest model are an eighth of the values that SQLite takes in one statement.
    """
    size = MOST_AT_ONCE
    while rows:
        while size > len(rows):
            size //= 2
        yield rows[:size]
        rows = rows[size:]


def _written(values: tuple[Any, ...], writers: Sequence[tuple[int, Write]]) -> list[Any]:
    written = list(values)
    for place, write in writers:
        written[place] = write(written[place])
    return written


def _fields(model: type[models.Model]) -> list[Field]:
    return [field for field in model._meta.local_concrete_fields if not field.primary_key]


def _default(field: Field) -> Any:
    write, value = _writer(field), field.get_default()
    return write(value) if write else value


def _writer(field: Field) -> Write | None:
    """What turns a field's value into the database's, None when they are the same."""
    if isinstance(field, AS_IT_IS):
        return None
    if isinstance(field, models.DateTimeField):
        is_sqlite = connection.vendor == "sqlite"
        return _sqlite_moment if is_sqlite else connection.ops.adapt_datetimefield_value
    if isinstance(field, models.JSONField):
        return _write_json
    return lambda value: field.get_db_prep_save(value, connection)


def _write_json(value: Any) -> str | None:
    """Text, which both databases take."""
    if isinstance(value, JsonText):
        return str(value)
    if value is None:
        return None
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # a whole number beyond 64 bits
        return json.dumps(value)


@lru_cache(maxsize=2048)
def _sqlite_moment(value: Any) -> Any:
    """As SQLite's adapter writes it, at a fifth of its cost for what is in UTC, as everything is that we read.

    Kept, since a record and its row of a timeline hold the same moments, and all rows of a batch some.
    """
    if value is None or value.tzinfo is not UTC:
        return connection.ops.adapt_datetimefield_value(value)
    return orjson.dumps(value).decode()[1:-7].replace("T", " ")


@cache
def _head(model: type[models.Model], fields: tuple[Field, ...]) -> str:
    columns = ", ".join(_column(field) for field in fields)
    return f"INSERT INTO {raw.table(model)} ({columns}) VALUES"


@cache
def _statement(head: str, width: int, rows: int, tail: str) -> str:
    row_of_marks = f"({raw.marks(width)})"
    return f"{head} {', '.join([row_of_marks] * rows)} {tail}"


@cache
def _change(model: type[models.Model]) -> str:
    changes = ", ".join(f"{_column(field)} = %s" for field in _fields(model))
    return CHANGE.format(table=raw.table(model), changes=changes, key=_column(model._meta.pk))


@cache
def _on_conflict(model: type[models.Model], unique: tuple[str, ...], update: tuple[str, ...]) -> str:
    columns = {field.name: _column(field) for field in _fields(model)}
    taken = ", ".join(columns[name] for name in unique)
    changes = ", ".join(f"{columns[name]} = EXCLUDED.{columns[name]}" for name in update)
    return f"ON CONFLICT ({taken}) DO {f'UPDATE SET {changes}' if changes else 'NOTHING'}"


def _column(field: Any) -> str:
    return connection.ops.quote_name(str(field.column))
