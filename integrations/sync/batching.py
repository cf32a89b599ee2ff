"""Many rows a slice at a time: each is a transaction of its own, so that nobody waits long for the database."""

from collections.abc import Iterator
from itertools import batched
from typing import Any

from django.db.models import Model, QuerySet

ROWS = 500


def batches[M: Model](found: QuerySet[M]) -> Iterator[QuerySet[M]]:
    """These rows in the order of their ids, which are read once; what is added meanwhile is not among them."""
    for pks in batched(list(found.order_by("pk").values_list("pk", flat=True)), ROWS):
        yield found.model._default_manager.filter(pk__in=pks)


def delete(found: QuerySet[Any]) -> None:
    """Delete these rows without loading them; nothing may hang on them any more."""
    while pks := list(found.order_by().values_list("pk", flat=True)[:ROWS]):
        found.model._default_manager.filter(pk__in=pks)._raw_delete(found.db)
