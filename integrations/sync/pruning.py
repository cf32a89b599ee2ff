"""Removes what is too old to be asked about: calls, and the history of runs; a little at a time."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings

from integrations.sync.models import ApiCall, Pulse, RecordFailure, RunStream, SeenRecord, SyncRun

type Pruner = Callable[[datetime], int]
EVERY = timedelta(hours=1)
# One statement removes so many rows at most, and commits by itself: nobody else waits for it noticeably.
ROWS, RUNS = 250, 25
# So many statements an hour at most; what is left over waits for the next one.
STATEMENTS = 800


def prune_hourly(now: datetime, *others: Pruner) -> int:
    """Prune unless that was done within the last hour; whoever writes the time down does it.

    `others` each remove a slice of something else that is old and return how many rows went.
    """
    pulse, is_first = Pulse.objects.get_or_create(name="prune", defaults={"at": now})
    if not is_first and pulse.at > now - EVERY:
        return 0
    if not is_first and Pulse.objects.filter(name="prune", at=pulse.at).update(at=now) != 1:
        return 0  # another tick was first
    return prune(now, *others)


def prune(now: datetime, *others: Pruner) -> int:
    """Remove calls and ended runs that are older than the settings say, oldest first. Returns how many rows."""
    removed = 0
    for _ in range(STATEMENTS):
        gone = next((rows for pruner in (_prune_calls, _prune_runs, *others) if (rows := pruner(now))), 0)
        if not gone:
            break
        removed += gone
    return removed


def _prune_calls(now: datetime) -> int:
    """By id, which grows with time, so that no index on the time is needed."""
    before = now - timedelta(days=settings.SYNC_KEEP_CALLS_DAYS)
    oldest = ApiCall.objects.order_by("pk").values_list("pk", "at")[:ROWS]
    return _remove(ApiCall, [pk for pk, at in oldest if at < before])


def _prune_runs(now: datetime) -> int:
    """What hangs on the oldest runs first, table by table, then the runs themselves."""
    before = now - timedelta(days=settings.SYNC_KEEP_RUNS_DAYS)
    ended = SyncRun.objects.filter(ended_at__lt=before).exclude(state__in=SyncRun.ACTIVE)
    runs = list(ended.order_by("pk").values_list("pk", flat=True)[:RUNS])
    if not runs:
        return 0
    for model in (ApiCall, RecordFailure, SeenRecord, RunStream):
        rows = list(model._default_manager.filter(run__in=runs).values_list("pk", flat=True)[:ROWS])
        if rows:
            return _remove(model, rows)
    return _remove(SyncRun, runs)


def _remove(model: type[ApiCall | RecordFailure | SeenRecord | RunStream | SyncRun], rows: list[int]) -> int:
    # Without the usual search for what hangs on the rows: nothing does by now.
    if rows:
        found = model._default_manager.filter(pk__in=rows)
        found._raw_delete(found.db)
    return len(rows)
