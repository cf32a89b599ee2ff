"""Tells the workers that there is work: the broker only rings, rows say what is due.

A web process rings from a thread of its own: nobody waits for their answer until the broker has taken a message.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from time import monotonic, sleep

import structlog
from celery import current_app

from integrations.security.breaker import Breaker

log = structlog.get_logger(__name__)
# The answer that is being made has the interpreter for so long; a message is not in such a hurry.
BEHIND_SECONDS = 0.005
# A process sends nothing for so long after the broker failed it.
_breaker = Breaker(3.0)
_behind: ThreadPoolExecutor | None = None


def ring_behind_answers() -> None:
    """Have this process ring from a thread. Messages that were asked for are sent before the process ends."""
    global _behind
    _behind = ThreadPoolExecutor(max_workers=1, thread_name_prefix="doorbell")


def ring(task: str, number: int, **options: float) -> None:
    """Put a message into the broker, or give it up at once: whatever waits is a row."""
    if _behind is None:
        _send(task, number, options)
        return
    with suppress(RuntimeError):  # the process is about to end
        _behind.submit(_send_later, monotonic() + BEHIND_SECONDS, task, number, options)


def _send_later(at: float, task: str, number: int, options: dict[str, float]) -> None:
    sleep(max(0.0, at - monotonic()))
    _send(task, number, options)


def _send(task: str, number: int, options: dict[str, float]) -> None:
    if _breaker.is_open:
        return
    try:
        current_app.send_task(f"integrations.sync.tasks.{task}", (number,), **options)
    except Exception as error:  # noqa: BLE001  each broker has errors of its own; the tick finds the row anyway
        _breaker.trip()
        log.warning("broker not reached", task=task, number=number, error=type(error).__name__)
