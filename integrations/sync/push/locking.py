"""Who changes what is asked of a record takes the record first, then its writes in the order of their keys.

So of two who meet there one waits for the other, and never both. Storing what was read keeps the same order.
"""

from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import BigIntegerField, CharField

from integrations.activity.models import RemoteObject
from integrations.prepared import Param, Prepared
from integrations.sync.models import Write


def lock_record(model: type[RemoteObject], key: int) -> RemoteObject | None:
    """The record as it stands. Nobody asks for a change of it until the transaction ends. One query."""
    return next(iter(_record(model)(target=key)), None)


def lock_unsettled(kind: str, target_id: int) -> list[Write]:
    """What is asked of a record and not settled, the earliest first. Take the record before. One query."""
    return list(_unsettled()(kind=kind, target=target_id))


def lock_beside(write: Write) -> list[Write]:
    """What else is asked of the record of a write, the earliest first; the write itself is taken along.

    Two queries, none without a record.
    """
    if write.target_id is None:
        return []
    lock_record(apps.get_model("activity", write.kind), write.target_id)
    return [one for one in lock_unsettled(write.kind, write.target_id) if one.pk != write.pk]


@cache
def _record(model: type[RemoteObject]) -> Prepared[RemoteObject]:
    # Its key stays: whatever points to it may be stored meanwhile. SQLite serialises by itself.
    rows: Any = model._default_manager.select_for_update(no_key=True).filter(pk=Param("target", BigIntegerField()))
    return Prepared(rows.order_by())


@cache
def _unsettled() -> Prepared[Write]:
    about = Write.objects.filter(kind=Param("kind", CharField()), target_id=Param("target", BigIntegerField()))
    unsettled = about.filter(state__in=(*Write.OPEN, *Write.UNSENT))
    return Prepared(unsettled.order_by("id").select_for_update(no_key=True))
