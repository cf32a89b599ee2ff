"""The loop of a run: one step after the other, until it ends, pauses, or its time slice is over."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache

import structlog
from django.db import DatabaseError, transaction
from django.db.models import BigIntegerField

from integrations.connections import registry
from integrations.connections.ports import AuthLost, NotPermitted, Permanent, RateLimited, SyncError
from integrations.prepared import Param, Prepared
from integrations.sync import planner, queue, runs
from integrations.sync.models import RunStream, StreamCursor, SyncRun, SyncSchedule
from integrations.sync.pull import finish, listing, per_contact
from integrations.sync.pull.context import RunContext
from integrations.sync.reconcile import refresh_passed

log = structlog.get_logger(__name__)


class Paused(Exception):
    """The budget is spent; the run goes on by itself at `until`."""

    def __init__(self, until: datetime, reason: str) -> None:
        super().__init__(reason)
        self.until = until


def advance(
    context: RunContext, *, until: datetime | None = None, after_step: Callable[[], None] = lambda: None
) -> bool:
    """Carry the run on. True when it has ended, False when the time given was used up.

    Raises LeaseLost when another worker has taken over, Paused when the provider's budget is spent.
    """
    while True:
        streams = _unsettled(context.run)
        if not streams:
            _close(context)
            return True
        # What an admin has switched off since is waited for no more.
        wanted = {stream.stream for stream in streams}
        context.pages = {key: page for key, page in context.pages.items() if key[0] in wanted}
        stream = listing.next_of(context, streams)
        try:
            step(context, stream)
        except AuthLost as error:
            _end(context, SyncRun.State.FAILED, str(error), error.detail)
            return True
        after_step()
        if until and context.clock() >= until:
            context.is_closing = True
        if context.is_closing and not context.pages and context.ahead is None:
            return False


def _unsettled(run: SyncRun) -> list[RunStream]:
    streams = _unsettled_of()(run=run.pk)
    for stream in streams:
        stream.run = run
    return streams


@cache
def _unsettled_of() -> Prepared[RunStream]:
    """Asked before every step."""
    streams = RunStream.objects.filter(run=Param("run", BigIntegerField()))
    return Prepared(streams.exclude(state__in=runs.SETTLED))


def step(context: RunContext, stream: RunStream) -> None:
    """One batch of one stream; what an error means for the stream is decided here and nowhere else."""
    if context.ahead and context.ahead.stream != stream.stream:
        context.ahead = None  # the stream it belonged to has ended otherwise
    try:
        if stream.by_contact:
            per_contact.step(context, stream)
        else:
            listing.step(context, stream)
    except RateLimited as error:
        raise _pause(context, error) from error
    except NotPermitted as error:
        stream.refresh_from_db()
        finish.refuse(context, stream, error)
    except AuthLost:
        raise
    except SyncError as error:
        stream.refresh_from_db()
        finish.fail(context, stream, error)
    except (queue.LeaseLost, DatabaseError):
        raise  # not about this stream: the next worker takes the run up where it stands
    except Exception as error:
        # Without this the run would be claimed again every few seconds, for ever, and never say why.
        log.exception("step failed", run=context.run.pk, stream=stream.stream)
        stream.refresh_from_db()
        finish.fail(
            context, stream, Permanent("An internal error stopped this stream.", detail=type(error).__name__)
        )


def _pause(context: RunContext, error: RateLimited) -> Paused:
    until = context.clock() + timedelta(seconds=max(error.retry_after, 1))
    SyncRun.objects.filter(pk=context.run.pk).update(not_before=until, reason=str(error))
    return Paused(until, str(error))


def _close(context: RunContext) -> None:
    """End the run as its streams ended, and set the time of the next one."""
    streams = list(context.run.streams.all())
    state = planner.outcome(((stream.stream, stream.state) for stream in streams), _required(context))
    reason = " ".join(filter(None, dict.fromkeys([*(stream.reason for stream in streams), _clocks(context)])))
    # Together: a worker that is killed in between would leave a run that has ended and is remembered by nobody.
    has_failed = any(stream.state == RunStream.State.FAILED for stream in streams)
    with transaction.atomic():
        _end(context, state, reason)
        if state != SyncRun.State.FAILED:
            _remember(context, has_failed)
        elif not has_failed:
            _put_off_full(context)


def _clocks(context: RunContext) -> str:
    """What a clock over there that is not ours means; "" where both agree."""
    offset = timedelta(seconds=round(context.reader.clock_offset))
    if abs(offset) <= planner.OVERLAP:
        return ""
    side = "ahead of" if offset > timedelta() else "behind"
    name = registry.provider(context.run.connection.provider).name
    return (
        f"The clock of {name} is {_spelled(abs(offset))} {side} this server's. "
        "Only the next full sync is sure to find what changed in that time."
    )


def _spelled(span: timedelta) -> str:
    for name, length in (("days", timedelta(days=1)), ("hours", timedelta(hours=1))):
        if span >= 2 * length:
            return f"{round(span / length)} {name}"
    return f"{round(span / timedelta(minutes=1))} minutes"


def _remember(context: RunContext, failed_in_part: bool) -> None:
    """Note when the connection was last read, and bring "last activity" level with what has come to pass."""
    now = context.clock()
    schedule = SyncSchedule.objects.filter(connection=context.run.connection_id).first()
    if schedule is None:
        return
    # From the start of this run on: what passed while it went on had not when it was written.
    since = min(filter(None, (schedule.last_synced_at, context.started_at)))
    refresh_passed(context.run.connection_id, since, now)
    synced = {"last_synced_at": now}
    if _has_reopened(context):
        synced["next_at"] = now
    elif context.run.kind == SyncRun.Kind.FULL:
        # What failed is read whole again in an hour; at once and every time would spend the day's budget on it.
        back = planner.FULL_EVERY - planner.RETRY_FULL_AFTER if failed_in_part else timedelta()
        synced["last_full_at"] = context.started_at - back
    SyncSchedule.objects.filter(pk=schedule.pk).update(**synced)


def _put_off_full(context: RunContext) -> None:
    """What the rest hangs on is refused and stays so for now: reading everything again at once changes nothing."""
    if context.run.kind == SyncRun.Kind.FULL:
        schedule = SyncSchedule.objects.filter(connection=context.run.connection_id)
        schedule.update(last_full_at=context.started_at)


def _has_reopened(context: RunContext) -> bool:
    """Whether a reconnect, or an admin's switch, asked during this run for streams that it had given up already:
    all of them are read by another full run, at once."""
    cursors = StreamCursor.objects.filter(connection=context.run.connection_id, is_on=True)
    return cursors.filter(state=StreamCursor.State.UNKNOWN, updated_at__gt=context.started_at).exists()


def _required(context: RunContext) -> set[str]:
    return {key for key, stream in context.streams.items() if stream.required}


def _end(context: RunContext, state: str, reason: str, detail: str = "") -> None:
    with transaction.atomic():
        runs.renew(context.run.pk, context.owner, context.clock())
        runs.end(context.run, state=state, now=context.clock(), reason=reason, detail=detail)
    context.run.refresh_from_db()
