"""The page of a failure: a database that cannot be used at the moment is said to be that, with what to do."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.defaults import server_error as django_server_error

BUSY = "The database is busy. Nothing was saved. Try again in a few seconds."


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
