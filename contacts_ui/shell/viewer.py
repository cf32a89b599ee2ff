"""Which page a request comes from, and for whom that page was drawn."""

from typing import cast
from urllib.parse import urlsplit, urlunsplit

from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import url_has_allowed_host_and_scheme

from contacts_ui.shell.http import MemberRequest
from integrations.workspace.models import User

START = "/"
HEADER, FIELD = "X-Viewer", "viewer"


def key_of(user: User) -> str:
    """What a page carries to say for whom it was drawn: 16 hex digits, which tell nobody who that is."""
    return salted_hmac("contacts_ui.viewer", str(user.pk), algorithm="sha256").hexdigest()[:16]


def said_by(request: HttpRequest) -> str:
    """The key that the sending page carries; "" for a page without one, such as every page without JavaScript.

    Those need none: signing in renews the CSRF token, so a form drawn for the person before is refused by that.
    """
    return request.headers.get(HEADER) or request.POST.get(FIELD, "")


def is_another(request: HttpRequest) -> bool:
    """Whether the sending page was drawn for somebody else than who is signed in now."""
    if not request.user.is_authenticated:
        return False
    said = said_by(request)
    return bool(said) and not constant_time_compare(said, key_of(request.user))


def is_from_script(request: HttpRequest) -> bool:
    """Whether a script of an open page asks, which draws a part of that page from the answer.

    Told by the headers alone, since a request may fail before any middleware has read it.
    """
    return request.headers.get("HX-Request") == "true" or HEADER in request.headers


def page_of(request: HttpRequest) -> str:
    """The address of the sending page on this site, with its query; the start page when it is not known."""
    address = cast(MemberRequest, request).htmx.current_url or request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure()):
        return START
    page = urlunsplit(urlsplit(address)._replace(scheme="", netloc=""))
    # A path of two slashes would name another site once its own host is taken off.
    return page if url_has_allowed_host_and_scheme(page, None) and page.startswith("/") else START
