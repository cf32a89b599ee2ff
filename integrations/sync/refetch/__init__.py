"""Reads single things again, out of turn: claim a handful, ask for all at once, store them, let the rows go.

What asked for it (a page that was opened, a webhook) is only a hint: the other side is asked, and its answer is
what enters the cache.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.utils import timezone

from integrations.sync import calls, leases, registry
from integrations.sync.models import Refetch
from integrations.sync.ports import Lane, Reader, SyncError
from integrations.sync.refetch.asking import Found, closed_in, guarded, held_of, parts
from integrations.sync.refetch.queue import (
    AT_ONCE,
    Wish,
    after_error,
    ask,
    ask_all,
    claim,
    due_count,
    let_go,
    renew,
)
from integrations.sync.refetch.storing import store_all

__all__ = ["AT_ONCE", "Wish", "ask", "ask_all", "due_count", "work"]


def work(workspace_id: int, *, clock: Callable[[], datetime] = timezone.now) -> int:
    """Read what is due in one workspace, a handful at once. Returns how many rows were looked at."""
    rows = claim(workspace_id, clock())
    if not rows:
        return 0
    lane = Lane.PERSON if any(row.lane == Lane.PERSON for row in rows) else Lane.HINT
    try:
        provider = registry.provider(rows[0].workspace.provider)
        with closing(provider.reader(workspace_id, lane)) as reader:
            try:
                with leases.heartbeat(lambda: renew(rows, clock())):
                    _read_all(rows, reader, clock)
            finally:
                calls.keep_of([reader], workspace_id)
    except SyncError as error:
        for row in rows:
            after_error(row, error, clock())
    return len(rows)


def _read_all(rows: list[Refetch], reader: Reader, clock: Callable[[], datetime]) -> None:
    asked_at = clock()
    answers = _answers(rows, reader)
    found = [answer for _, answer in answers if isinstance(answer, Found)]
    store_all(rows[0].workspace_id, found, reader, asked_at, clock)
    errors = {row.pk: answer for row, answer in answers if isinstance(answer, SyncError)}
    for row in rows:
        if row.pk in errors:
            after_error(row, errors[row.pk], clock())
    let_go([row for row in rows if row.pk not in errors], clock())


def _answers(rows: list[Refetch], reader: Reader) -> list[tuple[Refetch, Found | SyncError]]:
    """Everything that the rows come to, asked for at once; an error is an answer, too."""
    closed = closed_in(rows[0].workspace_id)
    held = held_of([row for row in rows if row.with_children])
    asked = [(row, part) for row in rows for part in parts(row, reader, closed, held)]
    if not asked:
        return []
    workers = min(settings.SYNC_PARALLEL_READS, len(asked))
    with ThreadPoolExecutor(workers, thread_name_prefix="refetch") as pool:
        answers = list(pool.map(guarded, [part for _, part in asked]))
        # Each thread has a database connection of its own and must close it itself.
        list(pool.map(lambda _: connection.close(), range(workers)))
    return list(zip([row for row, _ in asked], answers, strict=True))
