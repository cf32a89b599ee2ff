"""Reads the calls of a run: what each operation cost, and the latest that failed, with their trace ids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Max, Q, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from integrations.sync.models import ApiCall, SyncRun
from integrations.sync.ports import WELL

AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class OperationRow:
    """One operation of the run. `tries` counts every attempt, `failed` those in vain; times in ms."""

    words: str
    calls: int
    tries: int
    failed: int
    median: int
    slowest: int


@dataclass(frozen=True, slots=True)
class FailedCall:
    """One attempt that failed. `at` is the hour with its seconds, in the reader's zone."""

    call: ApiCall
    words: str
    at: str


@dataclass(frozen=True, slots=True)
class Calls:
    """All operations of a run, the most used first; `failed` are the latest AT_ONCE attempts that failed."""

    rows: list[OperationRow]
    failed: list[FailedCall]

    @property
    def tries(self) -> int:
        return sum(row.tries for row in self.rows)

    @property
    def failures(self) -> int:
        return sum(row.failed for row in self.rows)


def calls_of(run: SyncRun) -> Calls:
    """One query, and one more for the failed calls if there are any."""
    rows = [OperationRow(in_words(operation), *counts) for operation, *counts in _middle_of_each(run)]
    has_failed = any(row.failed for row in rows)
    return Calls(rows, _latest_failed(run) if has_failed else [])


def _middle_of_each(run: SyncRun) -> Any:
    """The attempt of each operation that took neither long nor short, with the counts of its operation."""

    def among(figure: Any, **order: Any) -> Window:
        return Window(figure, partition_by=F("operation"), **order)

    ranked = run.calls.annotate(
        place=among(RowNumber(), order_by=["ms", "pk"]),
        tries=among(Count("pk")),
        begun=among(Count("pk", filter=Q(attempt=1))),
        failed=among(Count("pk", filter=~Q(outcome__in=WELL))),
        slowest=among(Max("ms")),
    )
    middle = ranked.filter(place=(F("tries") + 1) / 2).order_by("-tries", "operation")
    return middle.values_list("operation", "begun", "tries", "failed", "ms", "slowest")


def _latest_failed(run: SyncRun) -> list[FailedCall]:
    failed = run.calls.exclude(outcome__in=WELL).order_by("-pk")[:AT_ONCE]
    return [
        FailedCall(call, in_words(call.operation), f"{timezone.localtime(call.at):%H:%M:%S}") for call in failed
    ]


def in_words(operation: str) -> str:
    """ "list_notes" as "List notes"."""
    return operation.replace("_", " ").capitalize()
