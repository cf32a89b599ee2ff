"""Writes as pages show them: on a task, those that did not get through, and how many there are."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    DateTimeField,
    OuterRef,
    QuerySet,
    Subquery,
    When,
)

from integrations.activity.models import Task
from integrations.prepared import Param, Prepared
from integrations.sync.models import Write
from integrations.sync.models.writes import WriteQuerySet
from integrations.sync.push.operations import OPERATIONS, Allowed
from integrations.sync.push.standing import folded

__all__ = [
    "TICKS",
    "Write",
    "WriteCounts",
    "WriteState",
    "count_own",
    "counts",
    "failed_write",
    "find",
    "is_for_admins",
    "label_of",
    "latest_writes",
    "left_of_others",
    "open_write",
    "own",
    "seen_by",
    "unsent",
    "waiting",
]
WriteState = Write.State
UNSENT = Write.UNSENT
# What a press of a task's circle writes; every other change of a task stands beside it.
TICKS = ("task.complete", "task.reopen")
LISTED = ("tag_names",)
# A page of a timeline has so many tasks at most.
MOST_PREPARED = 64


@dataclass(frozen=True, slots=True)
class WriteCounts:
    """`confirmed` since some time; `waiting` and `failed` as things stand now."""

    confirmed: int = 0
    waiting: int = 0
    failed: int = 0


def latest_writes(kind: str, target_ids: Collection[int], viewer: int | None = None) -> dict[int, Write]:
    """The tick that a person should see on each record of a kind, with its actor: unsettled, failed, confirmed.

    One query, none without a record; {target id: write}. An undone or dismissed one is none. One of the viewer's
    that waits before somebody else's is `beneath` that.
    """
    if not target_ids:
        return {}
    if len(target_ids) <= MOST_PREPARED:
        found = _of_these(kind, list(target_ids))
    else:
        of_these = Write.objects.filter(kind=kind, target_id__in=target_ids, operation__in=TICKS)
        found = list(of_these.select_related("actor").order_by("target_id", "-id"))
    latest: dict[int, Write] = {}
    for write in seen_by(viewer, [one for one in found if one.is_shown]):
        above = latest.setdefault(write.target_id or 0, write)
        if viewer and write.actor_id == viewer != above.actor_id and write.can_undo:
            above.beneath = write
    return latest


def seen_by(viewer: int | None, latest_first: Iterable[Write]) -> list[Write]:
    """Changes as a person should see them: of those that want the same and stand alike one, theirs if any."""
    seen, held = dict[Any, Write](), dict[Any, Write]()
    for one in latest_first:
        ended = "unsent" if one.state in UNSENT else one.settled_at
        record = (one.kind, one.target_id) if one.target_id else one.pk
        wanted = (record, one.operation, repr(sorted(one.changes.items())), ended)
        if wanted not in seen or one.actor_id == viewer != seen[wanted].actor_id:
            seen[wanted] = one
        if one.can_undo and one.reason:
            held[record] = one
    for (record, *_), one in seen.items():
        if record in held and held[record].pk < one.pk:
            one.behind = held[record].reason
    return list(seen.values())


def _of_these(kind: str, targets: list[int]) -> list[Write]:
    """By one of few queries that are built once: what it has room for and is not needed repeats the first."""
    room = next(size for size in (1, 8, MOST_PREPARED) if len(targets) <= size)
    filled = targets + targets[:1] * (room - len(targets))
    return _of_many(room)(kind=kind, **{f"target{number}": target for number, target in enumerate(filled)})


@cache
def _of_many(room: int) -> Prepared[Write]:
    targets: list[Any] = [Param(f"target{number}", BigIntegerField()) for number in range(room)]
    of_these = Write.objects.filter(kind=Param("kind", CharField()), target_id__in=targets)
    found = of_these.filter(operation__in=TICKS)
    return Prepared(found.select_related("actor").order_by("target_id", "-id"))


def open_write(task: Task, person: int) -> Write | None:
    """The tick of a task that is not settled yet: the person's own, else the latest."""
    return _theirs_first(Write.objects.open(), task, person)


def failed_write(task: Task, person: int) -> Write | None:
    """The tick of a task that did not get through: the person's own, else the latest."""
    return _theirs_first(Write.objects.failed(), task, person)


