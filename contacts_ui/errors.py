"""The pages of requests that were refused or failed.

Django's own views look for a CSRF token first and so read the form again: a form that cannot be read, which is why
they were called, then failed once more and nobody was left to answer.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """400. Without the request, of which nobody knows what can be read."""
    return HttpResponse(render_to_string("400.html"), status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """403 for a role that is too low."""
    return render(request, "403.html", status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """404, also for what the person may not know of."""
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """500. Without the request, which may be what failed."""
    return HttpResponse(render_to_string("500.html"), status=500)
