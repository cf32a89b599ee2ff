"""The work that the clock, the broker and the command line start: one slice of a run, whatever is due."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from integrations.sync import forecasts, health, leases, outbox, planner, pruning, registry, runs
from integrations.sync.models import OutboxWrite, Pulse, RunStream, StreamCursor, SyncRun, SyncSchedule
from integrations.sync.ports import AuthLost, Lane
from integrations.sync.runner import Paused, advance, at_work
from integrations.workspace.models import Workspace

log = structlog.get_logger(__name__)


def start_run(
    workspace: Workspace, *, trigger: str, kind: str | None = None, actor_id: int | None = None
) -> tuple[SyncRun, bool]:
    """The active run of a workspace, started now unless one is under way. Returns (run, whether it is new)."""
    schedule, _ = SyncSchedule.objects.get_or_create(workspace=workspace)
    now = timezone.now()
    kind = kind or planner.next_kind(last_full_at=schedule.last_full_at, now=now)
    forecast = forecasts.forecast(workspace.pk, kind=kind, now=now)
    states = dict(StreamCursor.objects.filter(workspace=workspace).values_list("stream", "state"))
    try:
        with transaction.atomic():
            run = SyncRun.objects.create(
                workspace=workspace, kind=kind, trigger=trigger, requested_by_id=actor_id, forecast=forecast
            )
            RunStream.objects.bulk_create(
                RunStream(run=run, stream=stream.key, position=position, by_contact=stream.by_contact)
                for position, stream in enumerate(planner.streams_of(kind, states))
            )
    except IntegrityError:
        # Another click or tick was first; its run is as good as ours.
        return SyncRun.objects.active().get(workspace=workspace), False
    return run, True


def advance_run(
    run_id: int, *, seconds: float | None = None, after_step: Callable[[], None] = lambda: None
) -> bool:
    """Work on a run for a slice of time. True when it needs nothing more from this caller now."""
    owner = leases.owner_name()
    run = leases.claim(run_id, owner, timezone.now())
    if run is None:
        return True
    slice_length = seconds if seconds is not None else settings.SYNC_SLICE_SECONDS
    try:
        reader = registry.provider(run.workspace.provider).reader(run.workspace_id, Lane.SWEEP)
    except AuthLost as error:
        runs.end(run, state=SyncRun.State.FAILED, now=timezone.now(), reason=str(error), detail=error.detail)
        return True
    with at_work(run, owner=owner, reader=reader, clock=timezone.now) as work:
        try:
            return advance(work, until=timezone.now() + timedelta(seconds=slice_length), after_step=after_step)
        except Paused as pause:
            log.info("run paused", run=run_id, until=pause.until.isoformat())
            return True
        except leases.LeaseLost:
            log.info("run taken over", run=run_id)
            return True


def start_due_runs(now: datetime) -> list[int]:
    """Start a run for every workspace whose time has come; returns the ids of the new runs.

    A connection that needs a person is left alone until it has one: failing every few minutes would bury the log.
    """
    due = list(SyncSchedule.objects.due(now).select_related("workspace"))
    statuses = health.connection_statuses([schedule.workspace for schedule in due]) if due else {}
    usable = {pk for pk, status in statuses.items() if status.is_usable}
    started = []
    for schedule in due:
        if schedule.workspace_id not in usable:
            continue
        run, is_new = start_run(schedule.workspace, trigger=SyncRun.Trigger.SCHEDULE)
        if is_new:
            started.append(run.pk)
    return started


def deliver_until_settled(write_id: int, *, poll: float = 0.05) -> None:
    """Deliver one wish in the foreground, waiting out its retries; a worker may well be the one to do it."""
    while OutboxWrite.objects.open().filter(pk=write_id).exists():
        if not outbox.deliver(write_id):
            time.sleep(poll)


def due_work(now: datetime) -> tuple[list[int], list[int]]:
    """What a tick should ring for: (ids of runs nobody works on, ids of writes that are due)."""
    Pulse.objects.update_or_create(name="tick", defaults={"at": now})
    outbox.requeue_abandoned(now)
    pruning.prune_hourly(now)
    start_due_runs(now)
    runs = list(SyncRun.objects.claimable(now).order_by("created_at").values_list("pk", flat=True))
    writes = list(OutboxWrite.objects.due(now).values_list("pk", flat=True)[:100])
    return runs, writes


def work_until_idle(*, timeout: float, poll: float = 0.1) -> tuple[dict[str, int], bool]:
    """Do everything that is due in the foreground. Returns (counts, whether everything was done in time).

    A wish still in its undo window is waited for; a run that is paused until tomorrow is not.
    """
    deadline = time.monotonic() + timeout
    done = {"runs": 0, "writes": 0}
    while time.monotonic() < deadline:
        now = timezone.now()
        runs, writes = due_work(now)
        for write_id in writes:
            done["writes"] += bool(outbox.deliver(write_id))
        for run_id in runs:
            advance_run(run_id, seconds=max(0.0, deadline - time.monotonic()))
            done["runs"] += 1
        if not runs and not writes:
            if not OutboxWrite.objects.open().exists():
                return done, True
            time.sleep(poll)
    return done, False
