"""What a sub-account says of itself: its name, and the zone of its clocks as far as that can be read."""

from typing import Any
from zoneinfo import available_timezones

from integrations.connections.status import Remote
from integrations.ghl.models import Location
from integrations.ghl.values import country

LONGEST = 200
UNREADABLE = (
    "GoHighLevel gives no time zone that can be read ({said}), so times are shown in {used}. "
    "Choose the time zone again in the sub-account's business profile in GoHighLevel."
)


def remote_of(held: Location, said: Any) -> Remote:
    """The answer in our words. A zone that cannot be read leaves the one before, and is kept for people to see."""
    data = said if isinstance(said, dict) else {}
    zone = data.get("timezone")
    is_readable = isinstance(zone, str) and zone in available_timezones()
    held.unread_zone = "" if is_readable else str(zone or "none")[:LONGEST]
    if held.pk:
        Location.objects.filter(pk=held.pk).update(unread_zone=held.unread_zone)
    before = held.connection.workspace.timezone
    name = data.get("name")
    return Remote(
        name.strip()[:LONGEST] if isinstance(name, str) and name.strip() else held.location_id,
        zone if is_readable and isinstance(zone, str) else before or "UTC",
        country(data.get("country")),
    )


def warning_of(held: Location, used: str) -> str:
    """What people should know of the sub-account's zone, "" for nothing."""
    return UNREADABLE.format(said=held.unread_zone, used=used) if held.unread_zone else ""
