"""How many changes came with a webhook and how many without, day by day."""

from django.db import models

from integrations.workspace.models import Workspace


class DriftDay(models.Model):
    """The changes of one day of a workspace, by its own calendar. `unannounced` came to light only by reading."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="drift_days")
    day = models.DateField()
    announced = models.PositiveIntegerField(default=0)
    unannounced = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "day"], name="drift_once_a_day")]

    def __str__(self) -> str:
        return f"{self.day}: {self.announced} announced, {self.unannounced} not"
