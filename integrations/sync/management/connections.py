"""Finds the workspace that a command line means by its connection."""

from integrations.sync import health
from integrations.sync.management.base import Failed
from integrations.workspace.models import Workspace


def named(connection_id: str | None) -> Workspace:
    """The workspace of a connection; without an identifier, the only one there is."""
    workspaces = list(Workspace.objects.all())
    statuses = health.connection_statuses(workspaces)
    connected = [workspace for workspace in workspaces if workspace.pk in statuses]
    if connection_id is None and len(connected) == 1:
        return connected[0]
    for workspace in connected:
        status = statuses[workspace.pk]
        if connection_id in (status.connection_id, status.remote_id):
            return workspace
    known = ", ".join(f"{statuses[w.pk].connection_id} ({w.name})" for w in connected) or "none"
    if connection_id is None:
        raise Failed(f"Say which connection with --connection. There are: {known}.")
    raise Failed(f"There is no connection {connection_id}. There are: {known}.")


def usable(connection_id: str | None) -> Workspace:
    """The same, refusing a connection that is revoked, uninstalled or needs to be renewed."""
    workspace = named(connection_id)
    status = health.connection_status(workspace)
    if status is None or not status.is_usable:
        reason = status.reason if status else "It was never connected."
        label = status.label if status else "Not connected"
        raise Failed(f"{workspace.name}: {label}. {reason}".strip())
    return workspace
