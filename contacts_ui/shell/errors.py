"""The answers to requests that were refused or failed: a page, or a sentence for a script of an open page.

Django's own views look for a CSRF token first and so read the form again: a form that cannot be read, which is why
they were called, then failed once more and nobody was left to answer.
"""

import sys

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import DisallowedHost
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone

from contacts_ui.shell import unsaved, viewer
from contacts_ui.shell.http import NotAllowed
from contacts_ui.shell.proxies import WrongProxies
from integrations.sync import tally

NO_ACCESS = "You don't have access to this any more, or it was removed."
NOT_READ = "The database is not available, so this could not be read. Try again in a few seconds."


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, counted by its kind. Without the request, of which nobody knows what can be read.

    Wrong proxies and an unknown host are named: an admin must see them to put them right. A session that could not
    be saved comes here as well, as if somebody had ended it meanwhile.
    """
    if _is_busy(exception):
        return _busy(request)
    tally.count(tally.WEB, _kind(exception), timezone.now())
    wrong = str(exception) if isinstance(exception, WrongProxies) else ""
    context = {"wrong": wrong, "is_unknown_host": isinstance(exception, DisallowedHost)}
    return HttpResponse(render_to_string("400.html", context), status=400)


def _kind(exception: Exception) -> str:
    if isinstance(exception, WrongProxies):
        return exception.kind
    return tally.UNKNOWN_HOST if isinstance(exception, DisallowedHost) else "unreadable"


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """403 for a role that is too low."""
    return _no_access(request, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001  Django passes it
    """Refuses a press whose token does not fit, and gives the browser a token: the next press is good."""
    get_token(request)
    if not viewer.is_from_script(request):
        return render(request, "403_csrf.html", {"page": viewer.page_of(request)}, status=403)
    if not request.user.is_authenticated:
        return redirect_to_login(viewer.page_of(request))
    return _sentence(unsaved.when_too_old(unsaved.act_of(request)), 403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404, also for what the person may not know of; the reason is said only where a page means it to be read."""
    return _no_access(request, 404, str(exception) if isinstance(exception, NotAllowed) else "")


def server_error(request: HttpRequest) -> HttpResponse:
    """503 while the database is held, full or away, else 500. Without the request, which may be what failed."""
    if not _is_busy(sys.exc_info()[1]):
        return HttpResponse(render_to_string("500.html"), status=500)
    return _busy(request)


def _is_busy(error: BaseException | None) -> bool:
    """Whether a database that cannot be used at the moment is behind it."""
    while error and not isinstance(error, (OperationalError, InterfaceError)):
        error = error.__cause__ or error.__context__
    return error is not None


def _busy(request: HttpRequest) -> HttpResponse:
    is_visit = request.method in ("GET", "HEAD")
    words = NOT_READ if is_visit else unsaved.when_busy(unsaved.act_of(request))
    if viewer.is_from_script(request):
        answer = _sentence(words, 503)
    else:
        # Before the middleware that knows the sending page nothing is sent by a form of ours.
        page = viewer.page_of(request) if hasattr(request, "htmx") else viewer.START
        context = {"request": request, "words": words, "is_visit": is_visit, "page": page}
        answer = HttpResponse(render_to_string("503.html", context), status=503)
    answer["Retry-After"] = "5"
    return answer


def _no_access(request: HttpRequest, status: int, why: str = "") -> HttpResponse:
    if viewer.is_from_script(request):
        return _sentence(why or NO_ACCESS, status)
    return render(request, f"{status}.html", {"why": why}, status=status)


def _sentence(words: str, status: int) -> HttpResponse:
    """What static/js/notices.js shows."""
    return HttpResponse(words, status=status, content_type="text/plain; charset=utf-8")
