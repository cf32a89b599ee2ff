"""The rules that settle conflicts by themselves, for admins."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from contacts_ui.conflicts.rules import changed, choices, rules_of
from contacts_ui.shell import access, systems
from contacts_ui.shell.address import id_in
from contacts_ui.shell.http import MemberRequest
from integrations.connections.models import Connection
from integrations.sync import commands
from integrations.workspace.models import Workspace


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def show_rules(request: MemberRequest) -> HttpResponse:
    """Shows the rules of one account, or saves them."""
    workspaces = [one for one in access.workspaces(request) if access.manages(request, one)]
    workspace = _chosen(request, workspaces)
    connection = Connection.objects.home().filter(workspace=workspace).first()
    if connection is None:
        raise Http404("This account is not connected.")
    rules = rules_of(workspace, connection)
    if request.method == "POST":
        return _save(request, workspace, changed(rules, request.POST))
    system = systems.short_name_of(connection)
    context = {"rules": rules, "choices": choices(system), "system": system, "workspace": workspace}
    context["workspaces"] = workspaces
    return render(request, "contacts_ui/conflicts/rules.html", context)


def _chosen(request: MemberRequest, workspaces: list[Workspace]) -> Workspace:
    account = id_in(request.GET, "account")
    found = next((one for one in workspaces if account in (None, one.pk)), None)
    if found is None:
        raise Http404("Only an admin of an account sets its rules.")
    return found


def _save(request: MemberRequest, workspace: Workspace, wanted: list[tuple[str, str, str]]) -> HttpResponse:
    with transaction.atomic():
        for kind, field, policy in wanted:
            commands.set_policy(workspace=workspace, kind=kind, field=field, policy=policy, actor=request.user)
    rules = "1 rule was" if len(wanted) == 1 else f"{len(wanted)} rules were"
    messages.success(request, f"{workspace.name}: {rules} changed." if wanted else "Nothing was changed.")
    return redirect(f"{reverse('contacts_ui:conflict-rules')}?account={workspace.pk}")