def _theirs_first(writes: WriteQuerySet, task: Task, person: int) -> Write | None:
    ticks = writes.about(task).filter(operation__in=TICKS)
    return ticks.order_by(Case(When(actor=person, then=0), default=1), "-id").first()


def left_of_others(write: Write) -> Write | None:
    """What else is asked of the same fields, or members of a list, and still waits, with who asked. One query."""
    about = Write.objects.open().filter(kind=write.kind, target_id=write.target_id).exclude(pk=write.pk)
    others = about.exclude(target_id=None).select_related("actor")
    return next((one for one in others if _meet(one.changes, write.changes)), None)


def _meet(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two changes are about the same; of a list, such as tags, about a member of it."""
    lists = [name for name in one.keys() & other.keys() if name in LISTED]
    if not lists:
        return bool(one.keys() & other.keys())
    return any(folded(one[name]) & folded(other[name]) for name in lists)


def find(write_id: int, workspaces: Collection[int]) -> Write | None:
    """A write in one of the workspaces, with its target."""
    found = Write.objects.select_related("actor", "contact", "connection__workspace")
    found = found.filter(pk=write_id, connection__workspace__in=workspaces).with_behind()
    return next(iter(found.with_targets()), None)


def unsent(connections: Collection[int], *, before: int | None, at_most: int) -> list[Write]:
    """What people wanted and did not get, until they retry or dismiss it, newest first; conflicts too.

    One query, and one for each kind of record that is among them.
    """
    found = Write.objects.failed().filter(connection__in=connections)
    if before:
        found = found.filter(pk__lt=before)
    return found.select_related("actor", "contact", "connection__workspace")[:at_most].with_targets()


def own(actor: int, workspaces: Collection[int], *, before: int | None, at_most: int) -> list[Write]:
    """What a person wanted and what is not settled, newest first. One query, and one for each kind of record."""
    found = Write.objects.unsettled().filter(actor=actor, connection__workspace__in=workspaces)
    if before:
        found = found.filter(pk__lt=before)
    return found.with_behind().select_related("contact", "connection__workspace")[:at_most].with_targets()


def count_own(actor: Any) -> Subquery:
    """For a query of workspaces: how many of a person's writes in each are not settled.

    Those in conflict are left out: `conflicts.count_for` counts them, by what is to be settled.
    """
    mine = Write.objects.unsettled().exclude(state=WriteState.CONFLICT)
    mine = mine.filter(actor=actor, connection__workspace=OuterRef("pk")).order_by()
    return Subquery(mine.values("actor").annotate(number=Count("pk")).values("number"))


def label_of(write: Write) -> str:
    """What a person pressed for a write."""
    return OPERATIONS[write.operation].label


def is_for_admins(write: Write) -> bool:
    """Whether nobody but an admin of its account may ask for it."""
    return OPERATIONS[write.operation].allowed == Allowed.ADMINS


def counts(connections: Collection[int], since: datetime) -> WriteCounts:
    """How many writes were confirmed, wait and failed; one query, of which an index reads only what is counted."""
    if len(connections) == 1:
        rows = _counts_of_one()(connection=next(iter(connections)), since=since)
    else:
        rows = list(_counts(Write.objects.filter(connection__in=connections), since))
    number = dict(rows)
    return WriteCounts(
        confirmed=number.get(WriteState.CONFIRMED, 0),
        waiting=sum(number.get(state, 0) for state in Write.OPEN),
        failed=sum(number.get(state, 0) for state in UNSENT),
    )


@cache
def _counts_of_one() -> Prepared[tuple[str, int]]:
    written = Write.objects.filter(connection=Param("connection", BigIntegerField()))
    return Prepared(_counts(written, Param("since", DateTimeField())))


def _counts(written: QuerySet[Write], since: datetime | Param) -> QuerySet[Write, tuple[str, int]]:
    # Not as one condition with OR, for which the index would be read from end to end.
    unsettled = written.filter(state__in=(*Write.OPEN, *UNSENT))
    confirmed = written.filter(state=WriteState.CONFIRMED, settled_at__gte=since)
    each = [found.order_by().values_list("state").annotate(Count("pk")) for found in (unsettled, confirmed)]
    return each[0].union(each[1], all=True).order_by()


def waiting(connection_id: int) -> int:
    """How many writes of a connection are not settled."""
    return Write.objects.open().filter(connection=connection_id).count()
