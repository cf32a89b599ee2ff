"""What is to be read again out of turn: somebody opened it, or the provider says that it changed."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from integrations.connections.models import Connection
from integrations.connections.ports import Lane
from integrations.sync.queue import LeasedQuerySet, LeasedRow


class FetchRequestQuerySet(LeasedQuerySet["FetchRequest"]):
    def workable(self) -> "FetchRequestQuerySet":
        """What still has to be read; given up ones stay with their reason until they are asked for again."""
        return self.filter(failed_at=None)

    def failed(self) -> "FetchRequestQuerySet":
        """What was given up."""
        return self.exclude(failed_at=None)

    def hold(self, reason: str, detail: str, now: datetime) -> int:
        """Give up, with the reason, until somebody asks again."""
        return self.release(failed_at=now, reason=reason, detail=detail)


class FetchRequest(LeasedRow):
    """One thing to be read again, once however often it was asked for. The row goes when it has been read.

    `asked_at` is the latest time: one that arrives while the thing is being read makes it read once more.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="fetch_requests")
    stream = models.CharField(max_length=32)
    remote_id = models.CharField(max_length=128)
    contact_remote_id = models.CharField(max_length=128, blank=True)  # empty where whoever asked did not know it
    words = models.TextField(blank=True)  # what to search for where only a search finds it
    with_children = models.BooleanField(default=False)  # a contact together with everything that belongs to it
    lane = models.PositiveSmallIntegerField(default=Lane.WEBHOOK)
    hinted_at = models.DateTimeField(null=True)  # when the provider last said that it changed
    asked_at = models.DateTimeField()
    not_before = models.DateTimeField()
    failed_at = models.DateTimeField(null=True)
    refused = models.JSONField(default=list)  # streams of the contact that could not be read, the last time

    objects = FetchRequestQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["not_before"], name="fetch_request_due", condition=Q(failed_at=None)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["connection", "stream", "remote_id"], name="fetch_request_once")
        ]

    def __str__(self) -> str:
        return f"{self.stream} {self.remote_id}"
