"""What a workspace has decided of its custom fields: which ones profiles show, in which order, and how."""

from django.db import models

from integrations.workspace.models import Workspace


class ShownField(models.Model):
    """One custom field of a workspace as its profiles show it, by remote id: it outlives the definition."""

    class As(models.TextChoices):
        IS = "", "As it is"
        DATE = "date", "Date"
        NUMBER = "number", "Number"
        YES_NO = "yes_no", "Yes or no"
        LINK = "link", "Link"

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    remote_id = models.CharField(max_length=128)
    is_shown = models.BooleanField(default=True)
    position = models.IntegerField(default=0)
    shown_as = models.CharField(max_length=8, choices=As, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "remote_id"], name="shown_field_once_per_workspace")
        ]

    def __str__(self) -> str:
        return f"{self.remote_id} at {self.position}"
