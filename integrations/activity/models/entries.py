"""The projected timeline: one narrow row per thing that happened, so that a page is one indexed read."""

from django.db import models

from integrations.activity.models.happenings import Appointment, Note, Task
from integrations.activity.models.people import Contact
from integrations.workspace.models import Workspace


class ActivityEntry(models.Model):
    """A row of a contact's timeline, derived from exactly one source and rebuilt whenever that changes.

    `occurred_at` is the event's own time: a note's addition, a meeting's start, a task's completion or due date.
    Open tasks are `is_open`; they are listed under upcoming and overdue whatever their time.
    """

    class Kind(models.TextChoices):
        NOTE = "note", "Notes"
        TASK = "task", "Tasks"
        APPOINTMENT = "appointment", "Appointments"
        CHANGE = "change", "Changes"

    # Pages ask by contact; the connection and the contact stand first in an index below.
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    connection = models.ForeignKey(
        "connections.Connection", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="entries", db_index=False)
    kind = models.CharField(max_length=16, choices=Kind)
    occurred_at = models.DateTimeField()
    is_open = models.BooleanField(default=False)
    actor_remote_id = models.CharField(max_length=128, blank=True)
    text = models.TextField(blank=True)  # lower case, what the feed's search looks through
    note = models.OneToOneField(Note, null=True, on_delete=models.CASCADE, related_name="entry")
    task = models.OneToOneField(Task, null=True, on_delete=models.CASCADE, related_name="entry")
    appointment = models.OneToOneField(Appointment, null=True, on_delete=models.CASCADE, related_name="entry")
    # For kind CHANGE: [{"field": word, "old": value, "new": value}]; which run brought it.
    change = models.JSONField(null=True)
    run_id = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["contact", "-occurred_at", "-id"], name="entry_of_contact"),
            models.Index(fields=["connection", "-occurred_at", "-id"], name="entry_of_connection"),
            # Grows at its end only, since a newer run has a higher number.
            models.Index(fields=["run_id", "id"], name="entry_of_run"),
        ]
        constraints = [
            models.CheckConstraint(
                name="entry_has_one_source",
                condition=(
                    models.Q(note__isnull=False, task=None, appointment=None, change__isnull=True)
                    | models.Q(note=None, task__isnull=False, appointment=None, change__isnull=True)
                    | models.Q(note=None, task=None, appointment__isnull=False, change__isnull=True)
                    | models.Q(note=None, task=None, appointment=None, change__isnull=False)
                ),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {self.occurred_at:%Y-%m-%d %H:%M}"
