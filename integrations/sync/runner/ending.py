"""How a stream ends: read to the end, refused, or failed with a reason."""

from integrations.connections.ports import SyncError
from integrations.sync import slices
from integrations.sync.models import RunStream, SeenRecord, StreamCursor
from integrations.sync.runner.work import Work

State = RunStream.State


def finish(work: Work, stream: RunStream) -> None:
    """Close a stream that was read to its end; with a reason noted on the way it counts as failed."""
    with work.commit(stream):
        stream.state = State.FAILED if stream.reason else State.DONE
        allowed = StreamCursor.State.FALLBACK if has_fallen_back(work, stream) else StreamCursor.State.ALLOWED
        _remember(work, stream, allowed)
    slices.delete(SeenRecord.objects.filter(run=work.run, stream=stream.stream))


def refuse(work: Work, stream: RunStream, error: SyncError) -> None:
    """The provider does not let us read this listing: go contact by contact where that works, else give it up."""
    work.forget(stream)
    with work.commit(stream):
        if work.streams[stream.stream].falls_back and not stream.by_contact:
            stream.by_contact, stream.total = True, None
            return
        stream.state, stream.reason, stream.detail = State.REFUSED, str(error), error.detail
        _remember(work, stream, StreamCursor.State.REFUSED)


def fail(work: Work, stream: RunStream, error: SyncError) -> None:
    """Give this stream up for this run; the others go on."""
    work.forget(stream)
    with work.commit(stream):
        stream.state, stream.reason, stream.detail = State.FAILED, str(error), error.detail


def has_fallen_back(work: Work, stream: RunStream) -> bool:
    """Whether the stream has a listing that was refused, so that it is read contact by contact."""
    return stream.by_contact and not work.streams[stream.stream].by_contact


def _remember(work: Work, stream: RunStream, state: str) -> None:
    """Keep what outlives the run: whether the stream is allowed, and the newest change seen."""
    cursor, _ = StreamCursor.objects.get_or_create(connection=work.run.connection, stream=stream.stream)
    cursor.state, cursor.reason = state, stream.reason
    if stream.state == State.DONE and stream.newest:
        newest = max(filter(None, (cursor.watermark, stream.newest)))
        # One record dated ahead of its time would otherwise hide every later change. A clock of ours that is
        # late only makes the next run read a little twice.
        cursor.watermark = min(newest, work.started_at)
    # Nothing else: an admin may have switched the stream off meanwhile.
    cursor.save(update_fields=["state", "reason", "watermark", "updated_at"])
