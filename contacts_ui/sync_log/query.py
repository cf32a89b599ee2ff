"""Reads what the sync log shows: how each account stands, the period's figures, runs, writes that failed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import TruncDay, TruncHour

from contacts_ui.components import freshness, run_status
from contacts_ui.components.freshness import Freshness
from contacts_ui.components.run_status import Cell
from contacts_ui.components.status_badge import StatusBadge
from contacts_ui.sync_log.chart import Chart, chart_of, slots
from contacts_ui.sync_log.filters import LogFilters
from contacts_ui.sync_log.verdict import AccountHealth
from integrations.activity.models import Contact
from integrations.connections.status import ConnectionStatus
from integrations.sync import health
from integrations.sync.models import Pulse, RunStream, SyncRun, Write
from integrations.workspace.models import Workspace

PAGE_SIZE = 50
# The tick comes every two seconds; a minute of silence means that nothing works in the background.
SILENCE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Account:
    """One workspace as the log sees it."""

    workspace: Workspace
    fresh: Freshness
    status: ConnectionStatus | None
    next_at: datetime | None
    has_ended: bool = False

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
    """A connection that waits for a person, and what hangs on it."""

    account: Account
    contacts: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Figures:
    """`changes` and `confirmed` belong to the period; `waiting` and `failed` are as things stand now."""

    changes: int
    confirmed: int
    waiting: int
    failed: int


@dataclass(frozen=True, slots=True)
class RunRow:
    """One line of the runs table."""

    run: SyncRun
    workspace: Workspace
    badge: StatusBadge
    cells: list[Cell]
    failed: int
    time: str

    @property
    def has_changes(self) -> bool:
        return any(cell.count or cell.word for cell in self.cells)


@dataclass(frozen=True, slots=True)
class RunPage:
    """Up to PAGE_SIZE runs, newest first; `before` is where the next page starts, None at the end."""

    rows: list[RunRow]
    before: int | None


def accounts_of(workspaces: Sequence[Workspace], now: datetime) -> list[Account]:
    """How each workspace stands, those that need somebody first, then by name. The number of accounts costs
    no further query."""
    found = [_account(one, now) for one in health.accounts(workspaces).values()]
    return sorted(found, key=lambda account: not account.needs_person)


def _account(one: health.Account, now: datetime) -> Account:
    next_at = one.schedule.next_at if one.schedule else None
    return Account(one.workspace, freshness.freshness_of(one, now), one.status, next_at, one.has_ended)


def troubles_of(accounts: Sequence[Account]) -> list[Trouble]:
    """The accounts that need a person, with two counts each; no query when there is none."""
    ill = [account for account in accounts if account.needs_person]
    if not ill:
        return []
    ids = [account.workspace.pk for account in ill]
    contacts = _counts(Contact.objects.present().filter(workspace__in=ids), "workspace")
    waiting = _counts(Write.objects.open().filter(connection__workspace__in=ids), "connection__workspace")
    return [Trouble(a, contacts.get(a.workspace.pk, 0), waiting.get(a.workspace.pk, 0)) for a in ill]


def _counts(found: QuerySet[Any], by: str) -> dict[int, int]:
    return dict(found.order_by().values_list(by).annotate(n=Count("id")))


def silent_since(now: datetime) -> datetime | None:
    """When the background was last alive, None while it is. One query; a worker that never ran says nothing."""
    pulse = Pulse.objects.filter(name="tick").first()
    return pulse.at if pulse and pulse.at < now - SILENCE else None


def figures_of(workspaces: Sequence[Workspace], since: datetime) -> Figures:
    """The period's four counts, in two queries."""
    streams = RunStream.objects.filter(run__connection__workspace__in=workspaces, run__created_at__gte=since)
    changes = streams.aggregate(n=Sum(F("added") + F("changed") + F("removed")))["n"]
    state = Write.State
    counts = Write.objects.filter(connection__workspace__in=workspaces).aggregate(
        confirmed=Count("id", filter=Q(state=state.CONFIRMED, settled_at__gte=since)),
        waiting=Count("id", filter=Q(state__in=Write.OPEN)),
        failed=Count("id", filter=Q(state__in=Write.UNSENT)),
    )
    return Figures(changes or 0, **counts)


