"""Reads the calls of a run: what each operation cost, and the latest that failed, with their trace ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from operator import itemgetter

from django.utils import timezone

from integrations.sync.health import calls
from integrations.sync.health.calls import Call
from integrations.sync.health.runs import Run

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

    call: Call
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


def calls_of(run: Run) -> Calls:
    """One query, and one more for the failed calls if there are any."""
    by_operation = groupby(calls.times_of(run), key=itemgetter(0))
    rows = [_row(operation, list(counts)) for operation, counts in by_operation]
    rows.sort(key=lambda row: -row.tries)
    has_failed = any(row.failed for row in rows)
    return Calls(rows, _latest_failed(run) if has_failed else [])


def _row(operation: str, counts: Sequence[calls.Times]) -> OperationRow:
    """From how often the operation took how long, the fastest first."""
    tries = sum(count[2] for count in counts)
    until = accumulate(count[2] for count in counts)
    median = next(count[1] for count, so_far in zip(counts, until, strict=True) if 2 * so_far >= tries)
    return OperationRow(
        words=in_words(operation),
        calls=sum(count[3] for count in counts),
        tries=tries,
        failed=sum(count[4] for count in counts),
        median=median,
        slowest=counts[-1][1],
    )


def _latest_failed(run: Run) -> list[FailedCall]:
    failed = calls.latest_failed(run, at_most=AT_ONCE)
    return [
        FailedCall(call, in_words(call.operation), f"{timezone.localtime(call.at):%H:%M:%S}") for call in failed
    ]


def in_words(operation: str) -> str:
    """ "list_notes" as "List notes"."""
    return operation.replace("_", " ").capitalize()
