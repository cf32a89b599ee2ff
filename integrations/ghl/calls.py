"""Collects the attempts of a client on the path of every request, and tells them in the engine's words later."""

import threading
import time
from datetime import UTC, datetime

from integrations.connections.ports import Call, Lane
from integrations.ghl.client.api import CallRecord
from integrations.ghl.translate import outcome


class CallLog:
    """For `Client.on_call`; `Caller` of the engine. Safe to use from any thread."""

    def __init__(self, lane: Lane) -> None:
        self.count = 0
        self._lane = lane
        self._made: list[tuple[CallRecord, float]] = []  # with the time at which each had ended
        self._lock = threading.Lock()

    def __call__(self, record: CallRecord) -> None:
        with self._lock:
            self.count += 1
            self._made.append((record, time.time()))

    def take_calls(self) -> list[Call]:
        with self._lock:
            taken, self._made = self._made, []
        return [_call(record, ended, self._lane) for record, ended in taken]


def _call(record: CallRecord, ended: float, lane: Lane) -> Call:
    return Call(
        operation=record.operation,
        at=datetime.fromtimestamp(ended - record.ms / 1000, UTC),
        ms=round(record.ms),
        attempt=record.attempt,
        outcome=outcome(record.outcome),
        lane=lane,
        status=record.status,
        burst_left=record.remaining,
        day_left=record.daily_remaining,
        trace=record.trace_id or "",
    )
