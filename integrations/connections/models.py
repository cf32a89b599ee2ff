"""One outside account that feeds a workspace: whose it is, whether it works, and whether we may write there."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from integrations.workspace.models import Workspace


class ConnectionQuerySet(models.QuerySet["Connection"]):
    def home(self) -> "ConnectionQuerySet":
        """The connections whose contacts are the people, one a workspace at most."""
        return self.filter(is_home=True)

    def of(self, workspaces: Iterable[Any]) -> "ConnectionQuerySet":
        """The connections of these workspaces."""
        return self.filter(workspace__in=[getattr(one, "pk", one) for one in workspaces])

    def alive(self) -> "ConnectionQuerySet":
        """Connections that nobody has ended; one that needs a person is among them."""
        return self.exclude(state__in=Connection.ENDED)


class Connection(models.Model):
    """What connects a workspace to one account of one provider. The provider keeps the secrets, never this row.

    Whatever comes from outside hangs on a connection, and a remote id is unique in it.
    """

    class State(models.TextChoices):
        CONNECTED = "connected", "Connected"
        NEEDS_RECONNECT = "needs_reconnect", "Needs reconnect"
        REVOKED = "revoked", "Revoked"
        UNINSTALLED = "uninstalled", "Uninstalled"

    ENDED = (State.REVOKED, State.UNINSTALLED)

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="connections")
    provider = models.CharField(max_length=32)
    external_id = models.CharField(max_length=128)  # what the provider calls the account
    is_home = models.BooleanField(default=True)
    state = models.CharField(max_length=20, choices=State, default=State.CONNECTED)
    may_write = models.BooleanField(default=False)
    # In a sentence of ours: why it is not connected, or what it lost when it was connected again.
    reason = models.TextField(blank=True)
    detail = models.TextField(blank=True)  # the same in the provider's words, without secrets
    broken_since = models.DateTimeField(null=True)
    installed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    connected_at = models.DateTimeField(default=timezone.now)

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "external_id"], name="connection_once_per_account"),
            models.UniqueConstraint(
                fields=["workspace"], condition=models.Q(is_home=True), name="one_home_connection"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.external_id}"

    @property
    def has_ended(self) -> bool:
        """Whether somebody ended it, here or there; one that broke by itself only waits for a person."""
        return self.state in self.ENDED
