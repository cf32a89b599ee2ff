"""Which user of the provider each person of an account is: by email, or as an admin has chosen."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from contacts_ui.components import owners
from contacts_ui.shell import access
from contacts_ui.shell.http import MemberRequest
from integrations.connections import registry
from integrations.sync import people

FIELD = "member-"


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def match_people(request: MemberRequest, workspace_id: int) -> HttpResponse:
    """Shows who is who, and takes what an admin chose."""
    connection = access.managed_connection_or_404(request, workspace_id)
    workspace = connection.workspace
    if request.method == "POST":
        count = people.choose(workspace=workspace, chosen=_chosen(request.POST), actor=request.user)
        words = f"Saved for {count} {'person' if count == 1 else 'people'}." if count else "Nothing was changed."
        messages.info(request, words)
        return redirect("contacts_ui:connection-people", workspace.pk)
    members, users = people.members(workspace)
    context = {
        "workspace": workspace,
        "members": members,
        "users": owners.people(users),
        "provider": registry.provider(connection.provider),
    }
    return render(request, "contacts_ui/connections/people.html", context)


def _chosen(post: QueryDict) -> dict[int, str]:
    """What the form says of each person."""
    sent = {name.removeprefix(FIELD): value for name, value in post.items() if name.startswith(FIELD)}
    return {int(pk): str(value) for pk, value in sent.items() if pk.isdecimal() and len(pk) < 19}
