"""The records that a run could not read or store, and those that could not be read since."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db.models import BigIntegerField, QuerySet

from integrations.prepared import Param, Prepared
from integrations.sync.models import FetchRequest
from integrations.sync.models import RecordFailure as Failure
from integrations.sync.models import SyncRun as Run
from integrations.sync.pull import requests
from integrations.sync.pull.on_demand import ORDER
from integrations.workspace.models import Workspace

__all__ = [
    "Failure",
    "Retried",
    "can_be_read_again",
    "count",
    "count_open",
    "find",
    "open_ones",
    "page_of",
    "retried",
]


@dataclass(frozen=True, slots=True)
class Retried:
    """A reading that somebody asked for: under way, or given up `failed_at` with a reason."""

    failed_at: datetime | None
    reason: str


def count(run: Run) -> int:
    """How many there are."""
    return run.failures.count()


def page_of(run: Run, *, after: int | None, at_most: int) -> list[Failure]:
    """In the order they failed, from a place on."""
    found = run.failures.all()
    return list((found.filter(pk__gt=after) if after else found)[:at_most])


def count_open(connections: Collection[int], *, at_most: int) -> int:
    """How many records of these connections could not be read to this day, counted up to `at_most`. One query."""
    if len(connections) == 1:
        return len(_open_of_one(at_most)(connection=next(iter(connections))))
    return Failure.objects.open().filter(connection__in=connections).order_by()[:at_most].count()


@lru_cache(maxsize=4)
def _open_of_one(at_most: int) -> Prepared[tuple[int]]:
    found = Failure.objects.open().filter(connection=Param("connection", BigIntegerField()))
    return Prepared(found.order_by("-id").values_list("pk")[:at_most], is_planned_anew=True)


def open_ones(connections: Collection[int], *, before: int | None, at_most: int) -> list[Failure]:
    """Those, newest first, from a place on; each with its connection and workspace. One query."""
    found = Failure.objects.open().filter(connection__in=connections)
    if before:
        found = found.filter(pk__lt=before)
    return list(found.select_related("connection__workspace").order_by("-id")[:at_most])


def find(failure_id: int, workspaces: QuerySet[Workspace]) -> Failure | None:
    """One record that could not be read, in one of the workspaces; it may have been read meanwhile."""
    found = Failure.objects.filter(pk=failure_id, connection__workspace__in=workspaces)
    return found.select_related("connection__workspace").first()


def can_be_read_again(failure: Failure) -> bool:
    """Whether it is missing and can be asked for by itself. Small listings are read whole, by the next run."""
    is_named = bool(failure.remote_id or failure.contact_remote_id)
    return failure.resolved_at is None and failure.stream in ORDER and is_named


def retried(failures: Sequence[Failure]) -> dict[int, Retried]:
    """What became of reading them once more, where somebody asked for it: {key of the failure: ...}. One query."""
    if not failures:
        return {}
    connections = {failure.connection_id for failure in failures}
    asked = FetchRequest.objects.filter(
        connection__in=connections, remote_id__in={requests.asked_as(failure)[1] for failure in failures}
    )
    rows = asked.values_list("connection_id", "stream", "remote_id", "failed_at", "reason")
    known = {(row[0], row[1], row[2]): Retried(row[3], row[4]) for row in rows}
    keys = {failure.pk: (failure.connection_id, *requests.asked_as(failure)) for failure in failures}
    return {pk: known[key] for pk, key in keys.items() if key in known}
