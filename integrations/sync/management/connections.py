"""Finds the connection that a command line means."""

from integrations.connections.models import Connection
from integrations.sync import health
from integrations.sync.management.base import Failed


def named(connection_id: str | None) -> Connection:
    """The connection of an identifier, or of what its provider calls it; without one, the only one there is."""
    connections = list(Connection.objects.select_related("workspace"))
    if connection_id is None and len(connections) == 1:
        return connections[0]
    for connection in connections:
        if connection_id in (str(connection.pk), connection.external_id):
            return connection
    known = ", ".join(f"{one.pk} ({one.workspace.name})" for one in connections) or "none"
    if connection_id is None:
        raise Failed(f"Choose a connection with --connection. Known connections: {known}.")
    raise Failed(f"Connection {connection_id or '“”'} does not exist. Known connections: {known}.")


def named_or_all(connection_id: str | None) -> Connection | None:
    """None, which is all of them, where no identifier is given; one that came out empty is nobody's."""
    return None if connection_id is None else named(connection_id)


def usable(connection_id: str | None) -> Connection:
    """The same, refusing a connection that is revoked, uninstalled or needs to be renewed."""
    connection = named(connection_id)
    status = health.connection_status(connection)
    if not status.is_usable:
        raise Failed(f"{connection.workspace.name}: {status.label}. {status.reason}".strip())
    return connection
