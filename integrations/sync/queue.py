"""Rows that workers take turns at: due, claimed, kept by a heartbeat, given back, put off; and how they are told.

The rows are the truth, the doorbell only says that there is work. Runs, fetch requests and writes are such rows.
Messages name a task and a row: what is lost, the next tick finds again.
"""

import os
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import DatabaseError, connection, models
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils import timezone

from integrations.connections.ports import RateLimited, SyncError, Transient
from integrations.sync.doorbell import ring

type Clock = Callable[[], datetime]
FREE: dict[str, Any] = {"lease_owner": "", "lease_until": None}
# A message that nobody heard is worth nothing later: rows say what is due, the next tick sends another.
EXPIRES_SECONDS = 20
# A slow answer and a wait for the budget fit in between; much earlier and more could change meanwhile.
CHECK_AHEAD_SECONDS = 1.0


class LeaseLost(Exception):
    """Someone else works on this now; whatever was not committed must not be."""


class LeasedQuerySet[M: "LeasedRow"](models.QuerySet[M]):
    """What a worker may do with rows; each is one conditional update, and the database says who was first."""

    def workable(self) -> Self:
        """Rows in which something is left to do, whether somebody holds them or not."""
        raise NotImplementedError

    def due(self, now: datetime) -> Self:
        """Rows that no living worker holds and whose time has come."""
        free, ripe = Q(lease_until=None) | Q(lease_until__lt=now), Q(not_before=None) | Q(not_before__lte=now)
        return self.workable().filter(free, ripe)

    def claim(self, owner: str, now: datetime, **changes: Any) -> int:
        """Take those that are due; of two workers one gets a row. Returns how many are ours now."""
        held = {"lease_owner": owner, "lease_until": now + length(), "attempts": F("attempts") + 1}
        return self.due(now).update(**(held | changes))

    def held_by(self, owner: str) -> Self:
        """Rows as long as this very worker holds them: neither ended by somebody nor taken over."""
        return self.workable().filter(lease_owner=owner)

    def keep(self, now: datetime) -> None:
        """Extend the lease of held rows, never shorten it. Raises LeaseLost where none is held any more."""
        if not self.update(lease_until=Greatest(F("lease_until"), now + length())):
            raise LeaseLost("Nothing of this is held any more.")

    def release(self, **changes: Any) -> int:
        """Give rows back, changed in the same statement. Returns how many were there."""
        return self.update(**(FREE | changes))

    def put_off(self, error: SyncError, attempts: int, now: datetime, **changes: Any) -> bool:
        """Have what can pass tried again, later each time. False where trying again cannot help, or no more."""
        if not isinstance(error, Transient) or attempts >= self.model.MOST_ATTEMPTS:
            return False
        said = {"reason": str(error), "detail": error.detail, "not_before": now + wait_after(error, attempts)}
        self.release(**(said | changes))
        return True


class LeasedRow(models.Model):
    """`attempts` counts how often a worker took it up. The reason says why it waits, or why it was given up."""

    MOST_ATTEMPTS = 8

    lease_owner = models.CharField(max_length=100, blank=True)
    lease_until = models.DateTimeField(null=True)
    not_before = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    reason = models.TextField(blank=True)
    detail = models.TextField(blank=True)

    class Meta:
        abstract = True


def wait_after(error: SyncError, attempts: int) -> timedelta:
    """How long to leave something alone that failed for the so manieth time."""
    # About a minute at the most: people wait for what is put off.
    return timedelta(seconds=error.retry_after if isinstance(error, RateLimited) else 2.0 ** min(attempts, 6))


def clock() -> Clock:
    """The time by which leases are held: the database server's where several machines may share it.

    A machine whose own is minutes ahead would take away what another holds. Asked for once, then counted on here.
    """
    if connection.vendor != "postgresql":
        return timezone.now
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        ahead: timedelta = cursor.fetchone()[0] - timezone.now()
    return lambda: timezone.now() + ahead


def owner_name() -> str:
    """A name no other worker has, with the host and process in it for whoever reads the run's page."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


def length() -> timedelta:
    """How long a lease holds without a heartbeat."""
    return timedelta(seconds=settings.SYNC_LEASE_SECONDS)


@contextmanager
def heartbeat(beat: Callable[[], None]) -> Iterator[None]:
    """Call `beat` from a thread of its own, three times in a lease: one slow answer must not look like a dead
    worker. `beat` extends what is held, and raises LeaseLost when there is nothing left to extend."""
    stop = threading.Event()
    beats = threading.Thread(target=_go_on, args=(beat, stop), daemon=True)
    beats.start()
    try:
        yield
    finally:
        stop.set()
        beats.join()


def _go_on(beat: Callable[[], None], stop: threading.Event) -> None:
    try:
        while not stop.wait(length().total_seconds() / 3):
            try:
                beat()
            except LeaseLost:
                return  # whoever works finds out with the next commit and rolls back
            except DatabaseError:
                continue  # a busy moment; two more beats fit into the lease
    finally:
        connection.close()


def enqueue_run(run_id: int) -> None:
    """Tell a worker that a run waits. A broker that is down loses nothing: the tick finds the row."""
    ring("advance_run", run_id, expires=EXPIRES_SECONDS)


def enqueue_write(write_id: int, seconds: float = 0.0) -> None:
    """Tell a worker that a write will be due in that many seconds: shortly before, it looks at the target."""
    check_in = seconds - CHECK_AHEAD_SECONDS
    if check_in > 0:
        ring("check_write", write_id, countdown=check_in, expires=seconds + EXPIRES_SECONDS)
    else:
        enqueue_delivery(write_id, seconds)


def enqueue_delivery(write_id: int, seconds: float) -> None:
    """Tell a worker to send a write in that many seconds."""
    ring("deliver_write", write_id, countdown=seconds, expires=seconds + EXPIRES_SECONDS)


def enqueue_fetch(connection_id: int) -> None:
    """Tell a worker that something is to be read again in a connection."""
    ring("fetch", connection_id, expires=EXPIRES_SECONDS)
