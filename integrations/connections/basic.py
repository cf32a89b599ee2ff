"""A provider that can do nothing yet: whoever plugs in a system says only what it can."""

from collections.abc import Sequence
from typing import NoReturn

from integrations.connections.models import Connection
from integrations.connections.ports import Lane, NotPermitted, Reader, Receiver, Writer
from integrations.connections.status import ConnectionStatus
from integrations.connections.streams import Stream


class BasicProvider:
    """`Provider` without streams, writes or webhooks; how an account stands is what its row says."""

    name = short_name = ""
    streams: Sequence[Stream] = ()
    receiver: Receiver | None = None

    def reader(self, connection: Connection, lane: Lane) -> Reader:  # noqa: ARG002
        self._refuse("read")

    def writer(self, connection: Connection) -> Writer:  # noqa: ARG002
        self._refuse("changed from here")

    def status(self, connections: Sequence[Connection], *, with_usage: bool = True) -> dict[int, ConnectionStatus]:  # noqa: ARG002
        return {connection.pk: _status(connection) for connection in connections}

    def withdraw(self, connection: Connection) -> str:  # noqa: ARG002
        return ""

    def wipe(self, connection: Connection) -> None:
        """There are no credentials."""

    def _refuse(self, act: str) -> NoReturn:
        raise NotPermitted(f"{self.name} cannot be {act}.")


def _status(connection: Connection) -> ConnectionStatus:
    state = Connection.State(connection.state)
    is_usable = state == Connection.State.CONNECTED
    return ConnectionStatus(
        connection_id=str(connection.pk),
        kind=connection.provider,
        state=state,
        label=str(state.label),
        is_usable=is_usable,
        may_write=is_usable and connection.may_write,
        reason=connection.reason,
        detail=connection.detail,
        remote_id=connection.external_id,
        connected_at=connection.connected_at,
        broken_since=connection.broken_since,
    )
