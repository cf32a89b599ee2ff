"""Tries a connection with one call: does it work, how long did it take, how much of today is left."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from integrations.connections.models import Connection
from integrations.connections.ports import Lane, SyncError
from integrations.ghl import budget
from integrations.ghl.adapter import using
from integrations.ghl.provider import GhlProvider
from integrations.sync import calls


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """`sentence` is the whole result in one line; `detail` is GHL's own words when it failed."""

    has_passed: bool
    sentence: str
    detail: str = ""


def check(connection: Connection, *, clock: Callable[[], float] = time.monotonic) -> HealthCheck:
    """Read the sub-account once. A connection known to be broken is not tried: its reason is the answer."""
    started = clock()
    try:
        reader = GhlProvider().reader(connection, Lane.PERSON)
        try:
            with using(reader.location):
                reader.client.locations.get(connection.external_id)
        finally:
            calls.keep_of([reader], connection.pk)
    except SyncError as error:
        return HealthCheck(False, f"Failed. {error} Nothing was changed.", error.detail)
    milliseconds = round((clock() - started) * 1000)
    usage = budget.usage([connection.external_id]).get(connection.external_id, budget.Usage())
    left = max(usage.daily_limit - usage.today, 0)
    return HealthCheck(
        True, f"Works. GoHighLevel answered in {milliseconds:,} ms; {left:,} requests are left today."
    )
