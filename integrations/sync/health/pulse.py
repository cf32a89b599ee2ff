"""Whether anything works in the background."""

from datetime import datetime, timedelta
from functools import cache

from integrations.prepared import Prepared
from integrations.sync.models import Pulse

# The tick comes every two seconds; a minute of silence means that nothing works in the background.
SILENCE = timedelta(minutes=1)


def silent_since(now: datetime) -> datetime | None:
    """When the background was last alive, None while it is. One query; a worker that never ran says nothing."""
    [at] = _last_tick()() or [None]
    return at if at and at < now - SILENCE else None


@cache
def _last_tick() -> Prepared[datetime | None]:
    return Prepared(Pulse.objects.filter(name="tick").order_by().values_list("at", flat=True))
