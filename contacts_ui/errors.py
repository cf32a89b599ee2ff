"""Failures that are not a page's own: a request that cannot be read, a database that cannot be used."""

import sys

from django.core.exceptions import DisallowedHost
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.defaults import server_error as django_server_error

from contacts_ui.proxies import WrongProxies
from integrations.sync import tally

# Under which what never reached a page is counted; `doctor` tells of it.
COUNTED_AS = "web"
BUSY = "The database is busy. Nothing was saved. Try again in a few seconds."


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, counted by its kind. Wrong proxies are named: an admin must see them to put them right."""
    tally.count(COUNTED_AS, _kind(exception), timezone.now())
    wrong = str(exception) if isinstance(exception, WrongProxies) else ""
    return render(request, "400.html", {"wrong": wrong}, status=400)


def _kind(exception: Exception) -> str:
    if isinstance(exception, WrongProxies):
        return exception.kind
    return "unknown_host" if isinstance(exception, DisallowedHost) else "unreadable"


def server_error(request: HttpRequest) -> HttpResponse:
    """503 while the database is held, full or away, else 500. Raised anywhere, also before a view was reached."""
    if not isinstance(sys.exc_info()[1], (OperationalError, InterfaceError)):
        return django_server_error(request)
    if request.headers.get("HX-Request"):
        answer = HttpResponse(BUSY, status=503, content_type="text/plain; charset=utf-8")
    else:
        answer = render(request, "503.html", status=503)
    answer["Retry-After"] = "5"
    return answer
