"""Writes as pages show them: on a task, those that did not get through, and how many there are."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from integrations.activity.models import Task
from integrations.sync.models import OutboxWrite as Write
from integrations.workspace.models import Workspace

__all__ = [
    "RECENTLY",
    "Write",
    "WriteCounts",
    "WriteState",
    "counts",
    "failed_write",
    "find",
    "latest_writes",
    "open_write",
    "unsent",
    "waiting",
]
WriteState = Write.State
# How long a confirmed write is still worth words on the page.
RECENTLY = timedelta(minutes=10)
UNSENT = (WriteState.FAILED, WriteState.CONFLICT)


@dataclass(frozen=True, slots=True)
class WriteCounts:
    """`confirmed` since some time; `waiting` and `failed` as things stand now."""

    confirmed: int = 0
    waiting: int = 0
    failed: int = 0


def latest_writes(tasks: Iterable[Any], now: datetime) -> dict[int, Write]:
    """The wish that a person should see on each task: unsettled, failed, or confirmed a moment ago.

    `tasks` have a `pk`. One query; {task id: write}. An undone or dismissed wish is none.
    """
    wanted = Write.objects.filter(task__in=[task.pk for task in tasks]).order_by("task", "-id")
    latest: dict[int, Write] = {}
    for write in wanted:
        latest.setdefault(write.task_id, write)
    shown = {WriteState.UNDONE, WriteState.DISMISSED}
    return {
        pk: write
        for pk, write in latest.items()
        if write.state not in shown
        and not (write.state == WriteState.CONFIRMED and write.settled_at and write.settled_at < now - RECENTLY)
    }


def open_write(task: Task) -> Write | None:
    """The wish for a task that is not settled yet."""
    return task.writes.open().first()


def failed_write(task: Task) -> Write | None:
    """The latest wish for a task that did not get through."""
    return task.writes.filter(state__in=UNSENT).first()


def find(write_id: int, workspaces: QuerySet[Workspace]) -> Write | None:
    """A wish in one of the workspaces, with its task."""
    found = Write.objects.select_related("connection__workspace", "task__connection")
    return found.filter(pk=write_id, connection__workspace__in=workspaces).first()


def unsent(connections: Collection[int], *, before: int | None, at_most: int) -> list[Write]:
    """What people wanted and did not get, until they retry or dismiss it, newest first; conflicts too."""
    found = Write.objects.filter(connection__in=connections, state__in=UNSENT)
    if before:
        found = found.filter(pk__lt=before)
    return list(found.select_related("task__contact", "actor", "connection__workspace")[:at_most])


def counts(connections: Collection[int], since: datetime) -> WriteCounts:
    """How many writes were confirmed, wait and failed; one query, of which an index reads only what is counted."""
    wanted = Q(state__in=(*Write.OPEN, *UNSENT)) | Q(state=WriteState.CONFIRMED, settled_at__gte=since)
    found = Write.objects.filter(wanted, connection__in=connections).order_by().values_list("state")
    number = dict(found.annotate(Count("pk")))
    return WriteCounts(
        confirmed=number.get(WriteState.CONFIRMED, 0),
        waiting=sum(number.get(state, 0) for state in Write.OPEN),
        failed=sum(number.get(state, 0) for state in UNSENT),
    )


def waiting(connection_id: int) -> int:
    """How many wishes of a connection are not settled."""
    return Write.objects.open().filter(connection=connection_id).count()
