"""Runs as pages show them: one with its streams, those of a log, and what each of them brought."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from datetime import datetime

from django.db.models import F, Q, QuerySet

from integrations.activity.models import ActivityEntry
from integrations.sync.models import RunStream as Stream
from integrations.sync.models import SyncRun as Run
from integrations.workspace.models import Workspace

__all__ = [
    "ENDED_STREAM",
    "ListedRun",
    "Run",
    "RunState",
    "Stream",
    "StreamCount",
    "StreamState",
    "entries_of",
    "exist",
    "find",
    "listed",
    "stream_counts",
    "streams_of",
]
RunState, StreamState = Run.State, Stream.State
ENDED_STREAM = (StreamState.DONE, StreamState.PARTIAL, StreamState.REFUSED, StreamState.FAILED)


@dataclass(frozen=True, slots=True)
class ListedRun:
    """What a list of runs shows of one. Equal ones look alike."""

    pk: int
    connection_id: int
    kind: str
    trigger: str
    state: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    not_before: datetime | None
    requests: int
    forecast: int | None
    changes: int
    failed: int

    @property
    def is_active(self) -> bool:
        return self.state in Run.ACTIVE

    @property
    def trigger_words(self) -> str:
        return str(Run.Trigger(self.trigger).label)


LISTED = tuple(field.name for field in fields(ListedRun))


@dataclass(frozen=True, slots=True)
class StreamCount:
    """How many records one stream of a run changed so far."""

    run_id: int
    stream: str
    state: str
    changes: int


def find(run_id: int, workspaces: QuerySet[Workspace]) -> Run | None:
    """A run in one of the workspaces, with whoever asked for it. One query."""
    found = Run.objects.select_related("connection__workspace", "requested_by")
    return found.filter(pk=run_id, connection__workspace__in=workspaces).first()


def listed(
    connections: Collection[int], since: datetime, only: Q, *, at_most: int, before: int | None = None
) -> list[ListedRun]:
    """The runs since then, newest first, from a place on; `only` is a condition on their columns. One query."""
    found = Run.objects.filter(only, connection__in=connections, created_at__gte=since)
    if before:
        found = found.filter(pk__lt=before)
    return [ListedRun(*row) for row in found.order_by("-id").values_list(*LISTED)[:at_most]]


def exist(connections: Collection[int]) -> bool:
    """Whether any of the connections was ever read."""
    return Run.objects.filter(connection__in=connections).exists()


def streams_of(run: Run) -> list[Stream]:
    """The streams of a run in reading order; where each of them stands is not among what is read."""
    return list(run.streams.defer("places"))


def stream_counts(runs: Iterable[ListedRun], streams: Collection[str]) -> list[StreamCount]:
    """What these streams of many runs brought, in one query."""
    changes = F("added") + F("changed") + F("removed")
    found = Stream.objects.filter(run__in=[run.pk for run in runs], stream__in=streams).order_by()
    return [StreamCount(*row) for row in found.values_list("run_id", "stream", "state", changes)]


def entries_of(run: Run) -> QuerySet[ActivityEntry]:
    """The items of timelines that a run changed last."""
    # Runs are numbered over all workspaces; the second condition keeps a purged number from showing a stranger's.
    return ActivityEntry.objects.filter(run_id=run.pk, connection=run.connection_id)
