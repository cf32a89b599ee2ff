"""The life of a run: taken by a worker, kept, given back, and ended with everything in order behind it."""

from datetime import datetime, timedelta
from functools import partial

from django.db import DatabaseError, transaction
from django.db.models import F

from integrations.security.redact import redact
from integrations.sync import batching, queue, statements
from integrations.sync.models import RunStream, SeenRecord, SyncRun, SyncSchedule

# A disk that is full stays so for a while; asking every tick would only fill the log.
PAUSE = timedelta(seconds=5)
# By run: what could not be written down yet. Lost with the process, and then the run counts as resumed.
_unsaid: dict[int, str] = {}
SETTLED = (RunStream.State.DONE, RunStream.State.PARTIAL, RunStream.State.REFUSED, RunStream.State.FAILED)


def claim(run_id: int, owner: str, now: datetime) -> SyncRun | None:
    """Take a run that nobody alive holds; None when another worker was first."""
    taken = SyncRun.objects.filter(pk=run_id).claim(owner, now)
    return SyncRun.objects.select_related("connection").get(pk=run_id) if taken == 1 else None


def renew(run_id: int, owner: str, now: datetime, *, forecast: int | None = None, **counted: int) -> None:
    """Extend the lease, and add what was `counted` since the last time: requests, changes, failed.

    Raises LeaseLost when it is no longer ours, or the run was stopped.
    """
    until = now + queue.length()
    if not statements.renew(run_id, owner, now=now, until=until, forecast=forecast, **counted):
        raise queue.LeaseLost(f"Run {run_id} is no longer held by {owner}.")


def release(run_id: int, owner: str) -> None:
    """Give the run back, so that the next worker need not wait for the lease to expire."""
    SyncRun.objects.held_by(owner).filter(pk=run_id).release()


@transaction.atomic
def end(run: SyncRun, *, state: str, now: datetime, reason: str = "", detail: str = "") -> bool:
    """Close an active run and set the time of the next one. False when it had ended already.

    Setting that time belongs here: a run that was stopped or failed must not start again with the next tick.
    """
    ended = SyncRun.objects.active().filter(pk=run.pk)
    if ended.release(state=state, ended_at=now, reason=reason, detail=detail) != 1:
        return False
    run.streams.exclude(state__in=SETTLED).update(state=RunStream.State.FAILED, reason=reason)
    # Afterwards: of a large account these are many.
    transaction.on_commit(partial(batching.delete, SeenRecord.objects.filter(run=run)))
    for schedule in SyncSchedule.objects.filter(connection=run.connection_id):
        schedule.next_at = now + timedelta(seconds=schedule.interval_seconds)
        schedule.save(update_fields=["next_at"])
    return True


def interrupt(run: SyncRun, error: DatabaseError, *, now: datetime) -> None:
    """Note that our database refused a step. Nothing of it was kept; it is done again after a short pause."""
    words = redact(str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__)
    said = f"The database rejected a step: {words}. The step is repeated automatically."
    try:
        _note(run.pk, said, not_before=now + PAUSE)
    except DatabaseError:
        _unsaid[run.pk] = said


def say_unsaid(run_id: int) -> None:
    """Note an interruption that the database was too full to take; whoever works on the run next does it first."""
    if said := _unsaid.pop(run_id, ""):
        try:
            _note(run_id, said)
        except DatabaseError:
            _unsaid[run_id] = said
            raise


def _note(run_id: int, said: str, **more: datetime) -> None:
    run = SyncRun.objects.active().filter(pk=run_id)
    run.update(interrupted=F("interrupted") + 1, interruption=said, **more)
