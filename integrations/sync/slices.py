"""Many rows a slice at a time: each is a transaction of its own, so that nobody waits long for the database."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Model, QuerySet

ROWS = 500


def slices[M: Model](found: QuerySet[M], rows: int | None = None) -> Iterator[QuerySet[M]]:
    """These rows in the order of their ids, at most `rows` (ROWS) of them each time."""
    last, most = 0, rows or ROWS
    while pks := list(found.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:most]):
        yield found.model._default_manager.filter(pk__in=pks)
        last = pks[-1]


def delete(found: QuerySet[Any]) -> None:
    """Delete these rows without loading them; nothing may hang on them any more."""
    for some in slices(found):
        some._raw_delete(some.db)
