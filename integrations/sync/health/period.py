"""What the runs of a stretch of time brought, hour by hour: from what each run has counted."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db.models import BigIntegerField, Count, DateTimeField, Func, Q, QuerySet, Sum

from integrations.prepared import Param, Prepared
from integrations.sync.models import SyncRun

# In most zones hours and days begin with an hour of UTC, in all of them with a quarter of one.
HOUR, QUARTER = 3600, 900


class Step(Func):
    """How many steps of so many seconds lie between 1970 and a moment; counted by the database itself."""

    output_field = BigIntegerField()

    def __init__(self, moment: str, seconds: int) -> None:
        super().__init__(moment, seconds=seconds)

    def as_sqlite(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, Any]:
        template = "CAST(strftime('%%%%s', %(expressions)s) AS INTEGER) / %(seconds)s"
        return self.as_sql(compiler, connection, template=template)

    def as_postgresql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, Any]:
        template = "FLOOR(EXTRACT(EPOCH FROM %(expressions)s) / %(seconds)s)::bigint"
        return self.as_sql(compiler, connection, template=template)


@dataclass(frozen=True, slots=True)
class Brought:
    """The runs that began within one step from `at` on, in Unix time; what they changed and lost.

    `failed_runs` lost at least one record, or all of them; `failed` counts records.
    """

    at: int
    runs: int
    with_changes: int
    partial: int
    failed_runs: int
    changes: int
    failed: int


def brought(connections: Collection[int], since: datetime, now: datetime) -> list[Brought]:
    """Each hour since then in which a run began, or quarter of one where hours of `now`'s zone begin with that.

    One query.
    """
    offsets = [moment.astimezone(now.tzinfo).utcoffset() or timedelta() for moment in (since, now)]
    seconds = QUARTER if any(offset % timedelta(hours=1) for offset in offsets) else HOUR
    if len(connections) == 1:
        rows = _brought_by_one(seconds)(connection=next(iter(connections)), since=since)
    else:
        rows = list(_steps(SyncRun.objects.filter(connection__in=connections, created_at__gte=since), seconds))
    return [Brought(step * seconds, *counted) for step, *counted in rows]


@lru_cache(maxsize=2)
def _brought_by_one(seconds: int) -> Prepared[tuple[Any, ...]]:
    runs = SyncRun.objects.filter(created_at__gte=Param("since", DateTimeField()))
    return Prepared(_steps(runs.filter(connection=Param("connection", BigIntegerField())), seconds))


def _steps(runs: QuerySet[SyncRun], seconds: int) -> QuerySet[SyncRun, tuple[Any, ...]]:
    return (
        runs.order_by()
        .values_list(Step("created_at", seconds))
        .annotate(
            Count("pk"),
            with_changes=Count("pk", filter=Q(changes__gt=0)),
            partial=Count("pk", filter=Q(state=SyncRun.State.PARTIAL)),
            failed_runs=Count("pk", filter=Q(state=SyncRun.State.FAILED) | Q(failed__gt=0)),
            all_changes=Sum("changes"),
            all_failed=Sum("failed"),
        )
    )
