"""Counts deliveries of which nothing is kept; what cannot be written at once waits in memory for the next one.

Anybody may send what is refused, so counting it must never wait for the database.
"""

import atexit
from collections import Counter
from contextlib import suppress
from datetime import UTC, date, datetime
from threading import Lock
from typing import Any

from django.db import Error, transaction
from django.db.models import F

from integrations.sync.models import InboundCount
from integrations.workspace.patience import BRIEF, waiting_at_most

# In place of a provider: requests that reached no page, and those kinds of them about which `doctor` gives advice.
WEB = "web"
NO_SCHEME, FEW_ADDRESSES, UNKNOWN_HOST = "no_forwarded_proto", "few_forwarded_addresses", "unknown_host"

_Key = tuple[str, date, str]  # provider, day (UTC), kind
_pending: Counter[_Key] = Counter()
_lock = Lock()


def count(provider: str, kind: str, now: datetime) -> None:
    """Count one, now or as soon as the database is free. A process that is killed before forgets it."""
    with _lock:
        _pending[provider, now.astimezone(UTC).date(), kind] += 1
    flush()


def flush() -> None:
    """Write what waits, unless the database is held by somebody else. Costs nothing when nothing waits."""
    if not _pending:
        return
    with _lock:
        taken = Counter(_pending)
        _pending.clear()
    try:
        with waiting_at_most(BRIEF), transaction.atomic():
            for key, number in taken.items():
                _add(key, number)
    except Error:
        with _lock:
            _pending.update(taken)


def flush_before_request(**_: Any) -> None:
    """For Django's signal, which passes facts that are not needed."""
    flush()


def _add(key: _Key, number: int) -> None:
    named: dict[str, Any] = dict(zip(("provider", "day", "kind"), key, strict=True))
    if not InboundCount.objects.filter(**named).update(count=F("count") + number):
        InboundCount.objects.get_or_create(**named)
        InboundCount.objects.filter(**named).update(count=F("count") + number)


def _last_try() -> None:
    with suppress(Exception):  # at the end of a process there is nobody left to tell
        flush()


atexit.register(_last_try)
