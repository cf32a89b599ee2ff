"""People, the workspaces they belong to, and what they did."""

import re
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.timezone import now

from integrations.prepared import insert_row
from integrations.security.redact import redact


class UserManager(BaseUserManager["User"]):
    """Creates people who sign in by email address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A person with a normalised, lower-case address."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """An installation admin."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractUser):
    """A person of the organisation; `is_staff` makes them an installation admin who manages every workspace."""

    username = None  # type: ignore[assignment]
    email = models.EmailField(unique=True)
    last_active_at = models.DateTimeField(null=True, editable=False)  # to the minute
    shows_changes = models.BooleanField(default=False)  # among everything else on a contact's line
    is_demo = models.BooleanField(default=False, editable=False)  # the password is public
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return self.get_full_name() or self.email


def validate_timezone(name: str) -> None:
    """Refuse a zone name that this machine's zone database does not have."""
    if name not in available_timezones():
        raise ValidationError(f"{name} is not a time zone name, such as Europe/London.")


class WorkspaceQuerySet(models.QuerySet["Workspace"]):
    def visible_to(self, user: Any) -> "WorkspaceQuerySet":
        """Workspaces that the person may read; everything for an installation admin, nothing for a visitor."""
        if not user.is_authenticated:
            return self.none()
        return self if user.is_staff else self.of_member(user)

    def of_member(self, user: Any) -> "WorkspaceQuerySet":
        """Workspaces that the person belongs to, each with the person's `role` and `remote_user_id` there."""
        found = self.filter(memberships__user=user)
        return found.annotate(
            role=models.F("memberships__role"), remote_user_id=models.F("memberships__remote_user_id")
        )

    def managed_by(self, user: Any) -> "WorkspaceQuerySet":
        """Workspaces whose connection the person may change."""
        if not user.is_authenticated:
            return self.none()
        if user.is_staff:
            return self
        return self.filter(memberships__user=user, memberships__role=Membership.Role.ADMIN)

    def overseen_by(self, user: Any) -> "WorkspaceQuerySet":
        """Workspaces whose sync log the person may read: managers and admins."""
        if not user.is_authenticated:
            return self.none()
        if user.is_staff:
            return self
        roles = (Membership.Role.MANAGER, Membership.Role.ADMIN)
        return self.filter(memberships__user=user, memberships__role__in=roles)


class NoteRight(models.TextChoices):
    """Which notes somebody of a role may edit, pin and delete."""

    OWN = "own", "Own notes"
    ALL = "all", "All notes"
    NONE = "none", "None"


class Workspace(models.Model):
    """A team's room over the records of one sub-account and of whatever else is connected to it."""

    name = models.CharField(max_length=200)
    timezone = models.CharField(max_length=64, default="UTC", validators=[validate_timezone])
    country = models.CharField(max_length=2, blank=True)  # ISO 3166: whose way of writing numbers is at home here
    # Admins may always edit all; so nobody is left who could not give the right back.
    reps_edit_notes = models.CharField(max_length=8, choices=NoteRight, default=NoteRight.OWN)
    managers_edit_notes = models.CharField(max_length=8, choices=NoteRight, default=NoteRight.ALL)
    members = models.ManyToManyField(User, through="Membership", related_name="workspaces")
    created_at = models.DateTimeField(default=now, editable=False)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def code(self) -> str:
        """At most six letters that tell workspaces apart in a table: the last word of the name."""
        words: list[str] = re.findall(r"\w+", self.name) or ["?"]
        return words[-1][:6].upper()


class Membership(models.Model):
    """A person's role in one workspace."""

    class Role(models.TextChoices):
        REP = "rep", "Rep"
        MANAGER = "manager", "Manager"
        ADMIN = "admin", "Admin"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role, default=Role.REP)
    # Which user of the provider the person is, where their email address does not tell.
    remote_user_id = models.CharField(max_length=128, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "workspace"], name="one_role_per_workspace")]

    def __str__(self) -> str:
        return f"{self.user} is {self.get_role_display()} of {self.workspace}"


class AuditEntry(models.Model):
    """One thing that a person (or the system, when actor is empty) did, and how it ended.

    Never changed, but for the result of what was only queued or begun at first.
    """

    at = models.DateTimeField(default=now, editable=False, db_index=True)
    actor = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    workspace = models.ForeignKey(Workspace, null=True, on_delete=models.SET_NULL, related_name="audit")
    act = models.CharField(max_length=64)
    target = models.CharField(max_length=200, blank=True)
    result = models.CharField(max_length=32, default="done")
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.act} {self.target} {self.result}"

    @classmethod
    def record(
        cls,
        *,
        act: str,
        actor: User | None,
        workspace: Workspace | None = None,
        target: str = "",
        result: str = "done",
        **detail: Any,
    ) -> "AuditEntry":
        """Store one entry. `act` is a dotted verb such as `connection.revoked`; detail values must be JSON."""
        clean = {key: redact(value) if isinstance(value, str) else value for key, value in detail.items()}
        made = cls(act=act, actor=actor, workspace=workspace, target=target[:200], result=result, detail=clean)
        insert_row(made)
        return made
