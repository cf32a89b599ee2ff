"""How many changes came with a webhook, day by day."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from itertools import dropwhile

from integrations.sync.models import DriftDay


def days(connections: Collection[int], first: date, last: date) -> list[tuple[date, int, int]]:
    """(day, announced, unannounced) by connection, from its first webhook on.

    One query; another one where a connection's first day here had no webhook, to see whether there was one before.
    """
    found = DriftDay.objects.filter(connection__in=connections, day__gte=first, day__lte=last).order_by("day")
    by_connection: dict[int, list[tuple[date, int, int]]] = defaultdict(list)
    for connection, day, told, untold in found.values_list("connection", "day", "announced", "unannounced"):
        by_connection[connection].append((day, told, untold))
    silent = [pk for pk, rows in by_connection.items() if not rows[0][1]]
    heard = _heard_before(silent, first) if silent else set()
    return [row for pk, rows in by_connection.items() for row in _from_first_webhook(rows, pk in heard)]


def _heard_before(connections: Collection[int], day: date) -> set[int]:
    earlier = DriftDay.objects.filter(connection__in=connections, announced__gt=0, day__lt=day)
    return set(earlier.order_by().values_list("connection", flat=True).distinct())


def _from_first_webhook(rows: list[tuple[date, int, int]], has_heard: bool) -> list[tuple[date, int, int]]:
    return rows if has_heard else list(dropwhile(lambda row: not row[1], rows))
