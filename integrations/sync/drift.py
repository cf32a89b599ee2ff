"""Which changes a webhook announced: whatever reading brings to light is counted as announced or as drift.

A change is announced when a hint about that very record has arrived and is not read yet, or is being read now: the
hint's row goes once it was read, so an old hint never excuses a new change.
"""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import F

from integrations.activity.kinds import MODELS
from integrations.activity.models import RemoteObject
from integrations.connections import registry
from integrations.connections.models import Connection
from integrations.sync.models import DriftDay, FetchRequest, StreamCursor, Write

# How long after a write of ours its traces may still come to light.
OURS = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Tally:
    """Changes with and without a webhook."""

    announced: int = 0
    unannounced: int = 0


def attribute(changed: Iterable[str], announced: Container[str]) -> Tally:
    """Divide the ids of changed records by whether they were announced; pure."""
    told = [remote_id in announced for remote_id in set(changed)]
    return Tally(sum(told), len(told) - sum(told))


def is_judged(connection: Connection, stream: str) -> bool:
    """Whether changes of a stream say something about webhooks: it has some, and was read before.

    What the first reading brings was never announced; it is no drift.
    """
    read = (StreamCursor.State.ALLOWED, StreamCursor.State.FALLBACK)
    cursors = StreamCursor.objects.filter(connection=connection, stream=stream, state__in=read)
    spec = registry.streams(connection.provider).get(stream)
    return spec is not None and spec.is_announced and cursors.exists()


def announced(connection_id: int, stream: str, ids: Iterable[str]) -> set[str]:
    """Those of the ids that a hint is waiting for."""
    hinted = FetchRequest.objects.filter(connection=connection_id, stream=stream, remote_id__in=ids)
    return set(hinted.exclude(hinted_at=None).values_list("remote_id", flat=True))


def count(connection_id: int, stream: str, changed: Sequence[str], now: datetime) -> Tally:
    """Add changes of a judged stream to their day. Call it in the transaction that stores them.

    What we wrote ourselves is left out: a change of ours need not be told to us.
    """
    theirs = set(changed) - _ours(connection_id, stream, changed, now)
    told = announced(connection_id, stream, theirs)
    tally = attribute(theirs, told)
    if told:
        # A hint that could not be followed stays: it announced this change, and none after it.
        given_up = FetchRequest.objects.filter(connection=connection_id, stream=stream, remote_id__in=told)
        given_up.exclude(failed_at=None).update(hinted_at=None)
    if tally != Tally():
        zone = Connection.objects.values_list("workspace__timezone", flat=True).get(pk=connection_id)
        day, _ = DriftDay.objects.get_or_create(
            connection_id=connection_id, day=now.astimezone(ZoneInfo(zone)).date()
        )
        DriftDay.objects.filter(pk=day.pk).update(
            announced=F("announced") + tally.announced, unannounced=F("unannounced") + tally.unannounced
        )
    return tally


def names_of(model: type[RemoteObject], pks: Sequence[int]) -> list[str]:
    """The remote ids of rows that are still present: those that a removal is about to change."""
    if not pks:
        return []
    return list(model._default_manager.filter(pk__in=pks, deleted_at=None).values_list("remote_id", flat=True))


def _ours(connection_id: int, stream: str, ids: Iterable[str], now: datetime) -> set[str]:
    kind = MODELS[stream]._meta.model_name
    sent = Write.objects.filter(connection=connection_id, kind=kind, remote_id__in=ids, sent_at__gte=now - OURS)
    return set(sent.values_list("remote_id", flat=True))
