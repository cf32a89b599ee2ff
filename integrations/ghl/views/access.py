"""Who may connect what: installation admins everything, workspace admins their own, strangers find nothing."""

from typing import cast

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from integrations.connections.models import Connection
from integrations.ghl.models import PROVIDER
from integrations.workspace.models import User, Workspace


def user_of(request: HttpRequest) -> User:
    """The signed-in person; for views behind `login_required`."""
    return cast(User, request.user)


def staff_or_403(request: HttpRequest) -> User:
    """The installation admin who asks. Raises PermissionDenied for everybody else."""
    if not user_of(request).is_staff:
        raise PermissionDenied("Only an installation admin can add an account.")
    return user_of(request)


def connection_or_404(request: HttpRequest, workspace_id: object) -> Connection:
    """The connection of a workspace that the person administers, with the workspace loaded."""
    # More digits than the database's integers have is no id of ours, and SQLite would fail on it.
    digits = str(workspace_id)
    if digits.isascii() and digits.isdigit() and len(digits) < 19:
        mine = Workspace.objects.managed_by(request.user)
        found = Connection.objects.filter(
            provider=PROVIDER, workspace=int(digits), workspace__in=mine
        ).select_related("workspace")
        if connection := found.first():
            return connection
    raise Http404("This account does not exist, or you are not an admin of it.")


def asked_connection(request: HttpRequest) -> Connection | None:
    """The connection that `?workspace=` asks to renew; None to add one, which takes an installation admin."""
    workspace_id = request.POST.get("workspace") or request.GET.get("workspace")
    if workspace_id:
        return connection_or_404(request, workspace_id)
    staff_or_403(request)
    return None
