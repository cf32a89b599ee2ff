"""The viewer's zone."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from contacts_ui.middleware import ViewerZone, use_fallback_zone, zone_named


def seen_zone(cookie: str, fallback: str = "") -> str:
    def view(request):
        if fallback:
            use_fallback_zone(request, fallback)
        return HttpResponse(timezone.get_current_timezone_name())

    request = RequestFactory().get("/")
    request.COOKIES["tz"] = cookie
    return ViewerZone(view)(request).content.decode()


def test_times_are_in_the_zone_that_the_browser_reports():
    assert seen_zone("America/New_York") == "America/New_York"


@pytest.mark.parametrize(
    "name", ["", "Nowhere/Atlantis", "../../etc/passwd", "/etc/localtime", "America", "x" * 9000, "a\x00b"]
)
def test_a_cookie_that_is_no_zone_changes_nothing(name):
    assert zone_named(name) is None
    assert seen_zone(name) == "UTC"


def test_the_workspaces_zone_stands_in_until_the_browser_has_spoken():
    assert seen_zone("", fallback="Europe/London") == "Europe/London"
    assert seen_zone("Asia/Tokyo", fallback="Europe/London") == "Asia/Tokyo"


def test_one_persons_zone_never_reaches_the_next_request():
    seen_zone("Asia/Tokyo", fallback="")
    seen_zone("", fallback="Europe/London")
    assert timezone.get_current_timezone_name() == "UTC"
