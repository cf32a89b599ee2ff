"""Contacts and what describes them: businesses, users of the provider, tags, custom field definitions."""

from django.db import models

from integrations.activity import phones
from integrations.activity.models.remote import RemoteObject, RemoteQuerySet
from integrations.workspace.models import Workspace

LAST = "2"  # sorts behind whatever begins with 1, however a database sorts letters


class Tag(models.Model):
    """A label on contacts of one workspace."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    name = models.TextField()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="tag_once_per_workspace")]

    def __str__(self) -> str:
        return self.name


class Business(RemoteObject):
    name = models.TextField(blank=True)
    phone = models.TextField(blank=True)
    email = models.TextField(blank=True)
    website = models.TextField(blank=True)
    address = models.TextField(blank=True)

    objects = RemoteQuerySet["Business"].as_manager()

    class Meta(RemoteObject.Meta):
        verbose_name_plural = "businesses"

    def __str__(self) -> str:
        return self.name


class RemoteUser(RemoteObject):
    """Someone who works at the provider; owners, assignees and authors point here by remote id.

    By id and not by foreign key: users who left still own things, and their row may never arrive.
    """

    name = models.TextField(blank=True)
    email = models.TextField(blank=True)

    objects = RemoteQuerySet["RemoteUser"].as_manager()

    def __str__(self) -> str:
        return self.name


class Calendar(RemoteObject):
    name = models.TextField(blank=True)
    is_active = models.BooleanField(default=True)

    objects = RemoteQuerySet["Calendar"].as_manager()

    def __str__(self) -> str:
        return self.name


class FieldDefinition(RemoteObject):
    """The name and type of a custom field."""

    name = models.TextField(blank=True)
    data_type = models.TextField(blank=True)
    position = models.IntegerField(default=0)

    objects = RemoteQuerySet["FieldDefinition"].as_manager()

    def __str__(self) -> str:
        return self.name


class Contact(RemoteObject):
    """A person. `added_at` and `updated_at` are the provider's clocks; `fetched_at` is ours."""

    first_name = models.TextField(blank=True)
    last_name = models.TextField(blank=True)
    name = models.TextField(blank=True)
    email = models.TextField(blank=True)
    phone = models.TextField(blank=True)
    country = models.CharField(max_length=2, blank=True)
    company = models.TextField(blank=True)
    business_remote_id = models.CharField(max_length=128, blank=True)
    owner_remote_id = models.CharField(max_length=128, blank=True)
    source = models.TextField(blank=True)
    tag_names = models.JSONField(default=list)  # in the provider's order; `tags` is the same set, indexed
    tags = models.ManyToManyField(Tag, related_name="contacts")
    custom_fields = models.JSONField(default=list)
    is_dnd = models.BooleanField(default=False)
    added_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(null=True)

    # Derived by the sync, so that the list needs no per-row question.
    sort_name = models.CharField(max_length=120, blank=True)
    sort_business = models.CharField(max_length=120, default=LAST)  # `search.sort_place` of what the list shows
    sort_owner = models.CharField(max_length=120, default=LAST)
    search_text = models.TextField(blank=True)
    last_activity_at = models.DateTimeField(null=True)
    # The latest `agenda_at` of its open tasks: a list by next steps tells by it whose have all passed.
    last_due_at = models.DateTimeField(null=True)
    # How many entries of each type the timeline has, and how many of the past year fell on each of the workspace's
    # days, {"2026-11-29": 3}: kept, so that no page reads all entries of a contact.
    entries_by_type = models.JSONField(default=dict)
    entries_by_day = models.JSONField(default=dict)
    # When what has no listing of its own was last asked for; what is due stands in the engine's own table.
    checked_at = models.DateTimeField(null=True)
    # With `deleted_at`: the contact that goes on in its place. Without it only a suspicion, which nobody is shown.
    merged_into = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="merged")
    # When somebody last asked for this contact to be read afresh, and when that last succeeded.
    refresh_asked_at = models.DateTimeField(null=True)
    refreshed_at = models.DateTimeField(null=True)
    # When anything that the contact's page shows last changed here: an open page asks whether it is out of date.
    changed_at = models.DateTimeField(null=True)

    objects = RemoteQuerySet["Contact"].as_manager()

    class Meta(RemoteObject.Meta):
        indexes = [
            # Its order by activity is an index of each database, beside the search: see the second migration.
            models.Index(fields=["workspace", "sort_name", "id"], name="contact_by_name"),
            models.Index(fields=["workspace", "sort_business", "sort_name", "id"], name="contact_by_firm_name"),
            models.Index(fields=["workspace", "sort_owner", "sort_name", "id"], name="contact_by_owner_name"),
            # By the last due date, with those that have none at one end.
            models.Index(
                fields=["workspace", "last_due_at", "id"],
                name="contact_by_last_due",
                condition=models.Q(deleted_at=None),
            ),
            models.Index(fields=["workspace", "owner_remote_id"], name="contact_by_owner"),
            models.Index(fields=["workspace", "business_remote_id"], name="contact_by_business"),
        ]

    def __str__(self) -> str:
        return self.name or self.email or phones.shown(self.phone, self.country) or self.remote_id


class ContactCount(models.Model):
    """How many contacts of a workspace are present: counted by triggers of the database, whoever writes them."""

    workspace = models.OneToOneField(Workspace, primary_key=True, on_delete=models.CASCADE, related_name="+")
    contacts = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.contacts} contacts of {self.workspace}"
