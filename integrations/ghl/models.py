"""The credentials and scopes that feed one workspace, encrypted at rest."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from integrations.security.crypto import EncryptedTextField
from integrations.workspace.models import Workspace

# Refreshing early costs nothing; a token that expires in the middle of a page costs a retry.
EARLY = timedelta(minutes=5)


class Credential(models.Model):
    """A token pair. Secrets are clear text on the instance only; `repr` and `str` never show them."""

    access_token = EncryptedTextField(blank=True)
    refresh_token = EncryptedTextField(blank=True)
    expires_at = models.DateTimeField(null=True)  # empty for private tokens, which do not expire by themselves
    scopes = models.JSONField(default=list)
    refreshed_at = models.DateTimeField(null=True)
    refreshing_until = models.DateTimeField(null=True)  # the lease of the one process that refreshes

    class Meta:
        abstract = True

    def is_stale(self, now: datetime) -> bool:
        """True when the access token has expired or will within five minutes."""
        return self.expires_at is not None and self.expires_at - EARLY <= now


class Agency(Credential):
    """An agency installation; its token mints location tokens."""

    company_id = models.CharField(max_length=64, unique=True)
    approved_locations = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"Agency {self.company_id}"


class Connection(Credential):
    """What connects one workspace to one sub-account."""

    class Kind(models.TextChoices):
        OAUTH = "oauth", "OAuth"
        PRIVATE = "private", "Private token"

    class State(models.TextChoices):
        CONNECTED = "connected", "Connected"
        NEEDS_RECONNECT = "needs_reconnect", "Needs reconnect"
        REVOKED = "revoked", "Revoked"
        UNINSTALLED = "uninstalled", "Uninstalled in GHL"

    ENDED = (State.REVOKED, State.UNINSTALLED)

    workspace = models.OneToOneField(Workspace, on_delete=models.CASCADE, related_name="ghl_connection")
    location_id = models.CharField(max_length=64, unique=True)
    company_id = models.CharField(max_length=64, blank=True)
    agency = models.ForeignKey(Agency, null=True, on_delete=models.SET_NULL, related_name="connections")
    kind = models.CharField(max_length=16, choices=Kind)
    state = models.CharField(max_length=20, choices=State, default=State.CONNECTED)
    may_write = models.BooleanField(default=False)
    reason = models.TextField(blank=True)  # why it is not connected, in a sentence
    broken_since = models.DateTimeField(null=True)
    installed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    connected_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} connection of {self.workspace}"


class ParkedInstall(Credential):
    """A grant that arrived without our state; it waits until a signed-in admin claims it."""

    user_type = models.CharField(max_length=16)
    location_id = models.CharField(max_length=64, blank=True)
    company_id = models.CharField(max_length=64, blank=True)
    approved_locations = models.JSONField(default=list)
    arrived_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"Install of {self.location_id or self.company_id}, not claimed"


class RateWindow(models.Model):
    """The request budget of one location, shared by every process that calls for it."""

    key = models.CharField(max_length=100, primary_key=True)
    state = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"Budget of {self.key}"
