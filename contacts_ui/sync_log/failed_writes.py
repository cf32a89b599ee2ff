"""Reads the changes that did not get through, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from integrations.sync.models import Write
from integrations.sync.push.operations import OPERATIONS
from integrations.workspace.models import Workspace

WRITES_AT_ONCE = 3


@dataclass(frozen=True, slots=True)
class WriteRow:
    """One write that did not get through, and what a person pressed for it."""

    write: Write
    label: str


@dataclass(frozen=True, slots=True)
class WritePage:
    """Writes that did not get through, newest first."""

    rows: list[WriteRow]
    before: int | None


def failed_writes(workspaces: Sequence[Workspace], before: int | None) -> WritePage:
    """What people wanted and did not get, until they retry or dismiss it; conflicts too.

    One query, and one for each kind of record that is among them.
    """
    found = Write.objects.failed().filter(connection__workspace__in=workspaces)
    if before:
        found = found.filter(pk__lt=before)
    writes = found.select_related("actor", "connection__workspace")[: WRITES_AT_ONCE + 1].with_targets()
    shown = writes[:WRITES_AT_ONCE]
    rows = [WriteRow(write, OPERATIONS[write.operation].label) for write in shown]
    return WritePage(rows, shown[-1].pk if len(writes) > WRITES_AT_ONCE else None)
