"""Who works on what: claimed by conditional update, kept by a heartbeat, taken over once it stops."""

import os
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Case, F, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from integrations.sync import statements
from integrations.sync.models import SyncRun

type Clock = Callable[[], datetime]


class LeaseLost(Exception):
    """Someone else works on this run now; whatever was not committed must not be."""


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


def claim(run_id: int, owner: str, now: datetime) -> SyncRun | None:
    """Take a run that nobody alive holds; None when another worker was first."""
    taken = (
        SyncRun.objects.claimable(now)
        .filter(pk=run_id)
        .update(
            # An owner that is still written there did not say goodbye: it was killed.
            resumed=Case(When(lease_owner="", then=F("resumed")), default=F("resumed") + 1),
            lease_owner=owner,
            lease_until=now + length(),
            heartbeat_at=now,
            started_at=Coalesce(F("started_at"), Value(now)),
            state=SyncRun.State.RUNNING,
            not_before=None,
        )
    )
    return SyncRun.objects.select_related("connection").get(pk=run_id) if taken == 1 else None


def renew(run_id: int, owner: str, now: datetime, *, forecast: int | None = None, **counted: int) -> None:
    """Extend the lease, and add what was `counted` since the last time: requests, changes, failed.

    Raises LeaseLost when it is no longer ours, or the run was stopped.
    """
    if not statements.renew(run_id, owner, now=now, until=now + length(), forecast=forecast, **counted):
        raise LeaseLost(f"Run {run_id} is no longer held by {owner}.")


def release(run_id: int, owner: str) -> None:
    """Give the run back, so that the next worker need not wait for the lease to expire."""
    SyncRun.objects.filter(pk=run_id, lease_owner=owner).update(lease_owner="", lease_until=None)


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
