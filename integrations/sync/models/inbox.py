"""What the provider told us by webhook: each event once, as it came, and counters of what was not kept."""

from datetime import datetime, timedelta

from django.db import models

from integrations.connections.models import Connection


class InboundEventQuerySet(models.QuerySet["InboundEvent"]):
    def waiting(self) -> "InboundEventQuerySet":
        """What has been taken and not yet led to an answer of the provider."""
        return self.filter(state=InboundEvent.State.RECEIVED)

    def about(self, connection_id: int, stream: str, remote_ids: list[str]) -> "InboundEventQuerySet":
        """Events about these things."""
        return self.filter(connection=connection_id, stream=stream, remote_id__in=remote_ids)

    def applied(self, now: datetime) -> int:
        """What they are about has been read and stored."""
        return self.update(state=InboundEvent.State.DONE, applied_at=now, reason="")

    def failed(self, reason: str) -> int:
        """What they are about cannot be read; a replay asks again."""
        return self.update(state=InboundEvent.State.FAILED, reason=reason)


class InboundEvent(models.Model):
    """One event. Its body is a hint and evidence: the record is asked for again, nothing is read out of it."""

    class State(models.TextChoices):
        RECEIVED = "received", "Waiting to be read"
        DONE = "done", "Done"
        IGNORED = "ignored", "Ignored"
        FAILED = "failed", "Failed"

    provider = models.CharField(max_length=32)
    webhook_id = models.CharField(max_length=128)
    type = models.CharField(max_length=64)
    connection = models.ForeignKey(Connection, null=True, on_delete=models.CASCADE, related_name="inbound_events")
    # What is to be read again; empty where an event asks for no reading.
    stream = models.CharField(max_length=32, blank=True)
    remote_id = models.CharField(max_length=128, blank=True)
    contact_remote_id = models.CharField(max_length=128, blank=True)
    words = models.TextField(blank=True)
    signature = models.CharField(max_length=16)
    body = models.BinaryField()  # the raw bytes: the signature covers them and nothing else
    state = models.CharField(max_length=16, choices=State)
    reason = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True)  # by the sender's clock
    received_at = models.DateTimeField(db_index=True)
    applied_at = models.DateTimeField(null=True)  # when the answer of the provider had been stored

    objects = InboundEventQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["connection", "stream", "remote_id"], name="event_by_thing"),
        ]
        constraints = [models.UniqueConstraint(fields=["provider", "webhook_id"], name="event_once")]

    def __str__(self) -> str:
        return f"{self.type} {self.webhook_id}"

    @property
    def lag_to_stored(self) -> timedelta | None:
        """From the sender's clock to ours; None when the event did not say when it was sent."""
        return self.received_at - self.sent_at if self.sent_at else None

    @property
    def lag_to_applied(self) -> timedelta | None:
        """From when it was sent (else stored) to when what it is about stood in the cache; None until then."""
        return self.applied_at - (self.sent_at or self.received_at) if self.applied_at else None


class InboundCount(models.Model):
    """How many deliveries of one kind came on one day (UTC) of which nothing else was kept."""

    provider = models.CharField(max_length=32)
    day = models.DateField()
    kind = models.CharField(max_length=32)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "day", "kind"], name="inbound_count_once")]

    def __str__(self) -> str:
        return f"{self.count} {self.kind} on {self.day}"
