"""Fields of a write that somebody else changed meanwhile, and the rules that settle such by themselves."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from integrations.sync.models.writes import Write
from integrations.workspace.models import Workspace


class ConflictQuerySet(models.QuerySet["Conflict"]):
    def open(self) -> "ConflictQuerySet":
        """Conflicts that nobody has settled."""
        return self.filter(taken="")


class Conflict(models.Model):
    """One field with three values: what the person saw, what they want, and what the provider has by now.

    `taken` says whose value was taken, `by_rule` whether a rule did it. Rows are not deleted, so that no value
    disappears without a trace.
    """

    class Taken(models.TextChoices):
        MINE = "mine", "Mine"
        THEIRS = "theirs", "Theirs"
        EDITED = "edited", "Edited"

    write = models.ForeignKey(Write, on_delete=models.CASCADE, related_name="conflicts")
    field = models.CharField(max_length=160)
    base = models.JSONField(null=True)
    mine = models.JSONField(null=True)
    theirs = models.JSONField(null=True)
    theirs_at = models.DateTimeField(null=True)  # when it was changed over there, where that is known
    created_at = models.DateTimeField(default=timezone.now)
    taken = models.CharField(max_length=8, choices=Taken, blank=True)
    value = models.JSONField(null=True)  # what it was settled with
    by_rule = models.BooleanField(default=False)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    settled_at = models.DateTimeField(null=True)

    objects = ConflictQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["write", "field"], condition=Q(taken=""), name="one_open_conflict_per_field"
            )
        ]

    def __str__(self) -> str:
        return f"{self.field} of write {self.write_id}"


class MergePolicy(models.Model):
    """What a workspace has decided for a field of a kind, or for all fields of it (`field` is empty then)."""

    class Policy(models.TextChoices):
        ASK = "ask", "Ask"
        THEIRS = "theirs", "The provider wins"
        MINE = "mine", "Throughline wins"
        LATEST = "latest", "The latest change wins"

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="merge_policies")
    kind = models.CharField(max_length=32)
    field = models.CharField(max_length=160, blank=True)
    policy = models.CharField(max_length=8, choices=Policy, default=Policy.ASK)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "kind", "field"], name="one_merge_policy_per_field")
        ]

    def __str__(self) -> str:
        return f"{self.kind}.{self.field or '*'}: {self.policy}"
