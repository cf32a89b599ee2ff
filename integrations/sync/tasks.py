"""Celery shells: ids in, one function called, no logic. What they lose, the next tick finds in the database."""

from typing import Any

import structlog
from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from integrations.security.breaker import Breaker
from integrations.sync import jobs, leases, outbox
from integrations.sync import refetch as refetching

log = structlog.get_logger(__name__)
# A ring that nobody heard is worth nothing later: rows say what is due, the next tick rings again.
RING_SECONDS = 20
# A slow answer and a wait for the budget fit in between; much earlier and more could change meanwhile.
CHECK_AHEAD_SECONDS = 1.0
# A process does not ring for so long after the broker failed it.
_breaker = Breaker(3.0)


@shared_task
def advance_run(run_id: int) -> None:
    """One slice of a run, then back to the end of the queue, so that no connection waits for another."""
    if not jobs.advance_run(run_id):
        ring_run(run_id)


@shared_task
def deliver_write(write_id: int) -> None:
    outbox.deliver(write_id)


@shared_task
def check_write(write_id: int) -> None:
    outbox.check_ahead(write_id)


@shared_task
def refetch(connection_id: int) -> None:
    """Read what somebody waits for in one connection, and ring once more while there is more of it."""
    # More than a handful, or asked for again while it was being read.
    if refetching.work(connection_id) and refetching.due_count(connection_id, timezone.now(), at_most=1):
        ring_refetch(connection_id)


@shared_task
def tick() -> None:
    """Ring for everything that is due."""
    due = jobs.due_work(leases.clock()())
    for write_id in due.writes:
        _ring(deliver_write, write_id, expires=RING_SECONDS)
    for connection_id in due.refetches:
        ring_refetch(connection_id)
    for run_id in due.runs:
        ring_run(run_id)


def ring_run(run_id: int) -> None:
    """Tell a worker that a run waits. A broker that is down loses nothing: the tick finds the row."""
    _ring(advance_run, run_id, expires=RING_SECONDS)


def ring_write(write_id: int, seconds: float) -> None:
    """Tell workers that a wish will be due in that many seconds, and to look at its task shortly before."""
    check_in = seconds - CHECK_AHEAD_SECONDS
    if check_in > 0:
        _ring(check_write, write_id, countdown=check_in, expires=seconds)
    _ring(deliver_write, write_id, countdown=seconds, expires=seconds + RING_SECONDS)


def ring_refetch(connection_id: int) -> None:
    """Tell a worker that something is to be read again in a connection."""
    _ring(refetch, connection_id, expires=RING_SECONDS)


def _ring(task: Any, number: int, **options: float) -> None:
    """Put a message into the broker, or give it up at once: whatever waits is a row, and the tick rings again."""
    if _breaker.is_open:
        return
    try:
        task.apply_async((number,), **options)
    except (OperationalError, OSError) as error:
        _breaker.trip()
        log.warning("broker not reached", task=task.name, number=number, error=type(error).__name__)
