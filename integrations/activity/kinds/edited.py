"""Who of ours edited a record last: named until it is read as edited by somebody else."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from integrations.activity.kinds.kind import Columns

COLUMN = "edited_by"


def revised(*fields: str) -> Callable[[Mapping[str, Any], Columns, datetime], Columns]:
    """A kind's `revised`, which takes the name away where one of the fields has changed."""

    def _revised(before: Mapping[str, Any], after: Columns, _now: datetime) -> Columns:
        is_same = all(before[name] == after[name] for name in fields)
        return {COLUMN: before[COLUMN] if is_same else None}

    return _revised
