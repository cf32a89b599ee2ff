"""SQL for both databases that multiplies rows: a column is copied from its pattern unless it is given a value."""

from collections.abc import Iterator

from django.db import connection, models

# Far above the ids of the pattern's own rows.
FIRST_ID = 10_000_000


def clone(model: type[models.Model], source: str, **values: str) -> str:
    """One statement that inserts a row for each of `source`, in which `p` is the pattern row.

    `values` are SQL by column. Without one for the primary key the database numbers the rows.
    """
    columns = [field.column for field in model._meta.local_concrete_fields]
    if unknown := set(values) - set(columns):
        raise LookupError(f"{model._meta.db_table} has no column {', '.join(sorted(unknown))}.")
    primary_key = model._meta.pk.column
    filled = [name for name in columns if name != primary_key or name in values]
    names = ", ".join(_quoted(name) for name in filled)
    taken = ", ".join(values.get(name, f"p.{_quoted(name)}") for name in filled)
    return f"INSERT INTO {table(model)} ({names}) SELECT {taken} FROM {source}"


def table(model: type[models.Model]) -> str:
    return _quoted(model._meta.db_table)


def patterns(name: str, found: models.QuerySet) -> Iterator[str]:
    """A table (place, id) of the rows to copy, numbered from 0. Raises LookupError when there is none."""
    if not found.exists():
        raise LookupError(f"The small account has no {name} to copy.")
    yield f"CREATE TEMPORARY TABLE {name} (place INTEGER PRIMARY KEY, id BIGINT)"
    ids = ", ".join(str(pk) for pk in found.values_list("pk", flat=True))
    numbered = f"SELECT row_number() OVER (ORDER BY id) - 1, id FROM {table(found.model)} WHERE id IN ({ids})"
    yield f"INSERT INTO {name} {numbered}"


def numbers(count: int) -> str:
    """A table expression `number(n)` from 0 on; goes before a SELECT."""
    return (
        "WITH RECURSIVE number(n) AS (SELECT CAST(0 AS BIGINT)"
        f" UNION ALL SELECT n + 1 FROM number WHERE n + 1 < {count})"
    )


def moment(epoch: str) -> str:
    """A column's value of seconds since 1970."""
    if connection.vendor == "sqlite":
        return f"strftime('%Y-%m-%d %H:%M:%S', {epoch}, 'unixepoch')"
    return f"to_timestamp({epoch})"


def document(text: str) -> str:
    """A column's value of JSON."""
    return text if connection.vendor == "sqlite" else f"CAST({text} AS jsonb)"


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
