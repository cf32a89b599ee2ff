"""Writes as pages show them: on a task, those that did not get through, and how many there are."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.db.models import BigIntegerField, CharField, Count, QuerySet

from integrations.activity.models import Task
from integrations.prepared import Param, Prepared
from integrations.sync.models import Write
from integrations.sync.models.writes import RECENTLY
from integrations.sync.push.operations import OPERATIONS
from integrations.workspace.models import Workspace

__all__ = [
    "RECENTLY",
    "Write",
    "WriteCounts",
    "WriteState",
    "counts",
    "failed_write",
    "find",
    "label_of",
    "latest_writes",
    "open_write",
    "unsent",
    "waiting",
]
WriteState = Write.State
UNSENT = Write.UNSENT


@dataclass(frozen=True, slots=True)
class WriteCounts:
    """`confirmed` since some time; `waiting` and `failed` as things stand now."""

    confirmed: int = 0
    waiting: int = 0
    failed: int = 0


def latest_writes(kind: str, target_ids: Collection[int], now: datetime) -> dict[int, Write]:
    """The write that a person should see on each record of a kind: unsettled, failed, or confirmed a moment ago.

    One query, none without a record; {target id: write}. An undone or dismissed one is none.
    """
    if not target_ids:
        return {}
    if len(target_ids) == 1:
        found = _of_one()(kind=kind, target=next(iter(target_ids)))
    else:
        found = list(Write.objects.filter(kind=kind, target_id__in=target_ids).order_by("target_id", "-id"))
    latest: dict[int, Write] = {}
    for write in found:
        latest.setdefault(write.target_id or 0, write)
    return {pk: write for pk, write in latest.items() if write.is_shown(now)}


@cache
def _of_one() -> Prepared[Write]:
    found = Write.objects.filter(kind=Param("kind", CharField()), target_id=Param("target", BigIntegerField()))
    return Prepared(found.order_by("-id"))


def open_write(task: Task) -> Write | None:
    """The write of a task that is not settled yet."""
    return Write.objects.open().about(task).first()


def failed_write(task: Task) -> Write | None:
    """The latest write of a task that did not get through."""
    return Write.objects.failed().about(task).first()


def find(write_id: int, workspaces: QuerySet[Workspace]) -> Write | None:
    """A write in one of the workspaces, with its target."""
    found = Write.objects.select_related("connection__workspace")
    return next(iter(found.filter(pk=write_id, connection__workspace__in=workspaces).with_targets()), None)


def unsent(connections: Collection[int], *, before: int | None, at_most: int) -> list[Write]:
    """What people wanted and did not get, until they retry or dismiss it, newest first; conflicts too.

    One query, and one for each kind of record that is among them.
    """
    found = Write.objects.failed().filter(connection__in=connections)
    if before:
        found = found.filter(pk__lt=before)
    return found.select_related("actor", "connection__workspace")[:at_most].with_targets()


def label_of(write: Write) -> str:
    """What a person pressed for a write."""
    return OPERATIONS[write.operation].label


def counts(connections: Collection[int], since: datetime) -> WriteCounts:
    """How many writes were confirmed, wait and failed; one query, of which an index reads only what is counted."""
    written = Write.objects.filter(connection__in=connections)
    # Not as one condition with OR, for which the index would be read from end to end.
    unsettled = written.filter(state__in=(*Write.OPEN, *UNSENT))
    confirmed = written.filter(state=WriteState.CONFIRMED, settled_at__gte=since)
    each = [found.order_by().values("state").annotate(number=Count("pk")) for found in (unsettled, confirmed)]
    number = {row["state"]: row["number"] for row in each[0].union(each[1], all=True).order_by()}
    return WriteCounts(
        confirmed=number.get(WriteState.CONFIRMED, 0),
        waiting=sum(number.get(state, 0) for state in Write.OPEN),
        failed=sum(number.get(state, 0) for state in UNSENT),
    )


def waiting(connection_id: int) -> int:
    """How many writes of a connection are not settled."""
    return Write.objects.open().filter(connection=connection_id).count()
