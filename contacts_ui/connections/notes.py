"""Which notes each role of an account may edit, for its admins."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from contacts_ui.shell import access
from contacts_ui.shell.http import MemberRequest
from integrations.connections import registry
from integrations.workspace import note_rights
from integrations.workspace.models import NoteRight, Workspace

PLURALS = {"rep": "Reps", "manager": "Managers"}


@dataclass(frozen=True, slots=True)
class RoleRight:
    """One line: the role, which is its name in the form, and what is chosen."""

    role: str
    label: str
    chosen: str


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def set_note_rights(request: MemberRequest, workspace_id: int) -> HttpResponse:
    """Shows what is chosen for each role, and takes what an admin chooses."""
    connection = access.managed_connection_or_404(request, workspace_id)
    workspace = connection.workspace
    if request.method == "POST":
        count = note_rights.set_rights(workspace=workspace, rights=request.POST.dict(), actor=request.user)
        words = f"{workspace.name}: the new choice applies from now on." if count else "Nothing was changed."
        messages.success(request, words)
        return redirect("contacts_ui:connection-notes", workspace.pk)
    context = {
        "workspace": workspace,
        "roles": _roles(workspace),
        "rights": NoteRight.choices,
        "provider": registry.provider(connection.provider),
    }
    return render(request, "contacts_ui/connections/notes.html", context)


def _roles(workspace: Workspace) -> list[RoleRight]:
    return [
        RoleRight(str(role), PLURALS[role], getattr(workspace, column))
        for role, column in note_rights.COLUMNS.items()
    ]
