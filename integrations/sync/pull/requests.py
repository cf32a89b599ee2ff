"""The rows that say what is to be read out of turn: asked for, claimed, let go, or given up with the reason."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from integrations.activity.models import Contact
from integrations.connections import registry
from integrations.connections.ports import Lane, NotPermitted, SyncError
from integrations.connections.receiving import EVENT
from integrations.sync import queue, rolling_refresh
from integrations.sync.models import FetchRequest, InboundEvent, RecordFailure
from integrations.sync.reconcile import failures
from integrations.sync.reconcile.batch import keys_of
from integrations.sync.statements import contacts_read

AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Hint:
    """One thing to be read again because the provider hinted at it."""

    connection_id: int
    stream: str
    remote_id: str
    contact_remote_id: str = ""
    words: str = ""


def ask(
    *,
    connection_id: int,
    stream: str,
    remote_id: str,
    now: datetime,
    contact_remote_id: str = "",
    words: str = "",
    with_children: bool = False,
    lane: Lane = Lane.WEBHOOK,
) -> None:
    """Note that something is to be read again. Asking twice for what has not been read yet is one request."""
    row = FetchRequest(
        connection_id=connection_id,
        stream=stream,
        remote_id=remote_id,
        contact_remote_id=contact_remote_id,
        words=words,
        with_children=with_children,
        lane=lane,
        hinted_at=now if lane == Lane.WEBHOOK else None,
        asked_at=now,
        not_before=now,
    )
    # Who asks for less must not take the children, the person's lane or a known contact off an earlier request.
    kept = {
        "with_children": with_children,
        "lane": lane == Lane.PERSON,
        "hinted_at": lane == Lane.WEBHOOK,
        "contact_remote_id": contact_remote_id,
    }
    _note([row], [name for name, is_said in kept.items() if is_said])


def ask_all(hints: Iterable[Hint], now: datetime) -> int:
    """The same for many things that the provider hinted at, as few statements as can be. Returns how many."""
    rows: dict[tuple[int, str, str], FetchRequest] = {}
    # Sorted: of two hints at one thing, the one that knows its contact comes last and stays.
    for hint in sorted(hints, key=lambda hint: hint.contact_remote_id):
        known = asdict(hint) | {"asked_at": now, "not_before": now, "hinted_at": now}
        rows[hint.connection_id, hint.stream, hint.remote_id] = FetchRequest(**known)
    _note([row for row in rows.values() if row.contact_remote_id], ["contact_remote_id", "hinted_at"])
    _note([row for row in rows.values() if not row.contact_remote_id], ["hinted_at"])
    return len(rows)


def ask_for_failed(failed: Iterable[RecordFailure], now: datetime) -> None:
    """The same for what could not be read, since a person wants it; in two statements at most."""
    rows = {(one.connection_id, *asked_as(one)): one.contact_remote_id for one in failed}
    common = {"asked_at": now, "not_before": now, "lane": Lane.PERSON}
    wanted = [
        FetchRequest(
            connection_id=connection_id,
            stream=stream,
            remote_id=remote_id,
            contact_remote_id="" if stream == "contacts" else contact_id,
            with_children=stream == "contacts",
            **common,
        )
        for (connection_id, stream, remote_id), contact_id in rows.items()
    ]
    _note([row for row in wanted if row.with_children], ["lane", "with_children"])
    _note([row for row in wanted if not row.with_children], ["lane"])


def asked_as(failure: RecordFailure) -> tuple[str, str]:
    """The stream and the id by which it is read again: what could not be listed of a contact comes with it."""
    return (failure.stream, failure.remote_id) if failure.remote_id else ("contacts", failure.contact_remote_id)


def _note(rows: list[FetchRequest], changed: list[str]) -> None:
    FetchRequest.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["connection", "stream", "remote_id"],
        update_fields=["asked_at", "not_before", "attempts", "failed_at", "reason", "detail", *changed],
    )


def due_count(connection_id: int, now: datetime, *, at_most: int) -> int:
    """How many things are due in a connection, counted up to `at_most`."""
    return FetchRequest.objects.due(now).filter(connection=connection_id).order_by()[:at_most].count()


def claim(connection_id: int, now: datetime, *, events: bool = False) -> list[FetchRequest]:
    """Rows that are ours until the lease ends: `events` that were kept, or what is to be asked for over there.

    What a person waits for comes first.
    """
    owner = queue.owner_name()
    due = FetchRequest.objects.due(now).filter(connection=connection_id)
    due = due.filter(stream=EVENT) if events else due.exclude(stream=EVENT)
    found = list(due.order_by("lane", "asked_at").values_list("pk", "lane")[:AT_ONCE])
    # Hints would ride in the person's lane, and hold up what they wait for.
    chosen = [pk for pk, lane in found if lane == found[0][1]]
    if not chosen or not FetchRequest.objects.filter(pk__in=chosen).claim(owner, now):
        return []
    return list(FetchRequest.objects.held_by(owner).select_related("connection"))


def revive(connection_id: int, now: datetime) -> int:
    """Try again what was given up in a connection, and let its events wait for that. Returns how much it is."""
    given_up = FetchRequest.objects.failed().filter(connection=connection_id)
    same = {name: OuterRef(name) for name in ("connection", "stream", "remote_id")}
    InboundEvent.objects.filter(
        Exists(given_up.filter(**same)), connection=connection_id, state=InboundEvent.State.FAILED
    ).update(state=InboundEvent.State.RECEIVED, reason="")
    return given_up.update(failed_at=None, attempts=0, not_before=now, reason="", detail="")


@transaction.atomic
def let_go(rows: list[FetchRequest], now: datetime) -> None:
    """Delete what was read, unless it was asked for again meanwhile; note on each contact when it was read."""
    if not rows:
        return
    read = defaultdict(list)
    for row in rows:
        mine = FetchRequest.objects.held_by(row.lease_owner).filter(pk=row.pk)
        if mine.filter(asked_at=row.asked_at).delete()[0]:
            read[row.connection_id, row.stream].append(row.remote_id)
        else:
            mine.release(attempts=0)
    # An event and its request are stored together: where the request is gone, all that was said has been read.
    for (connection_id, stream), remote_ids in read.items():
        InboundEvent.objects.waiting().about(connection_id, stream, remote_ids).applied(now)
        failures.resolve(connection_id, stream, remote_ids, now)
    whole = [row for row in rows if row.with_children]
    if whole:
        _note_whole(whole, now)
    # Somebody opened these, or the provider hinted at them, whatever the reading brought.
    about = {row.contact_remote_id or row.remote_id for row in rows}
    rolling_refresh.note_activity(keys_of(Contact, rows[0].connection_id, about).values(), now)


def _note_whole(rows: list[FetchRequest], now: datetime) -> None:
    """Contacts of one connection were read with everything of theirs: nothing of them is due."""
    streams = registry.streams(rows[0].connection.provider).values()
    contacts = Contact.objects.filter(
        connection=rows[0].connection_id, remote_id__in=[row.remote_id for row in rows]
    )
    contacts.update(refreshed_at=now)
    asked = [stream.key for stream in streams if stream.by_contact]
    contacts_read(list(contacts.values_list("pk", flat=True)), asked, asked_at=now, now=now)
    listed = [stream.key for stream in streams if stream.by_contact or stream.falls_back]
    read = [row.remote_id for row in rows]
    failures.resolve_of_contacts(rows[0].connection_id, listed, read, now, only_listings=True)


@transaction.atomic
def after_error(row: FetchRequest, error: SyncError, now: datetime) -> None:
    """What can pass is tried again, later each time; the rest stays with its reason until asked for again."""
    mine = FetchRequest.objects.held_by(row.lease_owner).filter(pk=row.pk)
    if not mine.put_off(error, row.attempts, now):
        if mine.filter(asked_at=row.asked_at).hold(str(error), error.detail, now):
            _tell_of_failure(row, error)
        else:  # asked for again meanwhile: that request has not failed yet
            mine.release(reason=str(error), detail=error.detail)
    if row.with_children:
        # An open page of this contact says what became of the reading.
        contact = Contact.objects.filter(connection=row.connection_id, remote_id=row.remote_id)
        contact.update(changed_at=now)


def after_refusal(row: FetchRequest, refused: Mapping[str, SyncError], now: datetime) -> None:
    """A contact was read, except for these of its streams: it is not up to date, and says what is missing."""
    streams = registry.streams(row.connection.provider)
    labels = [streams[key].label if key in streams else key for key in refused]
    error = next(iter(refused.values()))
    FetchRequest.objects.held_by(row.lease_owner).filter(pk=row.pk).update(refused=list(refused))
    said = f"{' and '.join(labels)} of this contact could not be read. {error}"
    after_error(row, NotPermitted(said, detail=error.detail), now)


def _tell_of_failure(row: FetchRequest, error: SyncError) -> None:
    InboundEvent.objects.waiting().about(row.connection_id, row.stream, [row.remote_id]).failed(str(error))
    if row.stream == "notes" and row.contact_remote_id:
        # No listing shows what happened to notes: the next sync asks for those of this contact.
        contact = Contact.objects.filter(connection=row.connection_id, remote_id=row.contact_remote_id)
        rolling_refresh.mark(contact.values_list("pk", flat=True), row.stream)
