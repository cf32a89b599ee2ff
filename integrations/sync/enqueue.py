"""Tells workers that something waits. Messages name a task and a row: what is lost, the next tick finds again."""

import structlog
from celery import current_app
from kombu.exceptions import OperationalError

from integrations.security.breaker import Breaker

log = structlog.get_logger(__name__)
# A message that nobody heard is worth nothing later: rows say what is due, the next tick sends another.
EXPIRES_SECONDS = 20
# A slow answer and a wait for the budget fit in between; much earlier and more could change meanwhile.
CHECK_AHEAD_SECONDS = 1.0
# A process sends nothing for so long after the broker failed it.
_breaker = Breaker(3.0)


def enqueue_run(run_id: int) -> None:
    """Tell a worker that a run waits. A broker that is down loses nothing: the tick finds the row."""
    _send("advance_run", run_id, expires=EXPIRES_SECONDS)


def enqueue_write(write_id: int, seconds: float = 0.0) -> None:
    """Tell workers that a write will be due in that many seconds, and to look at its target shortly before."""
    check_in = seconds - CHECK_AHEAD_SECONDS
    if check_in > 0:
        _send("check_write", write_id, countdown=check_in, expires=seconds)
    _send("deliver_write", write_id, countdown=seconds, expires=seconds + EXPIRES_SECONDS)


def enqueue_fetch(connection_id: int) -> None:
    """Tell a worker that something is to be read again in a connection."""
    _send("fetch", connection_id, expires=EXPIRES_SECONDS)


def _send(task: str, number: int, **options: float) -> None:
    """Put a message into the broker, or give it up at once: whatever waits is a row."""
    if _breaker.is_open:
        return
    try:
        current_app.send_task(f"integrations.sync.tasks.{task}", (number,), **options)
    except (OperationalError, OSError) as error:
        _breaker.trip()
        log.warning("broker not reached", task=task, number=number, error=type(error).__name__)
