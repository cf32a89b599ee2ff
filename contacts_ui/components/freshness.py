"""Says how current the cache is, per account and in one line for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from integrations.connections.models import Connection
from integrations.sync import health
from integrations.sync.health import Account
from integrations.workspace.models import Workspace

# A scheduled sync may wait behind another one; twice the interval and a little is still on time.
GRACE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Freshness:
    """`tone` is ok, warn, error or accent. `synced_at` is when the account was last read to the end."""

    tone: str
    words: str
    synced_at: datetime | None = None
    is_usable: bool = True
    may_write: bool = False
    reason: str = ""
    reconnect_url: str = ""

    @property
    def line(self) -> str:
        """The words as they stand before an age, which is always that of the data."""
        return self.words if self.is_usable or not self.synced_at else f"{self.words}, synced"


def of_each(workspaces: Sequence[Workspace], now: datetime) -> dict[int, Freshness]:
    """How current each workspace is, by its id; the queries of `health.accounts` without runs.

    A run under way matters only to an account that was never read to the end: then they are asked for as well.
    """
    accounts = health.accounts(workspaces, in_short=True)
    if not all(account.schedule and account.schedule.last_synced_at for account in accounts.values()):
        accounts = health.accounts(workspaces)
    return {pk: freshness_of(account, now) for pk, account in accounts.items()}


def of_one(connection: Connection, now: datetime) -> Freshness:
    """The same of one connection whose workspace is loaded."""
    account = health.account_of(connection, in_short=True)
    if not (account.schedule and account.schedule.last_synced_at):
        account = health.account_of(connection)
    return freshness_of(account, now)


def freshness_of(account: Account, now: datetime) -> Freshness:
    """How current one account is."""
    status, schedule = account.status, account.schedule
    synced_at = schedule.last_synced_at if schedule else None
    allowed = timedelta(seconds=2 * schedule.interval_seconds) + GRACE if schedule else GRACE
    tone, words = _tone(synced_at, now, allowed, account.is_usable, account.run is not None)
    return Freshness(
        tone,
        words,
        synced_at,
        is_usable=account.is_usable,
        may_write=bool(account.is_usable and status and status.may_write),
        reason=status.reason if status else "It was never connected.",
        reconnect_url=status.reconnect_url if status else "",
    )


def in_frame(workspaces: Sequence[Workspace], now: datetime) -> Freshness | None:
    """The frame's line, from what `health.with_freshness` read with the workspaces."""
    return in_one_line({workspace.pk: _noted(workspace, now) for workspace in workspaces})


def _noted(workspace: Workspace, now: datetime) -> Freshness:
    synced_at, interval = (getattr(workspace, name, None) for name in ("synced_at", "interval_seconds"))
    is_usable = getattr(workspace, "state", None) == Connection.State.CONNECTED
    allowed = timedelta(seconds=2 * (interval or 0)) + GRACE
    return Freshness(*_tone(synced_at, now, allowed, is_usable, running=False), synced_at, is_usable)


def in_one_line(each: dict[int, Freshness]) -> Freshness | None:
    """One dot for all: the account itself when there is one, otherwise how many are current."""
    if len(each) <= 1:
        return next(iter(each.values()), None)
    current = sum(account.tone in ("ok", "accent") for account in each.values())
    tone = "ok" if current == len(each) else "warn"
    return Freshness(tone, f"{current} of {len(each)} accounts current")


def _tone(
    synced_at: datetime | None, now: datetime, allowed: timedelta, usable: bool, running: bool
) -> tuple[str, str]:
    if not usable:
        return "warn", "Not connected"
    if running and synced_at is None:
        return "accent", "First sync is running"
    if synced_at is None:
        return "warn", "Not synced yet"
    return ("ok", "Synced") if now - synced_at <= allowed else ("warn", "Synced")
