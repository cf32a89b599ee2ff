"""A person's wish on its way to the other side, with everything needed to deliver it exactly once."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from integrations.activity.models import Task
from integrations.connections.models import Connection


class WriteQuerySet(models.QuerySet["OutboxWrite"]):
    def open(self) -> "WriteQuerySet":
        """Wishes that are not settled yet."""
        return self.filter(state__in=OutboxWrite.OPEN)

    def waiting(self) -> "WriteQuerySet":
        """Wishes that can still be taken back: nothing of them was ever sent, and nobody is about to."""
        return self.filter(state=OutboxWrite.State.QUEUED, sent_at=None)

    def due(self, now: datetime) -> "WriteQuerySet":
        """Queued wishes whose undo window or waiting time is over."""
        return self.filter(state=OutboxWrite.State.QUEUED, not_before__lte=now)


class OutboxWrite(models.Model):
    """One wish: make this task's completion so. A task has at most one unsettled wish."""

    class State(models.TextChoices):
        QUEUED = "queued", "Pending"
        SENDING = "sending", "Sending"
        CONFIRMED = "confirmed", "Confirmed"
        FAILED = "failed", "Failed"
        CONFLICT = "conflict", "Conflict"
        UNDONE = "undone", "Undone"
        DISMISSED = "dismissed", "Dismissed"

    OPEN = (State.QUEUED, State.SENDING)

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="writes")
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="writes")
    wish = models.JSONField()  # {"is_completed": true}
    base = models.JSONField()  # the same fields as we knew them when the person acted
    state = models.CharField(max_length=16, choices=State, default=State.QUEUED)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    not_before = models.DateTimeField()
    # When the task was last seen, shortly before `not_before`, to be still as in `base`.
    checked_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    detail = models.TextField(blank=True)

    objects = WriteQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["not_before"],
                name="write_due",
                condition=Q(state__in=("queued", "sending")),
            ),
            models.Index(fields=["task", "-id"], name="write_of_task"),
            models.Index(fields=["connection", "state", "settled_at"], name="write_by_state"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["task"], condition=Q(state__in=("queued", "sending")), name="one_open_write_per_task"
            )
        ]

    def __str__(self) -> str:
        return f"Write {self.pk} {self.state}"

    @property
    def wants_completed(self) -> bool:
        return bool(self.wish["is_completed"])
