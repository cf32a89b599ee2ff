"""Ends runs: whoever ends one, a worker or a person, leaves the same things in order behind it."""

from datetime import datetime, timedelta

from django.db import transaction

from integrations.sync.models import RunStream, SeenRecord, SyncRun, SyncSchedule

SETTLED = (RunStream.State.DONE, RunStream.State.REFUSED, RunStream.State.FAILED)


@transaction.atomic
def end(run: SyncRun, *, state: str, now: datetime, reason: str = "", detail: str = "") -> bool:
    """Close an active run and set the time of the next one. False when it had ended already.

    Setting that time belongs here: a run that was stopped or failed must not start again with the next tick.
    """
    ended = SyncRun.objects.active().filter(pk=run.pk)
    if (
        ended.update(state=state, ended_at=now, reason=reason, detail=detail, lease_owner="", lease_until=None)
        != 1
    ):
        return False
    run.streams.exclude(state__in=SETTLED).update(state=RunStream.State.FAILED, reason=reason)
    SeenRecord.objects.filter(run=run).delete()
    for schedule in SyncSchedule.objects.filter(workspace=run.workspace_id):
        schedule.next_at = now + timedelta(seconds=schedule.interval_seconds)
        schedule.save(update_fields=["next_at"])
    return True
