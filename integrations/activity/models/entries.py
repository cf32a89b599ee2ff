"""The projected timeline: one row per thing that happened, which holds all that its line shows."""

from django.db import models

from integrations.activity.models.people import Contact
from integrations.workspace.models import User, Workspace


class ActivityEntry(models.Model):
    """A row of a contact's timeline, derived from one source and written again whenever that changes.

    `kind` and `type` are the words of `activity.kinds`; `source_id` is the key of the kind's own row, absent for a
    change of the contact itself. `occurred_at` is the event's own time: a note's addition, a meeting's start, a
    task's completion or due date. Open tasks are `is_open`, and listed by their `agenda_at`.
    `body` is HTML that was made safe when it was stored. `made_by` is who made the source here, whoever the
    provider names for it; it stays as the rest is written again.
    """

    # Pages ask by contact, which stands first in an index below.
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    connection = models.ForeignKey(
        "connections.Connection", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="entries", db_index=False)
    kind = models.CharField(max_length=16)
    type = models.CharField(max_length=32)
    source_id = models.BigIntegerField(null=True)
    remote_id = models.CharField(max_length=128, blank=True)
    occurred_at = models.DateTimeField()
    agenda_at = models.DateTimeField(null=True)
    is_open = models.BooleanField(default=False)
    actor_remote_id = models.CharField(max_length=128, blank=True)
    title = models.TextField(blank=True)
    body = models.TextField(blank=True)
    text = models.TextField(blank=True)  # `folded`: what the feed's search looks through
    facts = models.JSONField(default=dict)
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    changed_at = models.DateTimeField(null=True)  # by the provider's clock, where it tells
    fetched_at = models.DateTimeField(null=True)
    run_id = models.BigIntegerField(null=True)

    class Meta:
        # What is pinned has an index in the second migration: see there.
        indexes = [
            models.Index(fields=["contact", "-occurred_at", "-id"], name="entry_of_contact"),
            models.Index(fields=["contact", "kind", "-occurred_at", "-id"], name="entry_of_kind"),
            models.Index(fields=["contact", "actor_remote_id", "-occurred_at", "-id"], name="entry_of_actor"),
            models.Index(
                fields=["contact", "agenda_at", "id"],
                name="entry_on_agenda",
                condition=models.Q(agenda_at__isnull=False),
            ),
            # What had not happened yet when it was read.
            models.Index(
                fields=["connection", "occurred_at"],
                name="entry_ahead",
                condition=models.Q(occurred_at__gt=models.F("fetched_at")),
            ),
            # Grows at its end only, since a newer run has a higher number.
            models.Index(fields=["run_id", "id"], name="entry_of_run"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["kind", "source_id"], name="entry_once_per_source"),
        ]

    def __str__(self) -> str:
        return f"{self.type} at {self.occurred_at:%Y-%m-%d %H:%M}"
