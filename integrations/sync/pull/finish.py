"""How a stream ends: read to the end, refused, or failed with a reason."""

from integrations.connections.ports import AuthLost, NotPermitted, SyncError
from integrations.connections.status import Remote
from integrations.sync import batching, planner
from integrations.sync.models import RunStream, SeenRecord, StreamCursor
from integrations.sync.pull.context import RunContext
from integrations.sync.reconcile import failures
from integrations.workspace.models import Workspace

State = RunStream.State
# So many refusals in a row, each by a run of its own, are no accident.
LASTING = 3


def finish(context: RunContext, stream: RunStream) -> None:
    """Close a stream that was read to its end; with a reason noted on the way it counts as failed, unless
    everything was read contact by contact then."""
    with context.commit(stream):
        has_lost = stream.reason and not has_fallen_back(context, stream)
        stream.state = State.FAILED if has_lost else State.DONE
        allowed = StreamCursor.State.FALLBACK if has_fallen_back(context, stream) else StreamCursor.State.ALLOWED
        _remember(context, stream, allowed)
        if stream.state == State.DONE and _was_read_whole(context, stream):
            failures.resolve_before(context.run.pk, context.run.connection_id, stream.stream, context.clock())
    batching.delete(SeenRecord.objects.filter(run=context.run, stream=stream.stream))


def _was_read_whole(context: RunContext, stream: RunStream) -> bool:
    # Contact by contact, a run may leave out those that were read not long ago.
    return not stream.by_contact and planner.reads_everything(context.streams[stream.stream], context.run.kind)


def doubt(context: RunContext, stream: RunStream, reason: str) -> None:
    """Close a stream whose listing ended before it was proved to be at its end: nothing counts as gone by it."""
    context.forget(stream)
    with context.commit(stream):
        stream.state, stream.reason, stream.places = State.PARTIAL, reason, []
        _remember(context, stream, StreamCursor.State.ALLOWED)


def fall_back(context: RunContext, stream: RunStream, reason: str) -> None:
    """Parts of the listing are refused: go on contact by contact where that works."""
    with context.commit(stream):
        stream.by_contact, stream.total = context.streams[stream.stream].falls_back, None
        stream.places, stream.reason = [], reason


def describe(context: RunContext, answer: Remote | SyncError | None) -> None:
    """The workspace is called as the account, and its times are read in its zone. Without an answer both stay."""
    if isinstance(answer, AuthLost):
        raise answer
    if isinstance(answer, Remote):
        said = {"name": answer.name, "timezone": answer.timezone, "country": answer.country}
        Workspace.objects.filter(pk=context.run.connection.workspace_id).exclude(**said).update(**said)


def refuse(context: RunContext, stream: RunStream, error: NotPermitted) -> None:
    """The provider does not let us read this listing: go contact by contact where that works, else give it up.

    A refusal that may pass costs this run the stream; the next one tries again, until it has lasted.
    """
    if not error.is_certain and not _has_lasted(context, stream):
        fail(context, stream, error)
        return
    context.forget(stream)
    with context.commit(stream):
        if context.streams[stream.stream].falls_back and not stream.by_contact:
            stream.by_contact, stream.total = True, None
            return
        stream.state, stream.reason, stream.detail = State.REFUSED, str(error), error.detail
        _remember(context, stream, StreamCursor.State.REFUSED)


def _has_lasted(context: RunContext, stream: RunStream) -> bool:
    """Count this refusal. True when it is one too many."""
    cursor, _ = StreamCursor.objects.get_or_create(connection=context.run.connection, stream=stream.stream)
    cursor.refusals += 1
    cursor.save(update_fields=["refusals"])
    return cursor.refusals >= LASTING


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
    if state != StreamCursor.State.REFUSED:
        cursor.refusals = 0
    # A full run that ended in doubt was one reading all the same: each run of changes would else read all again.
    is_read = stream.state == State.DONE or (stream.state == State.PARTIAL and context.run.kind == "full")
    if is_read and stream.newest:
        newest = max(filter(None, (cursor.watermark, stream.newest)))
        # One record dated ahead of its time would otherwise hide every later change. A clock of ours that is
        # late only makes the next run read a little twice.
        cursor.watermark = min(newest, context.started_at)
    # Nothing else: an admin may have switched the stream off meanwhile.
    cursor.save(update_fields=["state", "reason", "refusals", "watermark", "updated_at"])
