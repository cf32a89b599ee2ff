"""Shows every time in the zone of the person who looks, as their browser reports it."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

COOKIE = "tz"
# The longest name in the IANA database has 32 characters; anything much longer is not a zone.
LONGEST_NAME = 64


def zone_named(name: str) -> ZoneInfo | None:
    """The IANA zone of that name; None when this machine has no such zone or the name is not one at all."""
    if not name or len(name) > LONGEST_NAME:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; a path such as ../x; a folder such as "America"
        return None


class ViewerZone:
    """Activates the zone of the `tz` cookie; without one, `use_fallback_zone` may set the workspace's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        zone = zone_named(request.COOKIES.get(COOKIE, ""))
        request.wants_zone = zone is None  # type: ignore[attr-defined]
        with timezone.override(zone):  # None means the server's zone, and puts back what was before
            return self.get_response(request)


def use_fallback_zone(request: HttpRequest, name: str) -> None:
    """Show times in zone `name` (a workspace's) when the browser has not said where its person is.

    Does nothing outside of the middleware, which alone puts the zone back after the request.
    """
    if getattr(request, "wants_zone", False) and (zone := zone_named(name)):
        timezone.activate(zone)
