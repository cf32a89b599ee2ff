"""Every call that was made: what for, how it went, how long it took; nothing of what was said."""

from django.db import models

from integrations.connections.models import Connection
from integrations.connections.ports import Outcome
from integrations.sync.models.state import SyncRun


class ApiCall(models.Model):
    """One attempt of one call. `ms` from sending to the whole answer; what is left is in the provider's words.

    One index only, because a sync writes thousands of these: removal by age goes by id, which grows with time.
    """

    # The column's own words, since a choices class of models would be imported by providers.
    OUTCOMES = [(outcome.value, outcome.label) for outcome in Outcome]

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+", db_index=False)
    run = models.ForeignKey(SyncRun, null=True, on_delete=models.CASCADE, related_name="calls")
    at = models.DateTimeField()
    operation = models.CharField(max_length=40)
    lane = models.PositiveSmallIntegerField()
    attempt = models.PositiveSmallIntegerField()
    status = models.PositiveSmallIntegerField(null=True)  # None when no answer came
    outcome = models.CharField(max_length=16, choices=OUTCOMES)
    ms = models.PositiveIntegerField()
    burst_left = models.PositiveIntegerField(null=True)
    day_left = models.PositiveIntegerField(null=True)
    trace = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"{self.operation} {self.outcome} in {self.ms} ms"
