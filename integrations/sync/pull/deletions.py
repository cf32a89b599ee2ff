"""After a complete listing: whatever is cached but was not shown is asked for directly, and only then removed."""

from django.db.models import Exists, OuterRef

from integrations.activity.kinds import MODELS
from integrations.activity.models import RemoteObject
from integrations.connections.ports import Absent, AuthLost, RateLimited, SyncError
from integrations.sync import planner
from integrations.sync.models import RunStream, SeenRecord
from integrations.sync.pull import fetch, finish
from integrations.sync.pull.context import RunContext
from integrations.sync.reconcile import apply, prepare, record_failures


def step(context: RunContext, stream: RunStream) -> None:
    """Ask for the next missing records; finish the stream when none is missing."""
    missing = _missing(context, stream)
    if not missing:
        finish.finish(context, stream)
        return
    answers = fetch.each(context.readers, context.reader, stream.stream, missing)
    for answer in answers:
        if isinstance(answer, AuthLost | RateLimited):
            raise answer
    with context.commit(stream) as counters:
        gone = [row.pk for row, answer in zip(missing, answers, strict=True) if isinstance(answer, Absent)]
        alive = [answer for answer in answers if not isinstance(answer, SyncError)]
        context.remove(stream, counters, gone)
        applied, _ = apply(context.batch(stream), prepare(alive))
        counters.changed += applied.changed
        counters.notifiable += applied.notifiable
        kept = fetch.unanswered(missing, answers)
        record_failures(context.batch(stream), kept)
        counters.failed += len(kept)
    # Those that answered, or could not be asked, are settled for this run and stay.
    context.see(stream, [row.remote_id for row in missing])


def _missing(context: RunContext, stream: RunStream) -> list[RemoteObject]:
    seen = SeenRecord.objects.filter(run=context.run, stream=stream.stream, remote_id=OuterRef("remote_id"))
    rows = MODELS[stream.stream]._default_manager.filter(
        ~Exists(seen), connection=context.run.connection_id, deleted_at=None, fetched_at__lt=context.started_at
    )
    return list(rows.order_by("pk")[: planner.BATCH_OF_CONTACTS])
