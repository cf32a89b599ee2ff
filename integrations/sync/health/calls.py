"""The calls of a run: how often each operation took how long, and the latest that failed."""

from django.db.models import Count, Q

from integrations.connections.ports import WELL
from integrations.sync.models import ApiCall as Call
from integrations.sync.models import SyncRun as Run

__all__ = ["Call", "Times", "latest_failed", "times_of"]
# operation, ms, attempts, calls begun, attempts in vain
Times = tuple[str, int, int, int, int]


def times_of(run: Run) -> list[Times]:
    """By operation, the fastest first, in one query.

    The database counts, since a run may have made a hundred thousand calls of only so many different times.
    """
    by_time = run.calls.values_list("operation", "ms").order_by("operation", "ms")
    counted = by_time.annotate(
        tries=Count("pk"),
        begun=Count("pk", filter=Q(attempt=1)),
        in_vain=Count("pk", filter=~Q(outcome__in=WELL)),
    )
    return list(counted)


def latest_failed(run: Run, *, at_most: int) -> list[Call]:
    """The attempts that failed last, the latest first."""
    return list(run.calls.exclude(outcome__in=WELL).order_by("-pk")[:at_most])
