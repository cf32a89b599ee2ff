"""The accounts as the connections page shows them: broken first, with what each can do, its budget and clock."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.template.defaultfilters import pluralize
from django.urls import reverse

from contacts_ui.components.run_status import still_to_come
from contacts_ui.components.status_badge import StatusBadge
from contacts_ui.shell import systems
from integrations.connections import registry
from integrations.connections.pages import ConnectWay
from integrations.connections.ports import Provider
from integrations.connections.status import ConnectionStatus
from integrations.sync import health
from integrations.sync.health import Account, Capability, sizes, writes
from integrations.sync.health.accounts import CapabilityState
from integrations.sync.health.runs import Run
from integrations.sync.health.sizes import Size
from integrations.workspace.models import Workspace

# What a salesperson would miss; the smaller streams appear only when one of them is refused.
ALWAYS_SHOWN = ("contacts", "tasks", "notes", "appointments", "messages", "opportunities", "businesses")
GETTING_FULL = 80  # percent of the day's requests
REFUSED = CapabilityState.REFUSED


@dataclass(frozen=True, slots=True)
class Ability:
    """One thing the connection can or cannot do; the icon never stands without its word.

    `stream` is the key of a stream that an admin may switch on and off, else empty.
    """

    label: str
    icon: str
    tone: str
    words: str
    stream: str = ""
    is_on: bool = True

    @property
    def css(self) -> str:
        """The class of its icon; in what is muted as a whole it needs none."""
        return {"ok": "tone-ok", "error": "tone-error", "wait": "muted"}.get(self.tone, "")


@dataclass(frozen=True, slots=True)
class Switch:
    """The switch of one stream of one account."""

    workspace: Workspace
    ability: Ability


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account. `may_manage`: the reader may act on it. `run`: the sync under way."""

    workspace: Workspace
    connection: int | None
    status: ConnectionStatus | None
    kind: str
    provider: Provider | None
    badge: StatusBadge
    abilities: list[Ability]
    synced_at: datetime | None
    next_at: datetime | None
    run: Run | None
    may_manage: bool
    has_ended: bool = False

    @property
    def is_usable(self) -> bool:
        return bool(self.status and self.status.is_usable)

    @property
    def needs_person(self) -> bool:
        """Broken by itself, not ended by an admin."""
        return not self.is_usable and not self.has_ended

    @property
    def can_allow_writing(self) -> bool:
        return bool(self.may_manage and self.is_usable and self.status and not self.status.may_write)

    @property
    def system(self) -> str:
        """What the system behind it is called; any of them where it was never connected."""
        return self.provider.short_name if self.provider else systems.short_names()

    @property
    def test_url(self) -> str:
        """Where the connection is tried, "" where it cannot be."""
        view = self.provider.pages.test_view if self.provider and self.is_usable else ""
        return reverse(view, args=[self.workspace.pk]) if view else ""

    @property
    def write_way(self) -> ConnectWay | None:
        """Where writing is allowed, for whoever may."""
        pages = self.provider.pages if self.provider and self.status else None
        return pages.way_of(self.status.kind) if pages and self.status and self.can_allow_writing else None

    @property
    def percent(self) -> int:
        """Of the day's requests, rounded down."""
        if not self.status or not self.status.daily_limit:
            return 0
        return min(100, 100 * self.status.requests_today // self.status.daily_limit)

    @property
    def share(self) -> str:
        """The same as it is shown: less than one is not nothing."""
        used = self.status.requests_today if self.status else 0
        return "<1%" if used and not self.percent else f"{self.percent}%"

    @property
    def forecast(self) -> str:
        """What the sync under way will still cost, in a sentence; empty when nobody can tell."""
        return still_to_come(self.run, self.status) if self.run else ""

    @property
    def is_getting_full(self) -> bool:
        return self.percent >= GETTING_FULL


@dataclass(frozen=True, slots=True)
class Accounts:
    """All rows; `broken` are those that need a person, and `kept` says what waits for the first of them."""

    rows: list[AccountRow]
    broken: list[AccountRow] = field(default_factory=list)
    kept: str = ""

    def switch_of(self, workspace: int | None, stream: str) -> Switch | None:
        """A switch that the person may turn, as it stands; None where there is no such one."""
        rows = (row for row in self.rows if row.may_manage and row.workspace.pk == workspace)
        found = ((row.workspace, one) for row in rows for one in row.abilities if one.stream)
        return next((Switch(place, one) for place, one in found if one.stream == stream), None)


def accounts(workspaces: Sequence[Workspace], managed: set[int]) -> Accounts:
    """Five queries, however many accounts: connections, streams, schedules, runs, and those of each provider; two
    more for the first that needs a person."""
    found = list(health.accounts(workspaces).values())
    streams = health.capabilities(one.connection for one in found if one.connection)
    rows = [_row(account, streams, account.workspace.pk in managed) for account in found]
    rows.sort(key=lambda row: (not row.needs_person, row.workspace.name.casefold(), row.workspace.pk))
    broken = [row for row in rows if row.needs_person]
    return Accounts(rows, broken, _kept(broken[0].connection) if broken else "")


def _row(account: Account, streams: dict[int, list[Capability]], may_manage: bool) -> AccountRow:
    status, schedule, connection = account.status, account.schedule, account.connection
    return AccountRow(
        workspace=account.workspace,
        connection=connection.pk if connection else None,
        status=status,
        kind=status.sign_in if status else "Never connected",
        provider=registry.provider(connection.provider) if connection else None,
        badge=_badge(account),
        abilities=_abilities(account, streams),
        synced_at=schedule.last_synced_at if schedule else None,
        next_at=schedule.next_at if schedule and account.is_usable else None,
        run=account.run,
        may_manage=may_manage,
        has_ended=account.has_ended,
    )


def _kept(connection: int | None) -> str:
    """What waits for a reconnect, in a sentence: "2 contacts stay readable, 1 edit waits."; "" for nothing."""
    contacts = sizes.contacts_of(connection) if connection else Size(0)
    if not connection or not contacts:
        return ""
    waiting = writes.waiting(connection)
    edits = f", {waiting:,} edit{pluralize(waiting, ' waits,s wait')}" if waiting else ""
    return f"{contacts.sentence} contact{pluralize(contacts.number, ' stays,s stay')} readable{edits}."


def _badge(account: Account) -> StatusBadge:
    status = account.status
    if status is None:
        return StatusBadge("unplug", "", "Never connected")
    if not status.is_usable:
        broken = not account.has_ended
        return StatusBadge("triangle-alert" if broken else "unplug", "warn" if broken else "", status.label)
    return StatusBadge("check", "ok", status.label)


def _abilities(account: Account, streams: dict[int, list[Capability]]) -> list[Ability]:
    connection, status, usable = account.connection, account.status, account.is_usable
    if connection is None:
        return [Ability("Writing", "minus", "muted", "Not connected")]
    system = registry.provider(connection.provider).short_name
    by_key = {one.key: one for one in streams.get(connection.pk, [])}
    shown = [by_key[key] for key in ALWAYS_SHOWN if key in by_key]
    shown += [one for key, one in by_key.items() if key not in ALWAYS_SHOWN and usable and one.state == REFUSED]
    if not usable:
        return [*map(_idle, shown), Ability("Writing", "minus", "muted", "Not connected")]
    found = [_ability(one, system) for one in shown]
    if status and status.may_write:
        return [*found, Ability("Writing", "check", "ok", "Allowed")]
    return [*found, Ability("Writing", "lock", "muted", "Connected for reading. An admin can allow writing.")]


def _idle(stream: Capability) -> Ability:
    words = "Switched off here, not connected" if stream.is_off else "Not connected"
    return Ability(
        stream.label, "minus", "muted", words, stream.key if stream.can_be_off else "", not stream.is_off
    )


def _ability(stream: Capability, system: str) -> Ability:
    key = stream.key if stream.can_be_off else ""
    if stream.is_off:
        return Ability(stream.label, "minus", "muted", "Switched off here", key, is_on=False)
    icon, tone, words = {
        CapabilityState.ALLOWED: ("check", "ok", "Allowed"),
        CapabilityState.FALLBACK: ("check", "ok", "Allowed, read contact by contact"),
        CapabilityState.REFUSED: ("x", "error", f"Refused by {system}"),
    }.get(CapabilityState(stream.state), ("clock", "wait", "Not read yet"))
    return Ability(stream.label, icon, tone, f"{words}. {stream.reason}" if stream.reason else words, key)
