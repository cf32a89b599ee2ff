"""Keeps an open page true to who is signed in: signed out, it goes to sign-in and back, and says what was lost."""

from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django_htmx.http import HttpResponseClientRedirect, HttpResponseClientRefresh

from contacts_ui.shell import unsaved, viewer

SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")


class OpenPages:
    """Answers the requests of an open page so that the whole page follows, never a part of it.

    Stands inside of the middleware for messages and for htmx, which it uses.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        has_returned = request.has_returned = _has_returned(request)  # type: ignore[attr-defined]
        if has_returned and (words := unsaved.words_of(request)):
            messages.warning(request, words)
        answer = self.get_response(request)
        if _leads_to_sign_in(request, answer):
            answer = _to_sign_in(request, answer)
        if has_returned:
            unsaved.forget(answer)
        return answer

    def process_view(self, request: HttpRequest, view: Any, *_: Any) -> HttpResponse | None:
        """Refuses what a page asks that was drawn for another person; runs after the CSRF check."""
        # What needs no token comes from no page, and its body is for the view alone.
        if getattr(view, "csrf_exempt", False) or not viewer.is_another(request):
            return None
        if request.method not in SAFE:
            messages.warning(request, unsaved.when_another(unsaved.act_of(request), request.user))
        if viewer.is_from_script(request):
            return HttpResponseClientRefresh()
        return redirect(viewer.page_of(request))


def _has_returned(request: HttpRequest) -> bool:
    """Whether somebody signed in visits a page with a note of what was not done before."""
    is_visit = unsaved.COOKIE in request.COOKIES and not viewer.is_from_script(request)
    return is_visit and request.user.is_authenticated


def _leads_to_sign_in(request: HttpRequest, answer: HttpResponse) -> bool:
    is_redirect = answer.status_code == 302 and not request.user.is_authenticated
    return is_redirect and urlsplit(answer["Location"]).path == resolve_url(settings.LOGIN_URL)


def _to_sign_in(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """The whole page goes to sign-in and comes back to itself, never to the address of a part or of a button."""
    is_safe, is_part = request.method in SAFE, viewer.is_from_script(request)
    if is_safe and not is_part:
        return answer
    address = redirect_to_login(viewer.page_of(request)).url
    led = cast(HttpResponse, HttpResponseClientRedirect(address) if is_part else redirect(address))
    led["Cache-Control"] = "no-store"
    if not is_safe:
        unsaved.remember(request, led)
    return led
