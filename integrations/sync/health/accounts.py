"""How each account stands: its connection, its schedule, the run under way, and what it lets us read."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from django.db.models import BigIntegerField, F, FilteredRelation, Q, QuerySet

from integrations.connections import registry
from integrations.connections.models import Connection
from integrations.connections.status import ConnectionStatus
from integrations.connections.streams import Stream
from integrations.prepared import Param, Prepared
from integrations.sync.models import FetchRequest, StreamCursor, SyncRun, SyncSchedule
from integrations.workspace.models import Workspace

CapabilityState = StreamCursor.State
OFF = "off"


@dataclass(frozen=True, slots=True)
class Capability:
    """Whether one stream is read. `state` is unknown, allowed, fallback, refused, or off by an admin."""

    key: str
    label: str
    state: str
    reason: str
    can_be_off: bool = False

    @property
    def is_off(self) -> bool:
        return self.state == OFF


def connection_status(connection: Connection) -> ConnectionStatus:
    """What pages may know of a connection."""
    return connection_statuses([connection])[connection.pk]


def connection_statuses(
    connections: Iterable[Connection], *, with_usage: bool = True
) -> dict[int, ConnectionStatus]:
    """The same of many: one question to each provider, {connection id: status}."""
    by_provider: dict[str, list[Connection]] = {}
    for connection in connections:
        by_provider.setdefault(connection.provider, []).append(connection)
    found: dict[int, ConnectionStatus] = {}
    for key, theirs in by_provider.items():
        found |= registry.provider(key).status(theirs, with_usage=with_usage)
    return found


@dataclass(frozen=True, slots=True)
class Account:
    """A workspace with its home connection and how that stands; all None where it was never connected."""

    workspace: Workspace
    connection: Connection | None = None
    status: ConnectionStatus | None = None
    schedule: SyncSchedule | None = None
    run: SyncRun | None = None  # the one under way

    @property
    def is_usable(self) -> bool:
        return bool(self.status and self.status.is_usable)

    @property
    def has_ended(self) -> bool:
        """Whether somebody ended it; one that broke by itself waits for a person."""
        return bool(self.connection and self.connection.has_ended)


def accounts(workspaces: Iterable[Workspace], *, in_short: bool = False) -> dict[int, Account]:
    """The accounts behind workspaces, {workspace id: account}: two queries and those of each provider.

    In short one query less, and no account tells a run under way or requests made.
    """
    found = list(workspaces)
    by_id = {workspace.pk: workspace for workspace in found}
    connections = _homes_of(found)
    for connection in connections:
        connection.workspace = by_id[connection.workspace_id]
    homes = {account.workspace.pk: account for account in _accounts(connections, in_short=in_short)}
    return {pk: homes.get(pk) or Account(workspace) for pk, workspace in by_id.items()}


def _homes_of(workspaces: Sequence[Workspace]) -> list[Connection]:
    if len(workspaces) == 1:
        return _home_of_one()(workspace=workspaces[0].pk)
    return list(Connection.objects.home().of(workspaces).select_related("schedule"))


@cache
def _home_of_one() -> Prepared[Connection]:
    found = Connection.objects.home().filter(workspace=Param("workspace", BigIntegerField()))
    return Prepared(found.select_related("schedule"))


def with_freshness(workspaces: QuerySet[Workspace]) -> QuerySet[Workspace]:
    """The workspaces, each with its home connection's `state`, when that was last read to the end, and how often
    it is read; None where it was never connected. Costs no query of its own.
    """
    home = FilteredRelation("connections", condition=Q(connections__is_home=True))
    return workspaces.annotate(
        home=home,
        state=F("home__state"),
        synced_at=F("home__schedule__last_synced_at"),
        interval_seconds=F("home__schedule__interval_seconds"),
    )


def homes(workspaces: Iterable[Workspace]) -> dict[int, Workspace]:
    """{id of the home connection: workspace} of those that were ever connected, in one query."""
    by_id = {workspace.pk: workspace for workspace in workspaces}
    found = Connection.objects.home().of(by_id.values()).order_by().values_list("pk", "workspace")
    return {pk: by_id[workspace] for pk, workspace in found}


def account_of(connection: Connection, *, in_short: bool = False) -> Account:
    """The account of one connection whose workspace is loaded."""
    return _accounts([connection], in_short=in_short)[0]


def _accounts(connections: Sequence[Connection], *, in_short: bool) -> list[Account]:
    """A connection brings its schedule along, or asks for it."""
    statuses = connection_statuses(connections, with_usage=not in_short)
    runs = {} if in_short else _active_runs(connections)
    return [
        Account(one.workspace, one, statuses[one.pk], getattr(one, "schedule", None), runs.get(one.pk))
        for one in connections
    ]


def capabilities(connections: Iterable[Connection]) -> dict[int, list[Capability]]:
    """What each connection lets us read, stream by stream, in one query."""
    providers = {connection.pk: connection.provider for connection in connections}
    cursors = {(c.connection_id, c.stream): c for c in StreamCursor.objects.filter(connection__in=providers)}
    table: dict[int, list[Capability]] = {}
    for pk, provider in providers.items():
        for stream in registry.provider(provider).streams:
            table.setdefault(pk, []).append(_capability(stream, cursors.get((pk, stream.key))))
    return table


def unread(connection: Connection, streams: Collection[str]) -> list[Capability]:
    """Those of the streams that are not read: refused by the provider, or switched off here. One query."""
    found = _unread(frozenset(streams))(connection=connection.pk)
    cursors = {cursor.stream: cursor for cursor in found}
    known = registry.provider(connection.provider).streams
    return [_capability(stream, cursors[stream.key]) for stream in known if stream.key in cursors]


def unread_of(connection: Connection, reading: FetchRequest | None) -> list[Capability]:
    """The streams that could not be read when one contact was read last."""
    missing = reading.refused if reading else []
    return [
        Capability(stream.key, stream.label, CapabilityState.REFUSED, "")
        for stream in registry.provider(connection.provider).streams
        if stream.key in missing
    ]


@lru_cache(maxsize=8)
def _unread(streams: frozenset[str]) -> Prepared[StreamCursor]:
    found = StreamCursor.objects.filter(connection=Param("connection", BigIntegerField()), stream__in=streams)
    return Prepared(found.filter(Q(state=CapabilityState.REFUSED) | Q(is_on=False)))


def _capability(stream: Stream, cursor: StreamCursor | None) -> Capability:
    if cursor is None:
        return Capability(stream.key, stream.label, StreamCursor.State.UNKNOWN, "", stream.can_be_off)
    if not cursor.is_on:
        return Capability(stream.key, stream.label, OFF, "", stream.can_be_off)
    return Capability(stream.key, stream.label, cursor.state, cursor.reason, stream.can_be_off)


def _active_runs(connections: Sequence[Connection]) -> dict[int, SyncRun]:
    """The run under way in each connection."""
    if len(connections) == 1:
        runs = _active_run_of_one()(connection=connections[0].pk)
    else:
        runs = list(SyncRun.objects.active().filter(connection__in=connections))
    return {run.connection_id: run for run in runs}


@cache
def _active_run_of_one() -> Prepared[SyncRun]:
    return Prepared(SyncRun.objects.active().filter(connection=Param("connection", BigIntegerField())))
