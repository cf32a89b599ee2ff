"""Fields that two people changed, open and settled, and the rules that settle such by themselves."""

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from integrations.sync.models import Conflict, MergePolicy, Write
from integrations.sync.push.operations import OPERATIONS, Act
from integrations.workspace.models import Membership, Workspace

__all__ = [
    "Conflict",
    "Policy",
    "Taken",
    "count_for",
    "fields_of_kinds",
    "find",
    "open_ones",
    "policies_of",
    "settled_ones",
]
Policy, Taken = MergePolicy.Policy, Conflict.Taken
OVERSEEING = (Membership.Role.MANAGER, Membership.Role.ADMIN)


def open_ones(
    person: int, mine: Collection[int], overseen: Collection[int], *, after: int | None, at_most: int
) -> list[Conflict]:
    """What a person may settle, oldest first: of their own changes, and of all in the workspaces they oversee.

    Each with its write and that one's target: one query, and one for each kind of record among them.
    """
    found = _of(person, mine, overseen).open().filter(write__state=Write.State.CONFLICT)
    found = found.filter(pk__gt=after) if after else found
    return _with_targets(found.order_by("pk")[:at_most])


def settled_ones(
    person: int, mine: Collection[int], overseen: Collection[int], *, before: int | None, at_most: int
) -> list[Conflict]:
    """What was settled, by a person or by a rule, newest first."""
    found = _of(person, mine, overseen).exclude(taken="")
    if before:
        last = Conflict.objects.filter(pk=before).values_list("settled_at", flat=True).first()
        found = found.filter(Q(settled_at__lt=last) | Q(settled_at=last, pk__lt=before)) if last else found.none()
    return _with_targets(found.exclude(settled_at=None).order_by("-settled_at", "-pk")[:at_most])


def find(conflict_id: int, mine: Collection[int]) -> Conflict | None:
    """A conflict in one of the workspaces, whoever's change it is."""
    found = Conflict.objects.filter(pk=conflict_id, write__connection__workspace__in=mine)
    return next(iter(_with_targets(found)), None)


def _of(person: int, mine: Collection[int], overseen: Collection[int]) -> Any:
    theirs = Q(write__connection__workspace__in=overseen)
    return Conflict.objects.filter(
        theirs | Q(write__actor=person), write__connection__workspace__in=mine
    ).select_related("settled_by")


def _with_targets(found: QuerySet[Conflict]) -> list[Conflict]:
    conflicts = list(found)
    rows = Write.objects.filter(pk__in={one.write_id for one in conflicts})
    rows = rows.select_related("actor", "contact", "connection__workspace")
    writes = {write.pk: write for write in rows.with_targets()} if conflicts else {}
    for one in conflicts:
        one.write = writes[one.write_id]
    return conflicts


def count_for(actor: Any, *, sees_all: bool) -> Subquery:
    """For a query of workspaces: how many open conflicts a person may settle in each; an admin of all sees all."""
    theirs = Conflict.objects.open().filter(write__state=Write.State.CONFLICT)
    theirs = theirs.filter(write__connection__workspace=OuterRef("pk")).order_by()
    if not sees_all:
        oversees = Membership.objects.filter(user=actor, role__in=OVERSEEING)
        oversees = oversees.filter(workspace=OuterRef("write__connection__workspace"))
        theirs = theirs.filter(Q(write__actor=actor) | Q(Exists(oversees)))
    return Subquery(theirs.values("write__connection__workspace").annotate(number=Count("pk")).values("number"))


def policies_of(workspace: Workspace) -> dict[tuple[str, str], str]:
    """The rules of a workspace, by kind and field; "" as a field is all others of the kind. One query."""
    found = MergePolicy.objects.filter(workspace=workspace)
    return {(one.kind, one.field): one.policy for one in found}


def fields_of_kinds() -> dict[str, list[str]]:
    """Which fields may be crossed, by kind, in the order of their names; custom fields apart."""
    found: dict[str, set[str]] = {}
    for row in OPERATIONS.values():
        if row.act == Act.UPDATE:
            found.setdefault(row.kind, set()).update(_merged(row.fields, row.overwrites))
    return {kind: sorted(names) for kind, names in found.items()}


def _merged(names: Iterable[str], overwrites: Collection[str]) -> set[str]:
    return set(names) - set(overwrites) - {"custom_fields"}