def chart_of_period(workspaces: Sequence[Workspace], length: timedelta, now: datetime) -> Chart:
    """Changes and failed records per hour or day of the period, in the zone of `now`; one query."""
    unit, starts = slots(now, length)
    trunc = TruncHour if unit == "hour" else TruncDay
    streams = RunStream.objects.filter(run__connection__workspace__in=workspaces, run__created_at__gte=starts[0])
    rows = (
        streams.order_by()
        .values(start=trunc("run__created_at", tzinfo=now.tzinfo))
        .annotate(brought=Sum(F("added") + F("changed") + F("removed")), lost=Sum("failed"))
    )
    # By instant, not by wall clock. The hour that comes twice in autumn is counted by the database as one.
    counts = {row["start"].timestamp(): (row["brought"], row["lost"]) for row in rows}
    return chart_of(unit, starts, counts)


def _runs(workspaces: Sequence[Workspace], since: datetime) -> QuerySet[SyncRun]:
    return SyncRun.objects.filter(connection__workspace__in=workspaces, created_at__gte=since)


def _brought_changes() -> Exists:
    changed = Q(added__gt=0) | Q(changed__gt=0) | Q(removed__gt=0)
    return Exists(RunStream.objects.filter(changed, run=OuterRef("pk")))


def counts_of(workspaces: Sequence[Workspace], since: datetime) -> dict[str, int]:
    """How many runs each choice of the log would show, in one query."""
    found = _runs(workspaces, since).annotate(has_changes=_brought_changes())
    return found.aggregate(
        all=Count("pk"),
        changes=Count("pk", filter=Q(has_changes=True)),
        partly=Count("pk", filter=Q(state=SyncRun.State.PARTIAL)),
        failed=Count("pk", filter=Q(state=SyncRun.State.FAILED)),
    )


def runs_page(workspaces: Sequence[Workspace], filters: LogFilters, now: datetime) -> RunPage:
    """The runs of a period, in two queries whatever the depth: by id from a place on, never OFFSET."""
    found = _runs(workspaces, filters.since(now))
    if filters.show == "changes":
        found = found.filter(_brought_changes())
    elif filters.show:
        states = {"partly": SyncRun.State.PARTIAL, "failed": SyncRun.State.FAILED}
        found = found.filter(state=states[filters.show])
    if filters.before:
        found = found.filter(pk__lt=filters.before)
    runs = list(found.select_related("connection").order_by("-id")[: PAGE_SIZE + 1])
    rows = rows_of(runs[:PAGE_SIZE], workspaces, now)
    return RunPage(rows, rows[-1].run.pk if len(runs) > PAGE_SIZE else None)


def rows_of(runs: Sequence[SyncRun], workspaces: Sequence[Workspace], now: datetime) -> list[RunRow]:
    """Lines of the table for these runs; one query for all of their streams."""
    places = {workspace.pk: workspace for workspace in workspaces}
    by_run: dict[int, list[RunStream]] = defaultdict(list)
    for stream in RunStream.objects.filter(run__in=runs).defer("places", "detail"):
        by_run[stream.run_id].append(stream)
    return [_row(run, places[run.connection.workspace_id], by_run[run.pk], now) for run in runs]


def _row(run: SyncRun, workspace: Workspace, streams: list[RunStream], now: datetime) -> RunRow:
    for stream in streams:
        stream.run = run
    failed = sum(stream.failed for stream in streams)
    return RunRow(
        run=run,
        workspace=workspace,
        badge=run_status.badge_of(run, failed, now),
        cells=run_status.cells_of(streams),
        failed=failed,
        time=run_status.time_words(run, now),
    )
