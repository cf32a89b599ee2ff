"""Reads the records that a run could not read or store, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass

from contacts_ui.components.failed_records import FailedRecord, failed_records
from integrations.sync.health import failures as failed
from integrations.sync.health.runs import Run

AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class FailurePage:
    """Records in the order they failed; `after` is where the next page starts."""

    rows: list[FailedRecord]
    after: int | None
    total: int


def failures_of(run: Run, after: int | None, size: int = AT_ONCE) -> FailurePage:
    """Failed records from a place on, in four queries however many there are."""
    total, rows = failed.count(run), failed.page_of(run, after=after, at_most=size + 1)
    more = rows[size - 1].pk if len(rows) > size else None
    return FailurePage(failed_records(rows[:size]), more, total)
