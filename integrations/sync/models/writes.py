"""A change on its way to the other side, with everything needed to deliver it exactly once."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from integrations.activity.models import Contact, RemoteObject
from integrations.connections.models import Connection
from integrations.sync.queue import LeasedQuerySet, LeasedRow


class WriteQuerySet(LeasedQuerySet["Write"]):
    def workable(self) -> "WriteQuerySet":
        """Writes that are not settled yet."""
        return self.open()

    def open(self) -> "WriteQuerySet":
        """Writes that are not settled yet."""
        return self.filter(state__in=Write.OPEN)

    def failed(self) -> "WriteQuerySet":
        """Writes that did not get through, until somebody retries them or puts them away."""
        return self.filter(state__in=Write.UNSENT)

    def waiting(self) -> "WriteQuerySet":
        """Writes that can still be taken back: nothing of them was ever sent, and nobody is about to."""
        return self.filter(state=Write.State.QUEUED, sent_at=None)

    def settle(self, state: str, now: datetime, reason: str = "", detail: str = "") -> int:
        """End writes, with the reason where they did not get through."""
        return self.release(state=state, settled_at=now, reason=reason, detail=detail)

    def about(self, target: RemoteObject) -> "WriteQuerySet":
        """Writes that change this very record."""
        return self.filter(kind=target._meta.model_name, target_id=target.pk)


class Write(LeasedRow):
    """One change of one record. A record has at most one write that is not settled.

    The target is named by its kind and its key here, since kinds are a table and not a foreign key each;
    `target_id` is empty while there is no such record yet. `remote_id` is what it is called over there.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Pending"
        SENDING = "sending", "Sending"
        CONFIRMED = "confirmed", "Confirmed"
        FAILED = "failed", "Failed"
        CONFLICT = "conflict", "Conflict"
        UNDONE = "undone", "Undone"
        DISMISSED = "dismissed", "Dismissed"

    MOST_ATTEMPTS = 5
    OPEN = (State.QUEUED, State.SENDING)
    UNSENT = (State.FAILED, State.CONFLICT)

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="writes")
    operation = models.CharField(max_length=32)
    kind = models.CharField(max_length=32)
    target_id = models.BigIntegerField(null=True)
    remote_id = models.CharField(max_length=128, blank=True)
    # Whose page shows it.
    contact = models.ForeignKey(Contact, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    changes = models.JSONField()  # {"is_completed": true}
    base = models.JSONField()  # the same fields as we knew them when the person acted
    state = models.CharField(max_length=16, choices=State, default=State.QUEUED)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    not_before = models.DateTimeField()
    # When the target was last seen, shortly before `not_before`, to be still as in `base`.
    checked_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    objects = WriteQuerySet.as_manager()
    target: Any = None  # the cached row itself, where it was loaded with `operations.with_targets`

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["not_before"],
                name="write_due",
                condition=Q(state__in=("queued", "sending")),
            ),
            models.Index(fields=["kind", "target_id", "-id"], name="write_of_target"),
            models.Index(fields=["contact", "-id"], name="write_of_contact"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "target_id"],
                condition=Q(state__in=("queued", "sending")),
                name="one_open_write_per_target",
            )
        ]

    def __str__(self) -> str:
        return f"Write {self.pk} {self.state}"
