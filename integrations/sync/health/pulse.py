"""Whether anything works in the background."""

from datetime import datetime, timedelta

from integrations.sync.models import Pulse

# The tick comes every two seconds; a minute of silence means that nothing works in the background.
SILENCE = timedelta(minutes=1)


def silent_since(now: datetime) -> datetime | None:
    """When the background was last alive, None while it is. One query; a worker that never ran says nothing."""
    pulse = Pulse.objects.filter(name="tick").first()
    return pulse.at if pulse and pulse.at < now - SILENCE else None
