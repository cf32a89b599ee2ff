"""The records that could not be read to this day: who is affected, and what became of reading them once more."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from contacts_ui.components.failed_records import FailedRecord, failed_records
from integrations.sync.health import failures
from integrations.sync.health.failures import Failure, Retried

AT_ONCE = 5
# So many are counted, and read again at one press; more wait for the next press.
COUNTED = 1000


@dataclass(frozen=True, slots=True)
class UnreadRow:
    """`retried` is what somebody's Retry came to, None before there was one."""

    record: FailedRecord
    can_retry: bool
    retried: Retried | None


@dataclass(frozen=True, slots=True)
class UnreadPage:
    """Newest first; `total` is in words, "" for none; `before` is where the next page starts."""

    rows: list[UnreadRow]
    before: int | None
    total: str


def page_of(connections: Collection[int], before: int | None, size: int = AT_ONCE) -> UnreadPage:
    """The newest ones, or those from a place on. One query where there are none, five at most."""
    number = failures.count_open(connections, at_most=COUNTED + 1)
    found = failures.open_ones(connections, before=before, at_most=size + 1) if number else []
    shown = found[:size]
    retried = failures.retried(shown)
    rows = [
        UnreadRow(record, failures.can_be_read_again(record.failure), retried.get(record.failure.pk))
        for record in failed_records(shown)
    ]
    return UnreadPage(rows, shown[-1].pk if len(found) > size else None, _words(number))


def latest(connections: Collection[int]) -> list[Failure]:
    """Those that one press has read again."""
    return failures.open_ones(connections, before=None, at_most=COUNTED)


def _words(number: int) -> str:
    if not number:
        return ""
    return f"{number:,}" if number <= COUNTED else f"{COUNTED:,}+"
