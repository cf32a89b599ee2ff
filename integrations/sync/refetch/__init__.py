"""Reads single things again, out of turn: claim a handful, ask for all at once, store them, let the rows go.

What asked for it (a page that was opened, a webhook) is only a hint: the other side is asked, and its answer is
what enters the cache.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial

import structlog
from django.conf import settings
from django.db import connection as database

from integrations.connections import registry
from integrations.connections.ports import Lane, Reader, SyncError
from integrations.sync import calls, leases
from integrations.sync.leases import Clock
from integrations.sync.models import Refetch
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
    revive,
)
from integrations.sync.refetch.storing import Storing, store_all

log = structlog.get_logger(__name__)

__all__ = ["AT_ONCE", "Wish", "ask", "ask_all", "due_count", "revive", "work"]


def work(connection_id: int, *, clock: Clock | None = None) -> int:
    """Read what is due in one connection, a handful at once. Returns how many rows were looked at."""
    clock = clock or leases.clock()
    rows = claim(connection_id, clock())
    if not rows:
        return 0
    lane = Lane(rows[0].lane)
    try:
        provider = registry.provider(rows[0].connection.provider)
        with closing(provider.reader(rows[0].connection, lane)) as reader:
            try:
                with leases.heartbeat(partial(_hold, rows, clock)):
                    _read_all(rows, reader, clock)
            finally:
                calls.keep_of([reader], connection_id)
    except leases.LeaseLost:
        log.info("a reading was taken over or purged", connection=connection_id)
    except SyncError as error:
        for row in rows:
            after_error(row, error, clock())
    return len(rows)


def _read_all(rows: list[Refetch], reader: Reader, clock: Clock) -> None:
    asked_at = clock()
    answers = _answers(rows, reader)
    found = [answer for _, answer in answers if isinstance(answer, Found)]
    hold = partial(_hold, rows, clock)
    store_all(found, Storing(rows[0].connection, reader, asked_at, clock, hold))
    errors = {row.pk: answer for row, answer in answers if isinstance(answer, SyncError)}
    for row in rows:
        if row.pk in errors:
            after_error(row, errors[row.pk], clock())
    let_go([row for row in rows if row.pk not in errors], clock())


def _hold(rows: list[Refetch], clock: Clock) -> None:
    renew(rows, clock())


def _answers(rows: list[Refetch], reader: Reader) -> list[tuple[Refetch, Found | SyncError]]:
    """Everything that the rows come to, asked for at once; an error is an answer, too."""
    closed = closed_in(rows[0].connection_id)
    held = held_of([row for row in rows if row.with_children])
    asked = [(row, part) for row in rows for part in parts(row, reader, closed, held)]
    if not asked:
        return []
    workers = min(settings.SYNC_PARALLEL_READS, len(asked))
    with ThreadPoolExecutor(workers, thread_name_prefix="refetch") as pool:
        answers = list(pool.map(guarded, [part for _, part in asked]))
        # Each thread has a database connection of its own and must close it itself.
        list(pool.map(lambda _: database.close(), range(workers)))
    return list(zip([row for row, _ in asked], answers, strict=True))
