"""Writes down the calls that were made, a batch at a time and never one by one."""

from collections.abc import Iterable, Sequence

import structlog
from django.db import DatabaseError, transaction

from integrations.connections.ports import Call, Caller
from integrations.sync.models import ApiCall
from integrations.sync.upsert import Row, insert

log = structlog.get_logger(__name__)
MOST = 2**31 - 1  # what a column holds; a figure from a header must not cost a batch


def keep(calls: Sequence[Call], connection_id: int, run_id: int | None = None) -> None:
    """One statement for all of them, in the caller's transaction if there is one."""
    insert(ApiCall, [_row(call, connection_id, run_id) for call in calls])


def keep_of(callers: Iterable[Caller], connection_id: int) -> None:
    """The calls of a piece of work that has ended, whichever way. What cannot be written down is only logged."""
    made = [call for caller in callers for call in caller.take_calls()]
    try:
        with transaction.atomic():
            keep(sorted(made, key=lambda call: call.at), connection_id)
    except DatabaseError as error:
        log.warning("calls not kept", connection=connection_id, count=len(made), error=type(error).__name__)


def _row(call: Call, connection_id: int, run_id: int | None) -> Row:
    return Row(
        connection_id=connection_id,
        run_id=run_id,
        at=call.at,
        operation=call.operation[:40],
        lane=int(call.lane),
        attempt=call.attempt,
        status=call.status,
        outcome=call.outcome.value,
        ms=min(call.ms, MOST),
        burst_left=_fitting(call.burst_left),
        day_left=_fitting(call.day_left),
        trace=call.trace[:64],
    )


def _fitting(number: int | None) -> int | None:
    return None if number is None else min(number, MOST)
