"""What happens with a contact: tasks, notes, appointments, deals, messages."""

from datetime import datetime

from django.db import models

from integrations.activity.models.people import Contact
from integrations.activity.models.remote import RemoteObject, RemoteQuerySet


class ContactRelated(RemoteObject):
    """Something that belongs to a contact; the row may arrive before its contact does."""

    contact = models.ForeignKey(Contact, null=True, on_delete=models.CASCADE, related_name="%(class)ss")
    contact_remote_id = models.CharField(max_length=128, blank=True)

    class Meta(RemoteObject.Meta):
        abstract = True


class TaskQuerySet(RemoteQuerySet["Task"]):
    def open(self) -> "TaskQuerySet":
        """Tasks still to be done, as the provider last told us."""
        return self.present().filter(is_completed=False)

    def overdue(self, now: datetime) -> "TaskQuerySet":
        return self.open().filter(due_at__lt=now)


class Task(ContactRelated):
    """A task as the provider last told us; a change on its way there is a Write, never a column here.

    `priority` is ours: no provider has one, nothing of it is sent, and what is read leaves it as it is. So is
    `edited_by`, the key of who made its last edit here; an edit that is read takes it away.
    """

    class Priority(models.TextChoices):
        HIGH = "high", "High"
        NORMAL = "", "Normal"
        LOW = "low", "Low"

    title = models.TextField(blank=True)
    body = models.TextField(blank=True)
    due_at = models.DateTimeField(null=True)
    is_completed = models.BooleanField(default=False)
    owner_remote_id = models.CharField(max_length=128, blank=True)
    added_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(null=True)
    priority = models.CharField(max_length=4, choices=Priority, blank=True)
    edited_by = models.BigIntegerField(null=True)

    objects = TaskQuerySet.as_manager()

    class Meta(RemoteObject.Meta):
        indexes = [
            models.Index(
                fields=["contact", "due_at"],
                name="task_open_by_due",
                condition=models.Q(is_completed=False, deleted_at=None),
            ),
            models.Index(fields=["connection", "contact_remote_id"], name="task_by_remote_contact"),
        ]

    def __str__(self) -> str:
        return self.title


class Note(ContactRelated):
    """A note; `body` is kept as sent (often HTML), `body_text` is the same without markup for search.

    `earlier` is what it said before its last edit, {"title", "body", "until"}; empty if never edited.
    `by` in it is the key of who made that edit here.
    """

    title = models.TextField(blank=True)
    body = models.TextField(blank=True)
    body_text = models.TextField(blank=True)
    is_pinned = models.BooleanField(default=False)
    colour = models.TextField(blank=True)
    author_remote_id = models.CharField(max_length=128, blank=True)
    added_at = models.DateTimeField(null=True)
    earlier = models.JSONField(default=dict)

    objects = RemoteQuerySet["Note"].as_manager()

    class Meta(RemoteObject.Meta):
        indexes = [
            models.Index(fields=["connection", "contact_remote_id"], name="note_by_remote_contact"),
        ]

    def __str__(self) -> str:
        return self.title or self.body_text[:80]


class Appointment(ContactRelated):
    """A booking. `status` is the provider's word: new ones must show, so it is no closed choice.

    `moved_from` is when it would have begun before it was last moved, `edited_by` as with tasks.
    """

    title = models.TextField(blank=True)
    status = models.TextField(blank=True)
    start_at = models.DateTimeField()
    end_at = models.DateTimeField(null=True)
    moved_from = models.DateTimeField(null=True)
    edited_by = models.BigIntegerField(null=True)
    calendar_remote_id = models.CharField(max_length=128, blank=True)
    owner_remote_id = models.CharField(max_length=128, blank=True)
    address = models.TextField(blank=True)
    notes = models.TextField(blank=True)

    objects = RemoteQuerySet["Appointment"].as_manager()

    class Meta(RemoteObject.Meta):
        indexes = [models.Index(fields=["connection", "contact_remote_id"], name="appointment_by_remote_contact")]

    def __str__(self) -> str:
        return self.title


class Opportunity(ContactRelated):
    """A deal. Its pipeline and stage are kept by name as well, as they were called when it was read."""

    name = models.TextField(blank=True)
    pipeline_remote_id = models.CharField(max_length=128, blank=True)
    pipeline = models.TextField(blank=True)
    stage_remote_id = models.CharField(max_length=128, blank=True)
    stage = models.TextField(blank=True)
    status = models.TextField(blank=True)
    value = models.FloatField(null=True)
    owner_remote_id = models.CharField(max_length=128, blank=True)
    source = models.TextField(blank=True)
    added_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(null=True)
    stage_changed_at = models.DateTimeField(null=True)
    status_changed_at = models.DateTimeField(null=True)

    objects = RemoteQuerySet["Opportunity"].as_manager()

    class Meta(RemoteObject.Meta):
        indexes = [models.Index(fields=["connection", "contact_remote_id"], name="opportunity_by_remote_contact")]
        verbose_name_plural = "opportunities"

    def __str__(self) -> str:
        return self.name


class Message(ContactRelated):
    """Something that was said. `channel` and `status` are words and no closed choice: new ones must show."""

    conversation_remote_id = models.CharField(max_length=128, blank=True)
    channel = models.TextField(blank=True)
    is_inbound = models.BooleanField(default=False)
    status = models.TextField(blank=True)
    subject = models.TextField(blank=True)
    body = models.TextField(blank=True)
    attachments = models.JSONField(default=list)
    seconds = models.IntegerField(null=True)
    email_ids = models.JSONField(default=list)
    emails = models.JSONField(default=dict)  # by id, each as it was read when somebody opened it
    author_remote_id = models.CharField(max_length=128, blank=True)
    source = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(null=True)

    objects = RemoteQuerySet["Message"].as_manager()

    class Meta(RemoteObject.Meta):
        indexes = [models.Index(fields=["connection", "contact_remote_id"], name="message_by_remote_contact")]

    def __str__(self) -> str:
        return self.subject or self.body[:80]
