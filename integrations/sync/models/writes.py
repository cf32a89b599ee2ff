"""A change on its way to the provider, with everything needed to deliver it exactly once."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from integrations.activity.models import Contact, RemoteObject
from integrations.activity.records import Record
from integrations.connections.models import Connection
from integrations.sync.queue import LeasedQuerySet, LeasedRow

# How long a confirmed write is still worth words on the page.
RECENTLY = timedelta(minutes=10)


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

    def with_targets(self) -> "list[Write]":
        """The writes, each with the cached row that it changes in `target`: one query for each kind among them."""
        found = list(self)
        for kind in {write.kind for write in found}:
            theirs = [write for write in found if write.kind == kind]
            rows: Any = apps.get_model("activity", kind)._default_manager.all()
            held = (rows if kind == "contact" else rows.select_related("contact")).in_bulk(
                [write.target_id for write in theirs]
            )
            for write in theirs:
                write.target = held.get(write.target_id)
        return found

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

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="writes", db_index=False)
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
    accepted_at = models.DateTimeField(null=True)  # when the provider last said that it took it
    settled_at = models.DateTimeField(null=True)

    objects = WriteQuerySet.as_manager()
    target: Any = None  # the cached row itself, where it was loaded by `with_targets`

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
            models.Index(fields=["connection", "kind", "remote_id"], name="write_by_remote_id"),
            models.Index(fields=["connection", "state", "settled_at"], name="write_by_state"),
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

    def is_shown(self, now: datetime) -> bool:
        """Whether it is still worth words on the page."""
        if self.state == Write.State.CONFIRMED:
            return self.settled_at is None or self.settled_at >= now - RECENTLY
        return self.state not in (Write.State.UNDONE, Write.State.DISMISSED)


def fields_of(source: RemoteObject | Record, names: Iterable[str]) -> dict[str, Any]:
    """The named fields of a cached row or of a record, as JSON holds them: what was stored and what was read
    compare."""
    return {name: plain(getattr(source, name)) for name in names}


def plain(value: Any) -> Any:
    """A value as JSON holds it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return list(value) if isinstance(value, tuple) else value
