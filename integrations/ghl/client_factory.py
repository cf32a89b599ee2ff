"""Makes clients as this installation is set up, and collects what they call, told in the engine's words later."""

import threading
import time
from datetime import UTC, datetime
from typing import Any, cast

from django.conf import settings

from integrations.connections.ports import Call, Lane
from integrations.ghl.budget import BUCKET
from integrations.ghl.client.api import CallRecord, Client
from integrations.ghl.client.auth import Auth
from integrations.ghl.client.operations import Generation
from integrations.ghl.client.transport import PooledTransport, Transport
from integrations.ghl.translate import outcome
from integrations.security import callouts

# One attempt of a call that a person waits for.
ATTEMPT_SECONDS = 10.0


def new_client(
    key: str,
    auth: Auth | None = None,
    *,
    lane: Lane = Lane.PERSON,
    transport: Transport | None = None,
    timeout: float | None = None,
    **hooks: Any,
) -> Client:
    """A client on the budget named by `key`; in a web request it ends with the cap of the request. Seconds."""
    return Client(
        base_url=settings.GHL_API_BASE_URL,
        transport=transport or PooledTransport(),
        bucket=BUCKET,
        key=key,
        auth=auth,
        generation=cast(Generation, settings.GHL_API_GENERATION),
        lane=lane,
        deadline=callouts.current(),
        # A person does not wait half a minute, and must not keep others waiting behind them.
        timeout=timeout
        or (settings.GHL_TIMEOUT if lane == Lane.BULK else min(settings.GHL_TIMEOUT, ATTEMPT_SECONDS)),
        **hooks,
    )


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
