"""Since when GHL refuses a sign-in without saying that it is void: one such answer ends no connection."""

from datetime import datetime, timedelta

from integrations.ghl.models import Location

# How long a refusal of which nobody knows the reason must go on before a person is asked.
PATIENCE = timedelta(minutes=5)
# What was doubted so long ago, and not since, is another matter.
FORGOTTEN = timedelta(hours=1)
LASTING = (
    "GoHighLevel has rejected the sign-in for some minutes. It is tried again automatically. "
    "Reconnect this account if that does not help."
)


def has_lasted(location: Location, now: datetime) -> bool:
    """Note a doubt, and say whether they have gone on for long with no good answer in between."""
    stored = Location.objects.filter(pk=location.pk)
    if location.doubted_at is None:
        location.doubted_at = stored.values_list("doubted_at", flat=True).get()
    is_working = location.connection.state == location.connection.State.CONNECTED
    if location.doubted_at is None or (is_working and now - location.doubted_at > FORGOTTEN):
        location.doubted_at = now
        stored.update(doubted_at=now)
    return now - location.doubted_at >= PATIENCE


def forget(location: Location) -> bool:
    """A good answer, or a certain refusal, ends all doubt. Returns whether there was any."""
    location.doubted_at = None
    return bool(Location.objects.filter(pk=location.pk).exclude(doubted_at=None).update(doubted_at=None))
