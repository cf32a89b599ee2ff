"""After a complete listing: whatever is cached but was not shown is asked for directly, and only then removed."""

from django.db.models import Exists, OuterRef

from integrations.activity.kinds import MODELS
from integrations.activity.models import RemoteObject
from integrations.connections.ports import Absent, AuthLost, RateLimited, SyncError
from integrations.sync import drift, planner
from integrations.sync.models import RunStream, SeenRecord
from integrations.sync.reconcile import apply, prepare, record_failures, remove
from integrations.sync.runner import ending
from integrations.sync.runner.work import Work, unanswered


def step(work: Work, stream: RunStream) -> None:
    """Ask for the next missing records; finish the stream when none is missing."""
    missing = _missing(work, stream)
    if not missing:
        ending.finish(work, stream)
        return
    answers = work.readers.gather(
        lambda row: work.reader.one(stream.stream, row.remote_id, getattr(row, "contact_remote_id", "")), missing
    )
    for answer in answers:
        if isinstance(answer, AuthLost | RateLimited):
            raise answer
    with work.commit(stream) as counters:
        gone = [row.pk for row, answer in zip(missing, answers, strict=True) if isinstance(answer, Absent)]
        alive = [answer for answer in answers if not isinstance(answer, SyncError)]
        counters.news += drift.names_of(MODELS[stream.stream], gone)
        counters.removed += remove(MODELS[stream.stream], gone, work.clock())
        applied, _ = apply(work.batch(stream), prepare(alive))
        counters.changed += applied.changed
        counters.news += applied.news
        kept = unanswered(missing, answers)
        record_failures(work.batch(stream), kept)
        counters.failed += len(kept)
    # Those that answered, or could not be asked, are settled for this run and stay.
    work.see(stream, [row.remote_id for row in missing])


def _missing(work: Work, stream: RunStream) -> list[RemoteObject]:
    seen = SeenRecord.objects.filter(run=work.run, stream=stream.stream, remote_id=OuterRef("remote_id"))
    rows = MODELS[stream.stream]._default_manager.filter(
        ~Exists(seen), connection=work.run.connection_id, deleted_at=None, fetched_at__lt=work.started_at
    )
    return list(rows.order_by("pk")[: planner.BATCH_OF_CONTACTS])
