"""The records that a run could not read or store."""

from integrations.sync.models import RecordFailure as Failure
from integrations.sync.models import SyncRun as Run

__all__ = ["Failure", "count", "page_of"]


def count(run: Run) -> int:
    """How many there are."""
    return run.failures.count()


def page_of(run: Run, *, after: int | None, at_most: int) -> list[Failure]:
    """In the order they failed, from a place on."""
    found = run.failures.all()
    return list((found.filter(pk__gt=after) if after else found)[:at_most])
