"""What outlives a run: when a connection syncs, and how far each of its streams has come."""

from datetime import datetime

from django.conf import settings
from django.db import models

from integrations.activity.models import Contact
from integrations.connections.models import Connection


def default_interval() -> int:
    """Seconds between two scheduled syncs of a new connection."""
    return settings.SYNC_INTERVAL_SECONDS


class ScheduleQuerySet(models.QuerySet["SyncSchedule"]):
    def due(self, now: datetime) -> "ScheduleQuerySet":
        """Schedules of accounts that nobody ended, whose time has come and which have no run under way."""
        alive = (Connection.State.CONNECTED, Connection.State.NEEDS_RECONNECT)
        found = self.filter(next_at__lte=now, connection__state__in=alive)
        return found.exclude(connection__runs__state__in=("queued", "running"))


class SyncSchedule(models.Model):
    """When a connection syncs next; the interval lives here, the beat schedule is one static tick."""

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, related_name="schedule")
    interval_seconds = models.PositiveIntegerField(default=default_interval)
    next_at = models.DateTimeField(null=True, db_index=True)
    last_synced_at = models.DateTimeField(null=True)
    last_full_at = models.DateTimeField(null=True)

    objects = ScheduleQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.connection} every {self.interval_seconds} s"


class CursorQuerySet(models.QuerySet["StreamCursor"]):
    def off(self) -> "CursorQuerySet":
        """Streams that an admin switched off."""
        return self.filter(is_on=False)


class StreamCursor(models.Model):
    """How far a stream has been read, and whether the provider still lets us read it."""

    class State(models.TextChoices):
        UNKNOWN = "unknown", "Not tried yet"
        ALLOWED = "allowed", "Allowed"
        FALLBACK = "fallback", "Allowed, contact by contact"
        REFUSED = "refused", "Refused"

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="stream_cursors")
    stream = models.CharField(max_length=32)
    state = models.CharField(max_length=16, choices=State, default=State.UNKNOWN)
    reason = models.TextField(blank=True)
    # Refusals in a row of which nothing tells that they last.
    refusals = models.PositiveSmallIntegerField(default=0)
    is_on = models.BooleanField(default=True)  # an admin may do without a stream; what was read stays
    # The newest remote change seen, never our clock: a clock that runs ahead would skip changes.
    watermark = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = CursorQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "stream"], name="one_cursor_per_stream")]

    def __str__(self) -> str:
        return f"{self.stream} of {self.connection}: {self.state}"


class ContactDue(models.Model):
    """When a contact was last asked for in one stream that is read contact by contact; whether it is due again.

    No row: it was never asked for, and so is due.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+", db_index=False)
    stream = models.CharField(max_length=32)
    checked_at = models.DateTimeField()
    is_due = models.BooleanField(default=False)
    # When anything last happened to the contact, as far as the choice of whom to read again needs to know.
    active_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["connection", "stream", "is_due", "checked_at"], name="due_by_age"),
            models.Index(
                fields=["connection", "stream", "is_due", "active_at", "checked_at"], name="due_by_activity"
            ),
        ]
        constraints = [models.UniqueConstraint(fields=["contact", "stream"], name="due_once_per_stream")]

    def __str__(self) -> str:
        return f"{self.stream} of contact {self.contact_id}, {'due' if self.is_due else 'read'}"


class Pulse(models.Model):
    """When a part that works in the background was last alive."""

    name = models.CharField(max_length=32, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%H:%M:%S}"
