"""How many changes came with a webhook and how many without, day by day."""

from django.db import models

from integrations.connections.models import Connection


class DriftDay(models.Model):
    """The changes of one day of a connection, by its own calendar. `unannounced` came to light only by reading."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="drift_days")
    day = models.DateField()
    announced = models.PositiveIntegerField(default=0)
    unannounced = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "day"], name="drift_once_a_day")]

    def __str__(self) -> str:
        return f"{self.day}: {self.announced} announced, {self.unannounced} not"
