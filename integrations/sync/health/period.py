"""What the runs of a stretch of time brought, a quarter of an hour at a time: from what each run has counted."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, Count, Func, Q, Sum

from integrations.sync.models import SyncRun

# Every zone's hours and days begin with a quarter of an hour in UTC.
QUARTER_SECONDS = 900


class Quarter(Func):
    """The number of the quarter of an hour since 1970 in which a moment lies; grouped by the database itself."""

    output_field = BigIntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, Any]:
        template = f"CAST(strftime('%%%%s', %(expressions)s) AS INTEGER) / {QUARTER_SECONDS}"
        return self.as_sql(compiler, connection, template=template)

    def as_postgresql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, Any]:
        template = f"FLOOR(EXTRACT(EPOCH FROM %(expressions)s) / {QUARTER_SECONDS})::bigint"
        return self.as_sql(compiler, connection, template=template)


@dataclass(frozen=True, slots=True)
class Brought:
    """The runs that began in one quarter of an hour from `at` on, in Unix time; what they changed and lost."""

    at: int
    runs: int
    with_changes: int
    partial: int
    failed_runs: int
    changes: int
    failed: int


def brought(connections: Collection[int], since: datetime) -> list[Brought]:
    """Each quarter of an hour since then in which a run began, in one query."""
    runs = SyncRun.objects.filter(connection__in=connections, created_at__gte=since).order_by()
    rows = runs.values_list(Quarter("created_at")).annotate(
        Count("pk"),
        with_changes=Count("pk", filter=Q(changes__gt=0)),
        partial=Count("pk", filter=Q(state=SyncRun.State.PARTIAL)),
        failed_runs=Count("pk", filter=Q(state=SyncRun.State.FAILED)),
        all_changes=Sum("changes"),
        all_failed=Sum("failed"),
    )
    return [Brought(quarter * QUARTER_SECONDS, *counted) for quarter, *counted in rows]
