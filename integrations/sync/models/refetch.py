"""What is to be read again out of turn: somebody opened it, or the other side says that it changed."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from integrations.connections.models import Connection
from integrations.connections.ports import Lane


class RefetchQuerySet(models.QuerySet["Refetch"]):
    def waiting(self) -> "RefetchQuerySet":
        """What still has to be read; given up ones stay with their reason until they are asked for again."""
        return self.filter(failed_at=None)

    def due(self, now: datetime) -> "RefetchQuerySet":
        """What may be read now and that no living worker holds."""
        free = Q(lease_until=None) | Q(lease_until__lt=now)
        return self.waiting().filter(free, not_before__lte=now)


class Refetch(models.Model):
    """One thing to be read again, once however often it was asked for. The row goes when it has been read.

    `asked_at` is the latest wish: one that arrives while the thing is being read makes it read once more.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="refetches")
    stream = models.CharField(max_length=32)
    remote_id = models.CharField(max_length=128)
    contact_remote_id = models.CharField(max_length=128, blank=True)  # empty where whoever asked did not know it
    words = models.TextField(blank=True)  # what to search for where only a search finds it
    with_children = models.BooleanField(default=False)  # a contact together with everything that belongs to it
    lane = models.CharField(max_length=16, default=Lane.HINT)
    hinted_at = models.DateTimeField(null=True)  # when the other side last said that it changed
    asked_at = models.DateTimeField()
    not_before = models.DateTimeField()
    lease_owner = models.CharField(max_length=100, blank=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    failed_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    detail = models.TextField(blank=True)

    objects = RefetchQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["not_before"], name="refetch_due", condition=Q(failed_at=None)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["connection", "stream", "remote_id"], name="refetch_once_per_thing")
        ]

    def __str__(self) -> str:
        return f"{self.stream} {self.remote_id}"
