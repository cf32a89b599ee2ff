"""GHL behind the engine's ports: who reads, who writes, how each account is connected."""

from collections.abc import Sequence
from typing import cast

from django.conf import settings
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.text import format_lazy

from integrations.ghl import budget
from integrations.ghl.calls import CallLog
from integrations.ghl.client.errors import GhlError
from integrations.ghl.client.transport import PooledTransport, Transport
from integrations.ghl.client_factory import new_client
from integrations.ghl.models import Connection
from integrations.ghl.reader import GhlReader
from integrations.ghl.tokens import StoredToken, using
from integrations.ghl.translate import UNREADABLE, Unreadable
from integrations.security.crypto import SecretUnreadableError
from integrations.sync import calls
from integrations.sync.ports import AuthLost, Call, ConnectionStatus, Lane


class GhlProvider:
    """`Provider`. `transport` is the seam where tests put theirs."""

    def __init__(self, transport: Transport | None = None) -> None:
        self._transport = transport or PooledTransport(pool_size=settings.SYNC_PARALLEL_READS)

    def reader(self, workspace_id: int, lane: Lane) -> "GhlReader":
        return GhlReader(self._usable(workspace_id), lane, self._transport)

    def writer(self, workspace_id: int) -> "GhlWriter":
        return GhlWriter(GhlReader(self._usable(workspace_id), Lane.WRITE, self._transport))

    def status(self, workspace_ids: Sequence[int]) -> dict[int, ConnectionStatus]:
        connections = list(Connection.objects.filter(workspace__in=workspace_ids).select_related("agency"))
        used = budget.usage([connection.location_id for connection in connections])
        return {
            connection.workspace_id: _status(connection, used.get(connection.location_id, budget.Usage()))
            for connection in connections
        }

    def revoke(self, workspace_id: int) -> str:
        """Tell GHL where it can be told, then wipe the tokens whatever it answered."""
        connection = Connection.objects.filter(workspace=workspace_id).first()
        if connection is None:
            return ""
        answer = self._uninstall(connection) if connection.kind == Connection.Kind.OAUTH else ""
        Connection.objects.filter(pk=connection.pk).update(
            access_token="",
            refresh_token="",
            agency=None,
            expires_at=None,
            state=Connection.State.REVOKED,
            reason="Revoked here by an admin.",
            broken_since=timezone.now(),
        )
        return answer

    def _uninstall(self, connection: Connection) -> str:
        if not connection.has_token:
            return ""
        log = CallLog(Lane.PERSON)
        try:
            token = StoredToken(Connection, connection.pk)
            client = new_client(connection.location_id, token, transport=self._transport, on_call=log)
            client.oauth.uninstall(settings.GHL_VERSION_ID, location_id=connection.location_id, reason="Revoked")
        except (GhlError, SecretUnreadableError):
            # The scope to uninstall is not asked for by default. Wiping the tokens is what counts here.
            return "GHL was not told. Also uninstall the app in GoHighLevel if you want it gone there."
        finally:
            calls.keep_of([log], connection.workspace_id)
        return "GHL confirmed that the app was removed."

    def _usable(self, workspace_id: int) -> Connection:
        connection = Connection.objects.filter(workspace=workspace_id).select_related("agency").first()
        if connection is None:
            raise AuthLost("This workspace is not connected. Connect it first.")
        if connection.state != Connection.State.CONNECTED:
            raise AuthLost(connection.reason or f"This connection is {connection.get_state_display().lower()}.")
        if not connection.is_readable:
            raise Unreadable
        return connection


class GhlWriter:
    """`Writer` of one connection."""

    def __init__(self, reader: GhlReader) -> None:
        self._reader = reader

    def set_task_completed(self, contact_id: str, task_id: str, completed: bool) -> None:
        with using(self._reader.connection):
            self._reader.client.tasks.complete(contact_id, task_id, completed)

    def take_calls(self) -> list[Call]:
        return self._reader.take_calls()


def _status(connection: Connection, used: budget.Usage) -> ConnectionStatus:
    is_unreadable = connection.state == Connection.State.CONNECTED and not connection.is_readable
    state = Connection.State.NEEDS_RECONNECT if is_unreadable else Connection.State(connection.state)
    usable = state == Connection.State.CONNECTED
    return ConnectionStatus(
        connection_id=str(connection.pk),
        kind=connection.kind,
        state=state,
        label=str(state.label),
        is_usable=usable,
        is_unreadable=is_unreadable,
        may_write=usable and connection.may_write,
        reason=UNREADABLE if is_unreadable else connection.reason,
        remote_id=connection.location_id,
        scopes=tuple(connection.scopes),
        broken_since=connection.broken_since,
        connected_at=connection.connected_at,
        requests_today=used.today,
        daily_limit=used.daily_limit,
        requests_per_second=used.burst_limit / settings.GHL_BURST_SECONDS,
        burst_used=used.burst,
        burst_limit=used.burst_limit,
        reserved_for_people=used.reserved,
        # Made when a page shows it: a worker and a command would import every page for it.
        reconnect_url=cast(
            str, format_lazy("{}?workspace={}", reverse_lazy("ghl:connect"), connection.workspace_id)
        ),
    )
