"""Changes of a contact's records that are not settled, and who may call a record their own."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from integrations.activity.models import Contact, RemoteObject
from integrations.sync.health.contacts import PageState
from integrations.sync.health.writes import seen_by
from integrations.sync.models import Write
from integrations.sync.models.writes import fields_of
from integrations.sync.push.operations import OPERATIONS
from integrations.sync.push.permission import is_own, own_among
from integrations.workspace.models import User

__all__ = [
    "ACTS",
    "Older",
    "added_here",
    "is_own",
    "older_of",
    "own_among",
    "pending_of",
    "standing",
    "writes_named",
]
# What changes a record beside a task's tick.
ACTS = ("create", "update", "delete", "pin", "unpin")


@dataclass(frozen=True, slots=True)
class Older:
    """How many changes of a contact that are not settled its page does not show.

    `own` of them are the person's; `failed` are others' that did not get through, as the sync log lists them.
    """

    total: int = 0
    own: int = 0
    failed: int = 0


def older_of(contact: Contact, state: PageState, person: int) -> Older:
    """What is not settled from before the writes that the state tells of. One query where it tells not of all."""
    if state.is_told_whole:
        return Older()
    older = Write.objects.unsettled().filter(contact=contact, pk__lt=state.told_from)
    own, failed = Q(actor=person), Q(state__in=Write.UNSENT)
    counted = {"own": Count("pk", filter=own), "failed": Count("pk", filter=failed & ~own)}
    return Older(**older.aggregate(total=Count("pk"), **counted))


def writes_named(write_ids: Collection[int]) -> list[Write]:
    """These writes, newest first, each with who asked for it. One query, none without one."""
    if not write_ids:
        return []
    return list(Write.objects.filter(pk__in=write_ids).select_related("actor", "contact").order_by("-id"))


def pending_of(record: RemoteObject, viewer: int) -> Write | None:
    """The latest change of a record, no tick, that waits, is on its way, or did not get through."""
    kind = record._meta.model_name
    changes = Write.objects.unsettled().about(record).filter(operation__in=(f"{kind}.{act}" for act in ACTS))
    return next(iter(seen_by(viewer, changes.select_related("actor"))), None)


def standing(record: RemoteObject) -> dict[str, Any]:
    """The fields that somebody may change, as they are once everything on its way has arrived. One query.

    As JSON holds them, which is how a change compares them.
    """
    row = OPERATIONS[f"{record._meta.model_name}.update"]
    values = fields_of(record, sorted(row.fields))
    for changes in Write.objects.open().about(record).order_by("id").values_list("changes", flat=True):
        values |= {name: value for name, value in changes.items() if name in values}
    return values


def added_here(contact: Contact, kind: str, person: User, state: PageState) -> set[int]:
    """The records of a contact that the person added here. One query where the state tells not of all writes."""
    if state.is_told_whole:
        return {pk for one, pk, actor in state.authors if (one, actor) == (kind, person.pk)}
    added = Write.objects.filter(contact=contact, operation=f"{kind}.create", actor=person)
    return {pk for pk in added.values_list("target_id", flat=True) if pk}
