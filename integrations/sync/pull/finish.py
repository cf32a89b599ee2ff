"""How a stream ends: read to the end, refused, or failed with a reason."""

from integrations.connections.ports import SyncError
from integrations.sync import batching
from integrations.sync.models import RunStream, SeenRecord, StreamCursor
from integrations.sync.pull.context import RunContext

State = RunStream.State


def finish(context: RunContext, stream: RunStream) -> None:
    """Close a stream that was read to its end; with a reason noted on the way it counts as failed."""
    with context.commit(stream):
        stream.state = State.FAILED if stream.reason else State.DONE
        allowed = StreamCursor.State.FALLBACK if has_fallen_back(context, stream) else StreamCursor.State.ALLOWED
        _remember(context, stream, allowed)
    batching.delete(SeenRecord.objects.filter(run=context.run, stream=stream.stream))


def refuse(context: RunContext, stream: RunStream, error: SyncError) -> None:
    """The provider does not let us read this listing: go contact by contact where that works, else give it up."""
    context.forget(stream)
    with context.commit(stream):
        if context.streams[stream.stream].falls_back and not stream.by_contact:
            stream.by_contact, stream.total = True, None
            return
        stream.state, stream.reason, stream.detail = State.REFUSED, str(error), error.detail
        _remember(context, stream, StreamCursor.State.REFUSED)


def fail(context: RunContext, stream: RunStream, error: SyncError) -> None:
    """Give this stream up for this run; the others go on."""
    context.forget(stream)
    with context.commit(stream):
        stream.state, stream.reason, stream.detail = State.FAILED, str(error), error.detail


def has_fallen_back(context: RunContext, stream: RunStream) -> bool:
    """Whether the stream has a listing that was refused, so that it is read contact by contact."""
    return stream.by_contact and not context.streams[stream.stream].by_contact


def _remember(context: RunContext, stream: RunStream, state: str) -> None:
    """Keep what outlives the run: whether the stream is allowed, and the newest change seen."""
    cursor, _ = StreamCursor.objects.get_or_create(connection=context.run.connection, stream=stream.stream)
    cursor.state, cursor.reason = state, stream.reason
    if stream.state == State.DONE and stream.newest:
        newest = max(filter(None, (cursor.watermark, stream.newest)))
        # One record dated ahead of its time would otherwise hide every later change. A clock of ours that is
        # late only makes the next run read a little twice.
        cursor.watermark = min(newest, context.started_at)
    # Nothing else: an admin may have switched the stream off meanwhile.
    cursor.save(update_fields=["state", "reason", "watermark", "updated_at"])
