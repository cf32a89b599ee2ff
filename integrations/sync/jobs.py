"""The work that the clock, the broker and the command line start: one slice of a run, whatever is due."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import takewhile

import structlog
from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from integrations.connections import registry
from integrations.connections.models import Connection
from integrations.connections.ports import AuthLost, Lane, SyncError
from integrations.sync import (
    health,
    planner,
    pruning,
    queue,
    rolling_refresh,
    runs,
)
from integrations.sync.inbox import process
from integrations.sync.models import FetchRequest, Pulse, RunStream, StreamCursor, SyncRun, SyncSchedule, Write
from integrations.sync.pull import forecast
from integrations.sync.pull.context import at_work
from integrations.sync.pull.parallel import Parallel
from integrations.sync.pull.run_loop import Paused, advance
from integrations.sync.push import outbox

log = structlog.get_logger(__name__)
# A clock that stood still for so long: what was wanted before may have been sent by another copy of the database.
STOPPED = timedelta(minutes=30)
THREADS = 4  # that deliver writes in the foreground


def start_run(
    connection: Connection, *, trigger: str, kind: str | None = None, actor_id: int | None = None
) -> tuple[SyncRun, bool]:
    """The active run of a connection, started now unless one is under way. Returns (run, whether it is new)."""
    schedule, _ = SyncSchedule.objects.get_or_create(connection=connection)
    now = timezone.now()
    kind = kind or planner.next_kind(last_full_at=schedule.last_full_at, now=now)
    cursors = StreamCursor.objects.filter(connection=connection)
    states = dict(cursors.values_list("stream", "state"))
    off = set(cursors.off().values_list("stream", flat=True))
    wanted = planner.streams_of(registry.provider(connection.provider).streams, kind, states, off)
    try:
        with transaction.atomic():
            for stream in wanted if kind == SyncRun.Kind.INCREMENTAL else ():
                if stream.by_contact or states.get(stream.key) == StreamCursor.State.FALLBACK:
                    rolling_refresh.mark_aged(connection, stream.key, now)
            run = SyncRun.objects.create(
                connection=connection, kind=kind, trigger=trigger, requested_by_id=actor_id
            )
            RunStream.objects.bulk_create(
                RunStream(run=run, stream=stream.key, position=position, by_contact=stream.by_contact)
                for position, stream in enumerate(wanted)
            )
    except IntegrityError:
        # Another click or tick was first; its run is as good as ours.
        return SyncRun.objects.active().get(connection=connection), False
    # Counting a large cache takes a while, and must not hold the database's one writer for as long.
    run.forecast = forecast.forecast(connection, kind=kind, trigger=trigger, now=now)
    SyncRun.objects.filter(pk=run.pk, forecast=None).update(forecast=run.forecast)
    return run, True


def advance_run(
    run_id: int,
    *,
    seconds: float | None = None,
    after_step: Callable[[], None] = lambda: None,
    clock: queue.Clock | None = None,
) -> bool:
    """Work on a run for a slice of time. True when it needs nothing more from this caller now."""
    owner, clock = queue.owner_name(), clock or queue.clock()
    run = runs.claim(run_id, owner, clock())
    if run is None:
        return True
    slice_length = seconds if seconds is not None else settings.SYNC_SLICE_SECONDS
    try:
        reader = registry.provider(run.connection.provider).reader(run.connection, Lane.BULK)
    except AuthLost as error:
        runs.end(run, state=SyncRun.State.FAILED, now=timezone.now(), reason=str(error), detail=error.detail)
        return True
    with at_work(run, owner=owner, reader=reader, clock=clock) as context:
        try:
            runs.say_unsaid(run_id)
            return advance(context, until=clock() + timedelta(seconds=slice_length), after_step=after_step)
        except Paused as pause:
            log.info("run paused", run=run_id, until=pause.until.isoformat())
            return True
        except queue.LeaseLost:
            log.info("run taken over", run=run_id)
            return True
        except DatabaseError as error:
            log.exception("the database refused a step", run=run_id)
            runs.interrupt(run, error, now=timezone.now())
            return True


def start_due_runs(now: datetime) -> list[int]:
    """Start a run for every connection whose time has come; returns the ids of the new runs.

    A connection that needs a person is left alone until it has one: failing every few minutes would bury the log.
    Where nothing says for certain that it does, each run tries it with one request.
    One whose sign-in this worker cannot read fails once, so that the log says it: the pages may have other keys.
    """
    due = list(SyncSchedule.objects.due(now).select_related("connection"))
    statuses = health.connection_statuses([schedule.connection for schedule in due]) if due else {}
    reasons = _latest_reasons([pk for pk, status in statuses.items() if status.is_unreadable])
    usable = {
        pk
        for pk, status in statuses.items()
        if status.is_usable or status.may_heal or (status.is_unreadable and reasons[pk] != status.reason)
    }
    started = []
    for schedule in due:
        if schedule.connection_id not in usable:
            continue
        run, is_new = start_run(schedule.connection, trigger=SyncRun.Trigger.SCHEDULE)
        if is_new:
            started.append(run.pk)
    return started


def _latest_reasons(connection_ids: list[int]) -> dict[int, str | None]:
    """Why the latest run of each connection ended, in one query; None where there never was one."""
    if not connection_ids:
        return {}
    latest = SyncRun.objects.filter(connection=OuterRef("pk")).order_by("-pk").values("reason")[:1]
    found = Connection.objects.filter(pk__in=connection_ids).annotate(latest=Subquery(latest))
    return dict(found.values_list("pk", "latest"))


def deliver_until_settled(write_id: int, *, poll: float = 0.05, timeout: float = 60.0) -> None:
    """Deliver one write in the foreground, waiting out its retries; a worker may well be the one to do it.

    What stands before it, of the same record, is delivered first. After `timeout` seconds it is left to the
    workers: it may wait for a person, or for the end of an outage.
    """
    deadline = time.monotonic() + timeout
    while (next_id := _first_of(write_id)) is not None:
        if not outbox.deliver(next_id):
            time.sleep(poll)
        if time.monotonic() >= deadline:
            return


def _first_of(write_id: int) -> int | None:
    """The earliest that has to be delivered before a write is, itself at the latest; None once it is settled."""
    mine = Write.objects.open().filter(pk=write_id)
    same = Q(kind__in=mine.values("kind"), target_id__in=mine.values("target_id"), pk__lt=write_id)
    return Write.objects.open().filter(Q(pk__in=mine) | same).order_by("pk").values_list("pk", flat=True).first()


@dataclass(frozen=True, slots=True)
class Due:
    """What a tick should enqueue: runs nobody works on, writes that are due, connections with requests."""

    runs: list[int]
    writes: list[int]
    fetches: list[int]

    def __bool__(self) -> bool:
        return bool(self.runs or self.writes or self.fetches)


def due_work(now: datetime) -> Due:
    """Bring back what dead workers held, start the runs whose time has come, and tell what waits."""
    _beat(now)
    outbox.requeue_abandoned(now)
    pruning.prune_hourly(now, process.prune)
    start_due_runs(now)
    return Due(
        runs=list(SyncRun.objects.due(now).order_by("created_at").values_list("pk", flat=True)),
        writes=list(Write.objects.due(now).values_list("pk", flat=True)[:100]),
        fetches=list(FetchRequest.objects.due(now).order_by().values_list("connection_id", flat=True).distinct()),
    )


def _beat(now: datetime) -> None:
    """Keep that the clock runs. Where it did not for long, a backup may have been restored meanwhile."""
    last = Pulse.objects.filter(name="tick").values_list("at", flat=True).first()
    if last is not None and now - last > STOPPED:
        outbox.park_old(last, now)
    Pulse.objects.update_or_create(name="tick", defaults={"at": now})


def work_until_idle(*, timeout: float, poll: float = 0.1) -> tuple[dict[str, int], bool]:
    """Do everything that is due in the foreground. Returns (counts, whether everything was done in time); nothing
    is begun after `timeout` seconds.

    A write still in its undo window is waited for; a run that is paused until tomorrow is not.
    """
    deadline = time.monotonic() + timeout
    done = {"runs": 0, "writes": 0, "fetches": 0}
    while time.monotonic() < deadline:
        due = due_work(queue.clock()())
        done["writes"] += sum(side_by_side(partial(_deliver_before, deadline), due.writes))
        for connection_id in takewhile(lambda _: time.monotonic() < deadline, due.fetches):
            done["fetches"] += process.process_due(connection_id)
        for run_id in takewhile(lambda _: time.monotonic() < deadline, due.runs):
            # A slice at a time, as a worker does it: what is wished meanwhile goes out in between.
            seconds = min(settings.SYNC_SLICE_SECONDS, max(0.0, deadline - time.monotonic()))
            done["runs"] += advance_run(run_id, seconds=seconds)
        if not due:
            if not _anything_soon(timezone.now() + timedelta(seconds=deadline - time.monotonic())):
                return done, True
            time.sleep(poll)
    return done, False


def side_by_side[R](act: Callable[[int], R], write_ids: Sequence[int]) -> list[R]:
    """Do it with all of these, several at once as the workers do; one alone needs no thread. What went wrong with
    one of several is logged and left out."""
    if len(write_ids) < 2:
        return [act(one) for one in write_ids]
    pool = Parallel(THREADS, of="writes")
    try:
        return [found for found in pool.gather(act, write_ids) if not isinstance(found, SyncError)]
    finally:
        pool.close()


def _deliver_before(deadline: float, write_id: int) -> bool:
    """Whether it was ours; none is begun after the deadline."""
    return time.monotonic() < deadline and bool(outbox.deliver(write_id))


def _anything_soon(limit: datetime) -> bool:
    """Whether something will be due by then: a write in its undo window, a retry, a run after a short pause."""
    paused = SyncRun.objects.active().filter(Q(not_before=None) | Q(not_before__lte=limit))
    return paused.exists() or Write.objects.open().exists() or FetchRequest.objects.workable().exists()
