"""Celery shells: ids in, one function called, no logic. What they lose, the next tick finds in the database."""

from celery import shared_task
from django.utils import timezone

from integrations.sync import jobs, queue
from integrations.sync.inbox import process
from integrations.sync.pull import requests
from integrations.sync.push import outbox
from integrations.sync.queue import enqueue_fetch, enqueue_run, enqueue_write


@shared_task
def advance_run(run_id: int) -> None:
    """One slice of a run, then back to the end of the queue, so that no connection waits for another."""
    if not jobs.advance_run(run_id):
        enqueue_run(run_id)


@shared_task
def deliver_write(write_id: int) -> None:
    outbox.deliver(write_id)


@shared_task
def check_write(write_id: int) -> None:
    """Tell of the delivery before the look, which may take its time."""
    seconds = outbox.seconds_left(write_id)
    if seconds is not None:
        queue.enqueue_delivery(write_id, seconds)
        outbox.check_ahead(write_id)


@shared_task
def fetch(connection_id: int) -> None:
    """Read or store what somebody waits for in one connection, and once more while there is more of it."""
    # More than a handful, or asked for again while it was being read.
    if process.process_due(connection_id) and requests.due_count(connection_id, timezone.now(), at_most=1):
        enqueue_fetch(connection_id)


@shared_task
def tick() -> None:
    """Send a message for everything that is due."""
    due = jobs.due_work(queue.clock()())
    for write_id in due.writes:
        enqueue_write(write_id)
    for connection_id in due.fetches:
        enqueue_fetch(connection_id)
    for run_id in due.runs:
        enqueue_run(run_id)
