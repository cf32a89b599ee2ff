"""The connect page: what will be asked for and why, then off to GHL; or a private token instead."""

from collections.abc import Collection
from typing import cast
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.csp import CSP
from django.views.decorators.cache import never_cache
from django.views.decorators.csp import csp_override
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from integrations.connections.models import Connection
from integrations.connections.ports import SyncError
from integrations.ghl import oauth, scopes
from integrations.ghl.connecting import connect_private
from integrations.ghl.forms import AccessForm, PrivateTokenForm
from integrations.ghl.models import Location
from integrations.ghl.views.access import asked_connection, user_of
from integrations.ghl.views.after_connect import first_sync
from integrations.security import callouts


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def connect(request: HttpRequest) -> HttpResponse:
    """Shows what will be asked for; a POST goes to GHL's consent page with a fresh state."""
    connection = asked_connection(request)
    if request.method != "POST" or not oauth.is_configured():
        return _connect_page(request, connection)
    form = AccessForm(request.POST)
    intent = oauth.Intent(
        user_id=user_of(request).pk,
        started_at=timezone.now().timestamp(),
        wants_write=form.wants_write,
        workspace_id=connection.workspace_id if connection else None,
    )
    state = oauth.begin(request.session, intent)
    address = oauth.redirect_uri(request.build_absolute_uri)
    return redirect(
        oauth.authorize_url(redirect_uri=address, state=state, write=intent.wants_write, agency=form.is_agency)
    )


def _connect_page(request: HttpRequest, connection: Connection | None) -> HttpResponse:
    context = {
        "connection": connection,
        "wants_write": _wants_write(request, connection),
        "is_agency": Location.objects.filter(connection=connection).exclude(agency=None).exists(),
        "scopes": scopes.SCOPES,
        "redirect_uri": oauth.redirect_uri(request.build_absolute_uri),
        "has_id": bool(settings.GHL_CLIENT_ID),
        "has_secret": bool(settings.GHL_CLIENT_SECRET),
        "is_configured": oauth.is_configured(),
    }
    status = 409 if request.method == "POST" else 200
    page = csp_override(_leads_to_consent())(render)
    answer: HttpResponse = page(request, "ghl/connect.html", context, status=status)
    return answer


def _wants_write(request: HttpRequest, connection: Connection | None) -> bool:
    """What is chosen at first: writing where it was asked for, or may be done by now."""
    return request.GET.get("write") == "1" or bool(connection and connection.may_write)


def _leads_to_consent() -> dict[str, Collection[str] | str]:
    """Browsers hold `form-action` against every redirect that follows a form, and GHL's pages have many hosts."""
    parts = urlsplit(settings.GHL_AUTHORIZE_URL)
    policy = cast(dict[str, Collection[str] | str], settings.SECURE_CSP)
    return {**policy, "form-action": [CSP.SELF, "https:", f"{parts.scheme}://{parts.netloc}"]}


@never_cache
@sensitive_post_parameters("token")
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def connect_by_token(request: HttpRequest) -> HttpResponse:
    """Shows the form; a POST tries the token and connects with it, or says why not. Nothing else is stored."""
    connection = asked_connection(request)
    known = {"location_id": connection.external_id} if connection else {}
    data = request.POST if request.method == "POST" else None
    form = PrivateTokenForm(data, initial={"may_write": _wants_write(request, connection)}, **known)
    held = None
    if form.is_valid():
        try:
            with callouts.lane(request, "connect"):
                connected = connect_private(**form.cleaned_data, actor=user_of(request))
        except SyncError as error:
            form.add_error("token", f"{error} Nothing was saved.")
        except callouts.Held as busy:
            held = busy
            form.add_error("token", str(busy))
        else:
            if form.note:
                messages.info(request, form.note)
            return first_sync(request, connected)
    context = {"form": form, "connection": connection}
    page = render(request, "ghl/connect_private.html", context, status=400 if form.errors else 200)
    return held.marked(page) if held else page
