"""What could not be read or stored, with its reason, until a later reading succeeds or shows it to be gone."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache

from django.db.models import BigIntegerField, CharField

from integrations.activity.models import Contact
from integrations.activity.records import BadRecord
from integrations.prepared import Param, Prepared
from integrations.security.redact import redact
from integrations.sync.models import RecordFailure
from integrations.sync.reconcile.batch import Batch


def record_failures(batch: Batch, bad: Sequence[BadRecord]) -> None:
    """Keep what could not be understood: its id and the reason, never its content."""
    if not batch.run_id or not bad:
        return
    # Of one record only the latest failure is open.
    named = [item.remote_id[:128] for item in bad if item.remote_id]
    unnamed = [item.contact_remote_id[:128] for item in bad if not item.remote_id]
    resolve(batch.connection.pk, batch.stream, named, batch.now)
    resolve_of_contacts(batch.connection.pk, [batch.stream], unnamed, batch.now, only_listings=True)
    RecordFailure.objects.bulk_create(
        [
            RecordFailure(
                run_id=batch.run_id,
                connection_id=batch.connection.pk,
                stream=batch.stream,
                remote_id=item.remote_id[:128],
                contact_remote_id=item.contact_remote_id[:128],
                reason=redact(item.reason),
                detail=redact(item.detail),
                created_at=batch.now,
            )
            for item in bad
        ],
        update_conflicts=True,
        unique_fields=["run", "stream", "remote_id", "contact_remote_id"],
        update_fields=["reason", "detail", "resolved_at"],
    )


def resolve(connection_id: int, stream: str, remote_ids: Collection[str], now: datetime) -> None:
    """These were read, or are known to be gone. One query where nothing was open, as nearly always."""
    if remote_ids and _any_open()(connection=connection_id, stream=stream):
        found = RecordFailure.objects.open().filter(connection=connection_id, stream=stream)
        found.filter(remote_id__in=remote_ids).update(resolved_at=now)


def resolve_of_contacts(
    connection_id: int,
    streams: Collection[str],
    contact_ids: Collection[str],
    now: datetime,
    *,
    only_listings: bool = False,
) -> None:
    """All that these contacts have in the streams was read, or only listed: then what is bad in a listing stays.

    One query where nothing was open.
    """
    if not contact_ids or not _any_open_at_all()(connection=connection_id):
        return
    theirs = RecordFailure.objects.open().filter(connection=connection_id, stream__in=streams)
    if only_listings:
        theirs = theirs.filter(remote_id="")
    theirs.filter(contact_remote_id__in=contact_ids).update(resolved_at=now)


def resolve_of_removed(contact_keys: Collection[int], now: datetime) -> None:
    """Contacts are gone, and with them whatever could not be read of them."""
    for connection_id, remote_ids in _by_connection(contact_keys).items():
        theirs = RecordFailure.objects.open().filter(connection=connection_id, contact_remote_id__in=remote_ids)
        theirs.update(resolved_at=now)


def resolve_before(run_id: int, connection_id: int, stream: str, now: datetime) -> None:
    """A run has read all of a stream: what failed earlier and did not fail again was read, or is gone."""
    earlier = RecordFailure.objects.open().filter(connection=connection_id, stream=stream, run__lt=run_id)
    earlier.update(resolved_at=now)


def _by_connection(contact_keys: Collection[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for connection_id, remote_id in Contact.objects.filter(pk__in=contact_keys).values_list(
        "connection_id", "remote_id"
    ):
        found[connection_id].append(remote_id)
    return found


@cache
def _any_open_at_all() -> Prepared[tuple[int]]:
    found = RecordFailure.objects.open().filter(connection=Param("connection", BigIntegerField()))
    return Prepared(found.order_by("-id").values_list("pk")[:1], is_planned_anew=True)


@cache
def _any_open() -> Prepared[tuple[int]]:
    of_stream = {"connection": Param("connection", BigIntegerField()), "stream": Param("stream", CharField())}
    return Prepared(RecordFailure.objects.open().filter(**of_stream).order_by().values_list("pk")[:1])
