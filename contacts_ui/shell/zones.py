"""In which zone times are shown: the browser's, else that of the workspace at hand."""

from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils import timezone

# The longest name in the IANA database has 32 characters; anything much longer is not a zone.
LONGEST_NAME = 64


def use_fallback_zone(request: HttpRequest, name: str) -> None:
    """Show times in zone `name` (a workspace's) when the browser has not said where its person is.

    Does nothing outside of the middleware, which alone puts the zone back after the request.
    """
    request._has_zone = True  # type: ignore[attr-defined]
    if getattr(request, "wants_zone", False) and (zone := zone_named(name)):
        timezone.activate(zone)


def zone_named(name: str) -> ZoneInfo | None:
    """The IANA zone of that name; None when this machine has no such zone or the name is not one at all."""
    if not name or len(name) > LONGEST_NAME:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; a path such as ../x; a folder such as "America"
        return None
