"""Runs the engine's own statements, which go to the database thousands of times with other values."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from django.db import connection, models
from django.db.backends.utils import CursorWrapper

MARK = "%s"
OF_REMOTE = "SELECT remote_id, {column} FROM {table} WHERE connection_id = %s AND remote_id IN ({marks})"


@contextmanager
def cursor() -> Iterator[CursorWrapper]:
    """Django's cursor, for statements whose only "%" stand in marks of values.

    Django looks for the marks of SQLite anew each time, which takes as long as the database takes.
    """
    with connection.cursor() as opened:
        if connection.vendor == "sqlite":
            opened.cursor.convert_query = _spelled
        yield opened


def marks(count: int) -> str:
    """The marks of so many values, between commas."""
    return ", ".join([MARK] * count)


def table(model: type[models.Model]) -> str:
    """The name of a model's table as a statement takes it."""
    return connection.ops.quote_name(model._meta.db_table)


def of_remote(
    model: type[models.Model], column: str, connection_id: int, remote_ids: Collection[str]
) -> dict[str, Any]:
    """{remote id: value of a column} of those that are cached in a connection. One query, none for none."""
    if not remote_ids:
        return {}
    statement = OF_REMOTE.format(column=column, table=table(model), marks=marks(len(remote_ids)))
    with cursor() as opened:
        opened.execute(statement, [connection_id, *remote_ids])
        return dict(opened.fetchall())


@lru_cache(maxsize=256)
def _spelled(statement: str, **_: Any) -> str:
    return statement.replace(MARK, "?")
