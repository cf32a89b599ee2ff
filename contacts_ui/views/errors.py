"""What a request is answered that Django refuses before it reaches its page."""

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render

from contacts_ui import unsaved, viewer


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001  Django passes it
    """Refuses a press whose token does not fit, and gives the browser a token where it had none.

    An open page is told in a sentence and can press again; a visit gets a page that leads back.
    """
    get_token(request)
    if not viewer.is_from_script(request):
        return render(request, "403_csrf.html", {"page": viewer.page_of(request)}, status=403)
    if not request.user.is_authenticated:
        return redirect_to_login(viewer.page_of(request))
    words = unsaved.when_too_old(unsaved.act_of(request))
    return HttpResponse(words, status=403, content_type="text/plain")
