"""Where GHL sends the browser back to. A page says what arrived and what it means; only a proven grant is kept."""

from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET

from integrations.connections.models import Connection
from integrations.connections.ports import SyncError
from integrations.ghl import installs, oauth, outcomes
from integrations.ghl.client.errors import GhlError
from integrations.ghl.client.token_set import TokenSet
from integrations.ghl.models import PROVIDER
from integrations.ghl.outcomes import Halt, Outcome
from integrations.ghl.views.access import user_of
from integrations.ghl.views.after_connect import connections_page, first_sync
from integrations.ghl.views.install_throttle import one_at_a_time
from integrations.security import callouts
from integrations.workspace.models import Workspace

# Whoever makes up codes uses up this budget, not the one of people who sign in.
STRANGERS = "oauth:stranger"

log = structlog.get_logger(__name__)


@never_cache
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """GHL's answer. With our state it connects; without one it is parked; otherwise nothing is stored."""
    try:
        return _with_state(request) if "state" in request.GET else _without_state(request)
    except Halt as halt:
        log.info("connect stopped", outcome=halt.outcome.key)
        workspace_id = oauth.workspace_of(request.session, request.GET.get("state", ""))
        return _page(request, halt.outcome, workspace_id=workspace_id)


@sensitive_variables("code")
def _with_state(request: HttpRequest) -> HttpResponse:
    intent = _intent(request)
    connection = _renewing(request, intent)
    code = _code(request)
    try:
        with callouts.lane(request, "connect"):
            return _connect(request, intent, connection, code)
    except callouts.Held:
        oauth.give_back(request.session, request.GET["state"])
        raise


@sensitive_variables("code")
def _connect(request: HttpRequest, intent: oauth.Intent, connection: Connection | None, code: str) -> HttpResponse:
    tokens = _exchange(request, code)
    try:
        done = installs.settle(
            tokens,
            actor=user_of(request),
            wants_write=intent.wants_write,
            only=connection.external_id if connection else "",
        )
    except installs.OtherLocation as error:
        wanted = connection.workspace.name if connection else ""
        raise Halt(outcomes.OTHER_LOCATION.saying(other=error.signed_in_to, wanted=wanted)) from error
    except SyncError as error:
        raise Halt(outcomes.NOT_CONNECTED.saying(reason=str(error)).because(error)) from error
    if isinstance(done, Connection):
        return first_sync(request, done)
    install = installs.park(tokens, timezone.now())
    return redirect(reverse("ghl:install", args=[install.pk]) + ("?write=1" if intent.wants_write else ""))


def _without_state(request: HttpRequest) -> HttpResponse:
    """An install that began in GHL's marketplace cannot carry our state: keep it, attach it to nobody."""
    code = _code(request)
    with one_at_a_time(request):
        tokens = _exchange(request, code, budget=STRANGERS, attempts=1)
    install = installs.park(tokens, timezone.now())
    log.info("install parked", install=install.pk)
    return _page(request, outcomes.PARKED, install=install)


def _intent(request: HttpRequest) -> oauth.Intent:
    user_id = user_of(request).pk if request.user.is_authenticated else None
    try:
        return oauth.take(request.session, request.GET["state"], user_id=user_id, now=timezone.now())
    except oauth.StateUnknown as error:
        raise Halt(outcomes.STATE_UNKNOWN) from error
    except oauth.StateUsed as error:
        raise Halt(outcomes.STATE_USED) from error
    except oauth.StateExpired as error:
        raise Halt(outcomes.STATE_EXPIRED) from error


def _renewing(request: HttpRequest, intent: oauth.Intent) -> Connection | None:
    """The connection to renew, asked for again: a role may have been taken away meanwhile."""
    if intent.workspace_id is None:
        if not user_of(request).is_staff:
            raise Halt(outcomes.NOT_ALLOWED)
        return None
    mine = Workspace.objects.managed_by(request.user).filter(pk=intent.workspace_id)
    connection = (
        Connection.objects.filter(provider=PROVIDER, workspace__in=mine).select_related("workspace").first()
    )
    if connection is None:
        raise Halt(outcomes.NOT_ALLOWED)
    return connection


@sensitive_variables("code")
def _code(request: HttpRequest) -> str:
    """The code of the answer, when there is one and we could exchange it."""
    if error := request.GET.get("error"):
        raise Halt(outcomes.DENIED if error == "access_denied" else outcomes.REFUSED)
    code = request.GET.get("code", "")
    if not code:
        raise Halt(outcomes.NO_CODE)
    if not oauth.is_configured():
        raise Halt(outcomes.NOT_CONFIGURED)
    return code


@sensitive_variables("code")
def _exchange(request: HttpRequest, code: str, **patience: Any) -> TokenSet:
    try:
        address = oauth.redirect_uri(request.build_absolute_uri)
        return oauth.exchange(code, redirect_uri=address, **patience)
    except GhlError as failure:
        # What GHL says about a code may repeat it, and no page of ours shows one.
        outcome = outcomes.of_exchange(failure).without(code)
        if outcome.next is outcomes.Next.RELOAD and "state" in request.GET:
            oauth.give_back(request.session, request.GET["state"])
        raise Halt(outcome) from failure


def _page(request: HttpRequest, outcome: Outcome, **more: object) -> HttpResponse:
    context = {"outcome": outcome, "connections_page": connections_page(), **more}
    return render(request, "ghl/callback.html", context, status=outcome.status)
