"""When a calendar can be booked: asked for while somebody chooses, since it holds only for that moment."""

from collections.abc import Sequence
from contextlib import closing
from datetime import date, datetime

from integrations.connections import registry
from integrations.connections.models import Connection
from integrations.connections.ports import Lane
from integrations.sync import calls


def free_slots(connection: Connection, calendar_id: str, day: date, zone: str) -> Sequence[datetime]:
    """The starts that a calendar offers on a day of that zone, the earliest first. Raises SyncError."""
    with closing(registry.provider(connection.provider).reader(connection, Lane.PERSON)) as reader:
        try:
            return reader.free_slots(calendar_id, day, zone)
        finally:
            calls.keep_of([reader], connection.pk)
