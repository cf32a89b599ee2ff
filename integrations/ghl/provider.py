"""GHL behind the engine's ports: who reads, who writes, how each account is connected."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import cast

from django.conf import settings
from django.db.models import BigIntegerField
from django.urls import reverse_lazy
from django.utils.text import format_lazy

from integrations.connections.models import Connection
from integrations.connections.ports import AuthLost, Lane, Receiver
from integrations.connections.status import ConnectionStatus
from integrations.ghl import budget
from integrations.ghl.adapter import UNREADABLE, CallLog, Unreadable, new_client
from integrations.ghl.client.errors import GhlError
from integrations.ghl.client.transport import PooledTransport, Transport
from integrations.ghl.events import GhlReceiver
from integrations.ghl.models import Location
from integrations.ghl.pages import PAGES, sign_in_words
from integrations.ghl.reader import GhlReader
from integrations.ghl.streams import STREAMS
from integrations.ghl.sub_account import warning_of
from integrations.ghl.tokens import StoredToken
from integrations.ghl.writer import GhlWriter
from integrations.prepared import Param, Prepared
from integrations.security.crypto import SecretUnreadableError
from integrations.sync import calls

NOT_TOLD = "GHL was not told. Also uninstall the app in GoHighLevel if you want it gone there."


class GhlProvider:
    """`Provider`. `transport` is the seam where tests put theirs."""

    def __init__(self, transport: Transport | None = None) -> None:
        self._transport = transport or PooledTransport(pool_size=settings.SYNC_PARALLEL_READS)

    name, short_name = "GoHighLevel", "GHL"
    streams, pages = STREAMS, PAGES
    receiver: Receiver | None = GhlReceiver()

    def reader(self, connection: Connection, lane: Lane) -> "GhlReader":
        return GhlReader(self._usable(connection), lane, self._transport)

    def writer(self, connection: Connection) -> GhlWriter:
        return GhlWriter(GhlReader(self._usable(connection), Lane.WRITE, self._transport))

    def status(self, connections: Sequence[Connection], *, with_usage: bool = True) -> dict[int, ConnectionStatus]:
        held = {location.connection_id: location for location in _held(connections)}
        used = budget.usage([connection.external_id for connection in connections]) if with_usage else {}
        return {
            connection.pk: _status(
                connection, held.get(connection.pk), used.get(connection.external_id, budget.Usage())
            )
            for connection in connections
        }

    def withdraw(self, connection: Connection) -> str:
        """Uninstall the app where GHL lets us."""
        location = Location.objects.filter(connection=connection).select_related("connection").first()
        is_installed = location is not None and location.kind == Location.Kind.OAUTH and location.has_token
        return self._uninstall(location) if location and is_installed else ""

    def wipe(self, connection: Connection) -> None:
        void = {"access_token": "", "refresh_token": "", "agency": None, "expires_at": None}
        Location.objects.filter(connection=connection).update(**void)

    def _uninstall(self, location: Location) -> str:
        if not settings.GHL_VERSION_ID:  # nothing names the app that would have to go
            return NOT_TOLD
        log = CallLog(Lane.PERSON)
        try:
            token = StoredToken(Location, location.pk)
            client = new_client(location.location_id, token, transport=self._transport, on_call=log)
            client.oauth.uninstall(settings.GHL_VERSION_ID, location_id=location.location_id, reason="Revoked")
        except (GhlError, SecretUnreadableError):
            # The scope to uninstall is not asked for by default. Wiping the tokens is what counts here.
            return NOT_TOLD
        finally:
            calls.keep_of([log], location.connection_id)
        return "GHL confirmed that the app was removed."

    def _usable(self, connection: Connection) -> Location:
        found = Location.objects.filter(connection=connection.pk).select_related("agency", "connection__workspace")
        location = found.first()
        if location is None:
            raise AuthLost("This account is not connected. Connect it first.")
        connection = location.connection  # as it is now
        if connection.state != Connection.State.CONNECTED and not _may_heal(connection, location):
            raise AuthLost(connection.reason or f"This connection is {connection.get_state_display().lower()}.")
        if not location.is_readable:
            raise Unreadable
        return location


def _held(connections: Sequence[Connection]) -> Iterable[Location]:
    """What is held for them, without a secret. Every page of a contact asks for one."""
    if len(connections) == 1:
        return _held_for_one()(connection=connections[0].pk)
    return Location.objects.filter(connection__in=connections).select_related("agency").sealed("agency")


@cache
def _held_for_one() -> Prepared[Location]:
    found = Location.objects.filter(connection=Param("connection", BigIntegerField()))
    return Prepared(found.select_related("agency").sealed("agency"))


def _may_heal(connection: Connection, location: Location | None) -> bool:
    is_broken = connection.state == Connection.State.NEEDS_RECONNECT
    return is_broken and location is not None and location.has_keys and location.doubted_at is not None


def _warning(location: Location, connection: Connection) -> str:
    """What does not fit although it works."""
    return f"{connection.reason} {warning_of(location, connection.workspace.timezone)}".strip()


def _status(connection: Connection, location: Location | None, used: budget.Usage) -> ConnectionStatus:
    is_connected = connection.state == Connection.State.CONNECTED
    is_unreadable = is_connected and location is not None and not location.has_keys
    state = Connection.State.NEEDS_RECONNECT if is_unreadable else Connection.State(connection.state)
    usable = state == Connection.State.CONNECTED
    return ConnectionStatus(
        connection_id=str(connection.pk),
        kind=location.kind if location else "",
        state=state,
        label="Uninstalled in GHL" if state == Connection.State.UNINSTALLED else str(state.label),
        is_usable=usable,
        is_unreadable=is_unreadable,
        may_heal=_may_heal(connection, location),
        warning=_warning(location, connection) if location and usable else "",
        may_write=usable and connection.may_write,
        sign_in=sign_in_words(location, connection, is_usable=usable),
        # A private token brings no webhooks.
        hears_changes=location is None or location.kind != Location.Kind.PRIVATE,
        reason=UNREADABLE if is_unreadable else "" if usable else connection.reason,
        detail="" if is_unreadable else connection.detail,
        remote_id=connection.external_id,
        scopes=tuple(location.scopes) if location else (),
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
