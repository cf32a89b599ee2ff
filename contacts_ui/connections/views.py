"""Connections: each account's state and acts; sync now, and revoke with or without the cache."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contacts_ui.connections import accounts
from contacts_ui.shell import access
from contacts_ui.shell.address import id_in, query_string
from contacts_ui.shell.http import MemberRequest
from integrations.connections import registry
from integrations.security import callouts
from integrations.sync import commands
from integrations.sync.health import sizes


@require_safe
@login_required
def list_connections(request: MemberRequest) -> HttpResponse:
    """Managers read, admins act, everybody else finds nothing here."""
    if not access.may_oversee(request):
        raise Http404("Connections are shown to managers and admins.")
    workspaces = access.overseen(request)
    managed = {workspace.pk for workspace in workspaces if access.manages(request, workspace)}
    listed = accounts.accounts(workspaces, managed)
    context = {
        "now": timezone.now(),
        "accounts": listed,
        "switched": listed.switch_of(id_in(request.GET, "of"), request.GET.get("switched", "")),
        "may_add": request.user.is_staff,
        "providers": list(registry.providers().values()),
    }
    return render(request, "contacts_ui/connections/connections.html", context)


@require_POST
@login_required
def sync_connection(request: MemberRequest, workspace_id: int) -> HttpResponse:
    """Start a sync, or show the one under way."""
    connection = access.managed_connection_or_404(request, workspace_id)
    workspace = connection.workspace
    try:
        run = commands.sync_now(connection=connection, actor=request.user, full="full" in request.POST)
    except commands.Refused as refused:
        messages.error(request, f"{workspace.name}: {refused}")
        return redirect("contacts_ui:connection-list")
    messages.info(request, f"{workspace.name} is syncing.")
    return redirect(_run_page(run.pk))


@require_POST
@login_required
def switch_stream(request: MemberRequest, workspace_id: int, stream: str) -> HttpResponse:
    """Read one kind of record of an account, or do without it; `on` says which."""
    connection, on = access.managed_connection_or_404(request, workspace_id), request.POST.get("on") == "1"
    workspace = connection.workspace
    try:
        has_changed = commands.switch_stream(connection=connection, stream=stream, on=on, actor=request.user)
    except commands.Refused as refused:
        raise Http404(str(refused)) from refused
    # The page says how the switch stands, with a way back, for as long as it stands so.
    said = query_string({"switched": stream, "of": workspace.pk}) if has_changed else ""
    return redirect(reverse("contacts_ui:connection-list") + f"{said}#connection-{workspace.pk}")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def revoke_connection(request: MemberRequest, workspace_id: int) -> HttpResponse:
    """Says what a revoke does, then does it. Deleting the cache takes the account's name, typed."""
    connection = access.managed_connection_or_404(request, workspace_id)
    workspace = connection.workspace
    # Of an account that is revoked already, only its cache is left to take away.
    usual = "delete" if connection.has_ended else "keep"
    wants_purge = request.POST.get("cache", usual) == "delete"
    typed = request.POST.get("name", "").strip()
    is_confirmed = not wants_purge or typed == workspace.name.strip()
    if request.method == "POST" and is_confirmed:
        # Whether or not there is a turn to tell: nobody is kept from revoking.
        telling = callouts.lane_or_silence(request, "revoke")
        answer = commands.revoke(connection=connection, actor=request.user, purge=wants_purge, telling=telling)
        messages.success(request, f"{workspace.name} is revoked. {answer}".strip())
        return redirect("contacts_ui:connection-list")
    context = {
        "workspace": workspace,
        "provider": registry.provider(connection.provider),
        "contacts": sizes.contacts_of(connection.pk),
        "items": sizes.items_of(connection.pk),
        "people": workspace.memberships.count(),
        "wants_purge": wants_purge,
        "typed": typed,
        "is_wrong": request.method == "POST",
    }
    return render(
        request, "contacts_ui/connections/revoke.html", context, status=400 if context["is_wrong"] else 200
    )


def _run_page(run_id: int) -> str:
    try:
        return reverse("contacts_ui:run", args=[run_id])
    except NoReverseMatch:
        return reverse("contacts_ui:connection-list")
