"""What every cached remote object has in common."""

from typing import Any, Self

from django.db import models

from integrations.workspace.models import Workspace


class RemoteQuerySet[T: "RemoteObject"](models.QuerySet[T]):
    """Adjectives that every cached object understands."""

    def present(self) -> Self:
        """Objects that, as far as we know, still exist at the provider."""
        return self.filter(deleted_at=None)

    def visible_to(self, user: Any) -> Self:
        """Objects of the workspaces that the person belongs to."""
        return self.filter(workspace__in=Workspace.objects.visible_to(user))


class RemoteObject(models.Model):
    """A copy of something the provider owns. Only the sync engine writes it; pages read it.

    `fetched_by_run` is a plain number, not a foreign key: runs belong to the engine above this room, and the
    object outlives them.
    """

    # Pages ask by workspace, with an index where they do; the engine asks by connection, which the constraint
    # below begins with. By name, since the room of connections stands above this one.
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    connection = models.ForeignKey(
        "connections.Connection", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    # Recurring bookings have ids of the form <event>_<epoch ms>_<seconds>, so 64 characters are not enough.
    remote_id = models.CharField(max_length=128)
    payload = models.JSONField(default=dict)
    extra = models.JSONField(default=dict)
    fingerprint = models.CharField(max_length=32)
    fetched_at = models.DateTimeField()
    fetched_by_run = models.BigIntegerField(null=True)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(fields=["connection", "remote_id"], name="%(class)s_once_per_connection")
        ]
