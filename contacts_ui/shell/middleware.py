"""Every time in the zone of the person who looks; no page about people in any cache; who is at work; lost keys."""

from collections.abc import Callable
from urllib.parse import unquote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_cache_control

from contacts_ui.shell.zones import zone_named
from integrations.security.crypto import SecretUnreadableError
from integrations.workspace import presence

COOKIE = "tz"


class ViewerZone:
    """Activates the zone of the `tz` cookie; without one, `use_fallback_zone` may set the workspace's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Scripts write cookies percent-encoded (Europe%2FLondon), and nobody decodes them on the way.
        zone = zone_named(unquote(request.COOKIES.get(COOKIE, "")))
        request.wants_zone = zone is None  # type: ignore[attr-defined]
        with timezone.override(zone):  # None means the server's zone, and puts back what was before
            return self.get_response(request)


class PrivatePages:
    """Keeps the pages of people who signed in out of every cache, the one of a shared machine's browser included.

    Going back then asks again; `render_page_or_fragment` answers that with the whole page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # Asked afterwards, so that the answer to signing in counts as well.
        if request.user.is_authenticated:
            patch_cache_control(response, private=True, no_store=True)
        return response


class Presence:
    """Notes that a person is at work, so that sweeps leave room for what they will click next."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # With these comes what a page asks by itself every second, whether or not anybody looks at it.
        is_poll = "seen" in request.GET or "X-Seen" in request.headers
        if request.user.is_authenticated and not is_poll:
            presence.note(request.user, timezone.now())
        return self.get_response(request)


class UnreadableSecrets:
    """Says what to do where a page needs a secret that no key of this server fits, such as recovery codes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Called by Django with what a view or its template raised."""
        if not isinstance(exception, SecretUnreadableError):
            return None
        page = request.resolver_match.url_name if request.resolver_match else None
        context = {"is_second_factor": (page or "").startswith("mfa_")}
        return render(request, "secret_unreadable.html", context, status=409)
