"""Tries a connection with one call: does it work, how long did it take, how much of today is left."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings

from integrations.ghl import budget
from integrations.ghl.models import Connection
from integrations.ghl.provider import GhlProvider
from integrations.ghl.tokens import using
from integrations.sync import calls
from integrations.sync.ports import Lane, SyncError


@dataclass(frozen=True, slots=True)
class Probe:
    """`sentence` is the whole result in one line; `detail` is GHL's own words when it failed."""

    has_passed: bool
    sentence: str
    detail: str = ""


def probe(connection: Connection, *, clock: Callable[[], float] = time.monotonic) -> Probe:
    """Read the sub-account once. A connection known to be broken is not tried: its reason is the answer."""
    started = clock()
    try:
        reader = GhlProvider().reader(connection.workspace_id, Lane.PERSON)
        try:
            with using(connection):
                reader.client.locations.get(connection.location_id)
        finally:
            calls.keep_of([reader], connection.workspace_id)
    except SyncError as error:
        return Probe(False, f"Failed. {error} Nothing was changed.", error.detail)
    milliseconds = round((clock() - started) * 1000)
    used = budget.usage([connection.location_id]).get(connection.location_id, budget.Usage()).today
    left = max(settings.GHL_DAILY_LIMIT - used, 0)
    return Probe(True, f"Works. GHL answered in {milliseconds:,} ms; {left:,} requests are left today.")
