"""How much of each listing a run reads: all of it, or what changed since the newest change that was seen."""

from datetime import datetime

from integrations.connections import registry
from integrations.connections.models import Connection
from integrations.sync import planner
from integrations.sync.models import RunStream, StreamCursor, SyncRun


def changed_since(run: SyncRun) -> dict[str, datetime]:
    """From when on streams are read, by key; one that is not in it is read whole."""
    wanted = by_change(run.connection, run.kind, run.trigger, run.created_at)
    cursors = StreamCursor.objects.filter(connection=run.connection_id, stream__in=wanted)
    found = ((key, planner.changed_since(at)) for key, at in cursors.values_list("stream", "watermark"))
    return {key: since for key, since in found if since}


def by_change(connection: Connection, kind: str, trigger: str, now: datetime) -> frozenset[str]:
    """The streams of which a run of this kind reads only what changed, once they were read."""
    proved = _proved(connection.pk) if kind == SyncRun.Kind.FULL else frozenset()
    day = now.toordinal() + connection.pk  # accounts take turns
    return frozenset(
        key
        for key, stream in registry.streams(connection.provider).items()
        if not planner.reads_whole(stream, kind, trigger, day=day, is_proved=key in proved)
    )


def _proved(connection_id: int) -> frozenset[str]:
    """The streams that the full run before read to the end, and that no reconnect has opened anew since."""
    full = SyncRun.objects.filter(connection=connection_id, kind=SyncRun.Kind.FULL).exclude(ended_at=None)
    last = full.order_by("-pk").values_list("pk", flat=True).first()
    read = RunStream.objects.filter(run=last, state=RunStream.State.DONE)
    allowed = StreamCursor.objects.filter(connection=connection_id, state=StreamCursor.State.ALLOWED)
    return frozenset(read.filter(stream__in=allowed.values("stream")).values_list("stream", flat=True))
