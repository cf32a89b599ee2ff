"""The request that every page gets: a signed-in person, and what htmx said about itself."""

from django.http import Http404, HttpRequest
from django_htmx.middleware import HtmxDetails

from integrations.workspace.models import User


class MemberRequest(HttpRequest):
    """A request behind `login_required`."""

    user: User
    htmx: HtmxDetails


class NotAllowed(Http404):
    """404 to somebody who may know of the thing but not do this; `str()` is the reason, which they read."""
