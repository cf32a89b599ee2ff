"""A run, its streams and what went wrong in it; rows with a lease are the truth, the broker only rings."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from integrations.activity.models import Spelled
from integrations.connections.models import Connection
from integrations.sync.queue import LeasedQuerySet, LeasedRow


class RunQuerySet(LeasedQuerySet["SyncRun"]):
    def workable(self) -> "RunQuerySet":
        """Runs that still have work to do."""
        return self.active()

    def active(self) -> "RunQuerySet":
        """Runs that still have work to do."""
        return self.filter(Spelled(F("state"), SyncRun.ACTIVE))

    def claim(self, owner: str, now: datetime, **changes: Any) -> int:
        """Take a run; when it was begun and how often it was taken over are noted in the same statement."""
        begun = {"heartbeat_at": now, "started_at": Coalesce(F("started_at"), Value(now)), "not_before": None}
        # An owner that is still written there did not say goodbye: it was killed.
        resumed = Case(When(lease_owner="", then=F("resumed")), default=F("resumed") + 1)
        return super().claim(owner, now, state=SyncRun.State.RUNNING, resumed=resumed, **(begun | changes))


class SyncRun(LeasedRow):
    """One pass over a connection's streams. At most one is active per connection.

    `not_before` is when it goes on where the day's budget is spent.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        PARTIAL = "partial", "Partial"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Stopped"

    class Kind(models.TextChoices):
        FULL = "full", "Full sync"
        INCREMENTAL = "incremental", "Changes"

    class Trigger(models.TextChoices):
        CONNECT = "connect", "Connected"
        SCHEDULE = "schedule", "Schedule"
        MANUAL = "manual", "Sync now"
        COMMAND = "command", "Command line"

    ACTIVE = (State.QUEUED, State.RUNNING)

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="runs")
    kind = models.CharField(max_length=16, choices=Kind)
    trigger = models.CharField(max_length=16, choices=Trigger)
    state = models.CharField(max_length=16, choices=State, default=State.QUEUED)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    requests = models.PositiveIntegerField(default=0)
    # What its streams brought and could not store so far, kept with each batch: a log counts thousands of runs.
    changes = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    forecast = models.PositiveIntegerField(null=True)
    resumed = models.PositiveIntegerField(default=0)
    # Faults of our own that a run got over, such as a full database: how often, and the last one in words.
    interrupted = models.PositiveIntegerField(default=0)
    interruption = models.TextField(blank=True)
    heartbeat_at = models.DateTimeField(null=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["connection", "-created_at"], name="run_of_connection")]
        constraints = [
            models.UniqueConstraint(
                fields=["connection"],
                condition=Q(state__in=("queued", "running")),
                name="one_active_run_per_connection",
            )
        ]

    def __str__(self) -> str:
        return f"Run {self.pk}"

    @property
    def is_active(self) -> bool:
        return self.state in self.ACTIVE


class RunStream(models.Model):
    """One stream within a run: where it stands and what it brought. Cursor and counters change together."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        PARTIAL = "partial", "Partly read"  # its listing ended before it was proved to be at its end
        REFUSED = "refused", "Refused"
        FAILED = "failed", "Failed"

    run = models.ForeignKey(SyncRun, on_delete=models.CASCADE, related_name="streams")
    stream = models.CharField(max_length=32)
    position = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=16, choices=State, default=State.WAITING)
    # What is still to read: [{"partition": ..., "cursor": ...}], both in the provider's own terms.
    places = models.JSONField(null=True)
    by_contact = models.BooleanField(default=False)  # the listing was refused; contact by contact instead
    total = models.PositiveIntegerField(null=True)
    newest = models.DateTimeField(null=True)
    read = models.PositiveIntegerField(default=0)  # rows read, or contacts read for per-contact streams
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    removed = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    reason = models.TextField(blank=True)
    detail = models.TextField(blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["run", "stream"], name="stream_once_per_run")]

    def __str__(self) -> str:
        return f"{self.stream} of run {self.run_id}"

    @property
    def seen(self) -> int:
        """Records that arrived, understood or not."""
        return self.added + self.changed + self.same + self.failed


class RecordFailureQuerySet(models.QuerySet["RecordFailure"]):
    def open(self) -> "RecordFailureQuerySet":
        """What was not read since."""
        return self.filter(resolved_at=None)


class RecordFailure(models.Model):
    """One record that could not be read or stored, with its id and the reason in words.

    Without a `remote_id` it is everything of this stream of one contact. `tries` counts readings, and
    `resolved_at` is when one of them succeeded, or showed that there is nothing to be read any more.
    """

    run = models.ForeignKey(SyncRun, on_delete=models.CASCADE, related_name="failures")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+", db_index=False)
    stream = models.CharField(max_length=32)
    remote_id = models.CharField(max_length=128, blank=True)
    contact_remote_id = models.CharField(max_length=128, blank=True)
    reason = models.TextField()
    detail = models.TextField(blank=True)
    tries = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    resolved_at = models.DateTimeField(null=True)

    objects = RecordFailureQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["connection", "-id"], name="failure_open", condition=Q(resolved_at=None)),
            models.Index(
                fields=["connection", "stream", "remote_id"],
                name="failure_open_of_record",
                condition=Q(resolved_at=None),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "stream", "remote_id", "contact_remote_id"], name="failure_once_per_run"
            )
        ]

    def __str__(self) -> str:
        return f"{self.stream} {self.remote_id}: {self.reason}"


class SeenRecord(models.Model):
    """The ids that a complete listing showed; what is cached but not here may be gone. Emptied with the run."""

    run = models.ForeignKey(SyncRun, on_delete=models.CASCADE, related_name="seen_records")
    stream = models.CharField(max_length=32)
    remote_id = models.CharField(max_length=128)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "stream", "remote_id"], name="seen_once")]

    def __str__(self) -> str:
        return f"{self.stream} {self.remote_id}"
