"""How many changes came with a webhook, day by day."""

from collections.abc import Collection
from datetime import date

from django.db.models import Exists, OuterRef

from integrations.sync.models import DriftDay


def days(connections: Collection[int], first: date, last: date) -> list[tuple[date, int, int]]:
    """(day, announced, unannounced) by connection, from its first webhook on. One query."""
    earlier = DriftDay.objects.filter(connection=OuterRef("connection"), announced__gt=0, day__lte=OuterRef("day"))
    found = DriftDay.objects.filter(Exists(earlier), connection__in=connections, day__gte=first, day__lte=last)
    return list(found.values_list("day", "announced", "unannounced"))
