"""Where a record comes from: which webhook announced it, and every write of it that somebody asked for here."""

from collections.abc import Sequence
from datetime import datetime

from integrations.sync.models import InboundEvent, Write

__all__ = ["Event", "Write", "event_of", "writes_of"]
Event = InboundEvent


def writes_of(kind: str, target: int, *, at_most: int) -> Sequence[Write]:
    """The latest writes of a record with their actors, newest first, whatever became of them. One query."""
    found = Write.objects.filter(kind=kind, target_id=target).select_related("actor", "contact")
    return list(found.order_by("-id")[:at_most])


def event_of(connection: int, stream: str, remote_id: str, fetched_at: datetime) -> Event | None:
    """The webhook that had a record read at a moment; None where none is kept. One query."""
    about = Event.objects.about(connection, stream, [remote_id]).defer("body")
    about = about.filter(received_at__lte=fetched_at, applied_at__gte=fetched_at)
    return about.order_by("-received_at").first()
