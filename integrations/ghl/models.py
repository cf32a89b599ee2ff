"""The credentials and scopes that feed one workspace, encrypted at rest."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.utils import timezone

from integrations.connections.models import Connection
from integrations.security import crypto
from integrations.security.crypto import EncryptedTextField

# Refreshing early costs nothing; a token that expires in the middle of a page costs a retry.
EARLY = timedelta(minutes=5)
PROVIDER = "ghl"  # this system's key in connections and settings


class SealedQuerySet[Row: "Credential"](models.QuerySet[Row]):
    """Rows with secrets, for whoever only looks."""

    def sealed(self, *behind: str) -> Self:
        """Rows that come without their secrets, and without those `behind` a relation; asking for one loads it."""
        prefixes = ("", *(f"{name}__" for name in behind))
        return self.defer(*(f"{prefix}{secret}" for prefix in prefixes for secret in Credential.SECRETS))


class Credential(models.Model):
    """A token pair. Asking for a token decrypts it; `repr` and `str` never show one.

    Whoever works with it asks `has_token` and `is_readable`, which decrypt nothing and never fail. Whoever only
    looks takes `sealed` rows and asks `has_keys`, which loads no secret either.
    """

    SECRETS = ("access_token", "refresh_token")

    access_token = EncryptedTextField(blank=True)
    refresh_token = EncryptedTextField(blank=True)
    access_key, refresh_key = crypto.key_id_of("access_token"), crypto.key_id_of("refresh_token")
    expires_at = models.DateTimeField(null=True)  # empty for private tokens, which do not expire by themselves
    scopes = models.JSONField(default=list)
    refreshed_at = models.DateTimeField(null=True)
    refreshing_until = models.DateTimeField(null=True)  # the lease of the one process that refreshes

    class Meta:
        abstract = True

    def is_stale(self, now: datetime) -> bool:
        """True when the access token has expired or will within five minutes."""
        return self.expires_at is not None and self.expires_at - EARLY <= now

    @property
    def has_token(self) -> bool:
        """Whether there are credentials at all, readable or not."""
        return bool(crypto.unread(self, "access_token"))

    def can_read(self, name: str) -> bool:
        """Whether this process has a key that fits one of SECRETS. True where nothing is stored."""
        held = crypto.unread(self, name)
        return not isinstance(held, crypto.Ciphertext) or crypto.is_readable(held)

    @property
    def is_readable(self) -> bool:
        """Whether this process has the keys for all of it. Another process may have others."""
        return all(self.can_read(name) for name in self.SECRETS)

    @property
    def has_keys(self) -> bool:
        """The same by the ids of the keys alone, as the row was stored."""
        return all(crypto.has_key(key) for key in (self.access_key, self.refresh_key) if key)


class Agency(Credential):
    """An agency installation; its token mints location tokens."""

    company_id = models.CharField(max_length=64, unique=True)
    approved_locations = models.JSONField(default=list)

    objects = SealedQuerySet["Agency"].as_manager()

    def __str__(self) -> str:
        return f"Agency {self.company_id}"


class Location(Credential):
    """The sub-account of a connection, with what opens it. Whether it works stands on the connection."""

    class Kind(models.TextChoices):
        OAUTH = "oauth", "OAuth"
        PRIVATE = "private", "Private token"

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, related_name="ghl_location")
    company_id = models.CharField(max_length=64, blank=True)
    agency = models.ForeignKey(Agency, null=True, on_delete=models.SET_NULL, related_name="locations")
    kind = models.CharField(max_length=16, choices=Kind)
    # Since when the sign-in is refused without anything saying that it is void.
    doubted_at = models.DateTimeField(null=True)
    unread_zone = models.CharField(max_length=200, blank=True)  # what the sub-account gives as a zone and is none

    objects = SealedQuerySet["Location"].as_manager()

    def __str__(self) -> str:
        return f"{self.get_kind_display()} sign-in of {self.connection.workspace}"

    @property
    def location_id(self) -> str:
        """What GHL calls the sub-account."""
        return self.connection.external_id

    @property
    def is_readable(self) -> bool:
        """The same, with the agency's tokens where they are what renews it."""
        is_minted = not crypto.unread(self, "refresh_token")
        return super().is_readable and not (is_minted and self.agency and not self.agency.is_readable)

    @property
    def has_keys(self) -> bool:
        """The same, with the agency's where its tokens are what renews it."""
        return super().has_keys and not (not self.refresh_key and self.agency and not self.agency.has_keys)


class ParkedInstall(Credential):
    """A grant that arrived without our state; it waits until a signed-in admin claims it."""

    user_type = models.CharField(max_length=16)
    location_id = models.CharField(max_length=64, blank=True)
    company_id = models.CharField(max_length=64, blank=True)
    approved_locations = models.JSONField(default=list)
    arrived_at = models.DateTimeField(default=timezone.now)

    objects = SealedQuerySet["ParkedInstall"].as_manager()

    def __str__(self) -> str:
        return f"Install of {self.location_id or self.company_id}, not claimed"


class RateWindow(models.Model):
    """The request budget of one location, shared by every process that calls for it."""

    key = models.CharField(max_length=100, primary_key=True)
    state = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"Budget of {self.key}"
