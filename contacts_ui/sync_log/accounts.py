"""How each account stands for the log, and those that wait for a person with what hangs on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from contacts_ui.components import freshness
from contacts_ui.components.freshness import Freshness
from contacts_ui.sync_log.verdict import AccountHealth
from integrations.connections.status import ConnectionStatus
from integrations.sync import health
from integrations.sync.health import sizes, writes
from integrations.sync.health.sizes import Size
from integrations.workspace.models import Workspace


@dataclass(frozen=True, slots=True)
class Account:
    """One workspace as the log sees it. `connection` is None where it was never connected."""

    workspace: Workspace
    fresh: Freshness
    status: ConnectionStatus | None
    next_at: datetime | None
    has_ended: bool = False
    connection: int | None = None

    @property
    def needs_person(self) -> bool:
        """Whether only a person can make it sync again. One that was disconnected on purpose needs nobody."""
        return not self.fresh.is_usable and not self.has_ended

    @property
    def health(self) -> AccountHealth:
        """The same for the headline."""
        name, synced_at = self.workspace.name, self.fresh.synced_at
        if self.has_ended:
            return AccountHealth(name, "off", synced_at)
        if self.needs_person:
            return AccountHealth(name, "broken", (self.status.broken_since if self.status else None) or synced_at)
        if synced_at is None:
            return AccountHealth(name, "first" if self.fresh.tone == "accent" else "never")
        return AccountHealth(name, "late" if self.fresh.tone == "warn" else "current", synced_at)


@dataclass(frozen=True, slots=True)
class Trouble:
    """The first connection that waits for a person, what hangs on it, and how many more of them there are."""

    account: Account
    contacts: Size
    waiting: int
    others: int


def accounts_of(workspaces: Sequence[Workspace], now: datetime) -> list[Account]:
    """How each workspace stands, those that need somebody first, then by name. The number of accounts costs
    no further query."""
    found = [_account(one, now) for one in health.accounts(workspaces).values()]
    return sorted(found, key=lambda account: not account.needs_person)


def _account(one: health.Account, now: datetime) -> Account:
    next_at = one.schedule.next_at if one.schedule else None
    connection = one.connection.pk if one.connection else None
    return Account(one.workspace, freshness.freshness_of(one, now), one.status, next_at, one.has_ended, connection)


def trouble_of(accounts: Sequence[Account]) -> Trouble | None:
    """The account that the banner names, in two queries; none when no account needs a person."""
    ill = [account for account in accounts if account.needs_person]
    if not ill:
        return None
    connection = ill[0].connection
    if connection is None:
        return Trouble(ill[0], Size(0), 0, len(ill) - 1)
    return Trouble(ill[0], sizes.contacts_of(connection), writes.waiting(connection), len(ill) - 1)
