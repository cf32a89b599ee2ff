"""Writes one batch of records of one kind: what is new, what changed, what is the same and so not written."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import batched
from typing import Any

from django.db import DataError, IntegrityError, transaction

from integrations.activity.kinds import BY_MODEL, BY_RECORD, OF_CONTACT, Kind, contact
from integrations.activity.models import Business, Contact, RemoteObject, RemoteUser
from integrations.activity.records import BadRecord, Record
from integrations.sync import rolling_refresh
from integrations.sync.reconcile import changes, merges, places, project
from integrations.sync.reconcile.batch import (
    Batch,
    Before,
    Counters,
    Known,
    Prepared,
    before_of,
    keys_of,
    known_of,
)
from integrations.sync.reconcile.failures import record_failures, resolve, resolve_of_removed
from integrations.sync.reconcile.project import refresh_derived
from integrations.sync.reconcile.tags import store_tags
from integrations.sync.upsert import Row, upsert_keyed

# What a database says of a value that it cannot keep. A busy or lost one raises something else, and the step is
# done again.
REFUSALS = (DataError, IntegrityError, ValueError, OverflowError)
# A contact that is read again may have thousands of notes; as rows they take several times their memory.
AT_ONCE = 500
SHARED = ("payload", "extra", "fingerprint", "fetched_at", "fetched_by_run", "deleted_at")


def apply(batch: Batch, items: Sequence[Prepared], bad: Sequence[BadRecord] = ()) -> tuple[Counters, list[Record]]:
    """Store records of one kind. Call it inside the transaction that also moves the cursor.

    Returns the counters and the records whose cached row is a tombstone: a listing that lags may still show what
    is gone, so these are not written; the caller asks the provider about each.
    """
    counters = Counters()
    unique = list({item.remote_id: item for item in items}.values())
    doubtful: list[Record] = []
    if unique:
        try:
            with transaction.atomic():
                for part in batched(unique, AT_ONCE):
                    doubtful += _store(batch, part, counters)
        except REFUSALS:
            counters, doubtful, refused = _one_by_one(batch, unique)
            bad = [*bad, *refused]
        resolve(batch.connection.pk, batch.stream, [item.remote_id for item in unique], batch.now)
    record_failures(batch, bad)
    counters.failed += len(bad)
    return counters, doubtful


def _one_by_one(batch: Batch, items: Sequence[Prepared]) -> tuple[Counters, list[Record], list[BadRecord]]:
    """The slow way, taken only after a batch was refused by the database: find the record that it refused."""
    total, doubtful, refused = Counters(), [], []
    for item in items:
        counters = Counters()
        try:
            with transaction.atomic():
                doubtful += _store(batch, [item], counters)
        except REFUSALS as error:
            reason = "The database cannot store a value of this record. Everything else synced."
            refused.append(
                BadRecord(
                    remote_id=item.remote_id,
                    reason=reason,
                    contact_remote_id=item.contact_remote_id,
                    detail=type(error).__name__,
                )
            )
            continue
        total.add(counters)
    return total, doubtful, refused


def _store(batch: Batch, items: Sequence[Prepared], counters: Counters) -> list[Record]:
    for error in (item.error for item in items if item.error):
        raise error
    kind = BY_RECORD[type(items[0].record)]
    model: Any = kind.model
    known = known_of(batch, kind, items)
    doubtful: list[Record] = []
    fresh: list[Prepared] = []
    gone: list[int] = []
    for item in items:
        record = item.record
        updated_at = getattr(record, "updated_at", None)
        counters.newest = max(filter(None, (counters.newest, updated_at)), default=None)
        cached = known.get(record.remote_id)
        if record.is_deleted:
            if cached and cached.deleted_at is None and not cached.is_newer_than(batch):
                gone.append(cached.pk)
                counters.notifiable.append(record.remote_id)
            else:
                counters.same += 1
        elif cached is None:
            counters.added += 1
            counters.notifiable.append(record.remote_id)
            fresh.append(item)
        elif cached.deleted_at and not batch.revives:
            doubtful.append(record)
        elif cached.is_newer_than(batch) or (cached.deleted_at is None and cached.is_same(item)):
            counters.same += 1
        else:
            counters.changed += 1
            if cached.is_notifiable(kind, item):
                counters.notifiable.append(record.remote_id)
            fresh.append(item)
    if fresh:
        _write(batch, kind, fresh, known)
    counters.removed += remove(model, gone, batch.now)
    return doubtful


def _write(batch: Batch, kind: Kind, items: Sequence[Prepared], known: dict[str, Known]) -> None:
    model: Any = kind.model
    more = ["contact"] if kind.has_contact else places.COLUMNS if model is Contact else []
    columns = [*items[0].columns, *more]
    contacts = _contacts(batch, items) if kind.has_contact else {}
    before = before_of(kind, known, items)
    rows = [_row(batch, kind, item, known.get(item.remote_id), contacts, before) for item in items]
    if model is Contact:
        places.place(batch.connection, rows)
    once, change = ("connection", "remote_id"), (*columns, *SHARED)
    keys = upsert_keyed(model, rows, unique=once, update=change, key="remote_id")
    for row in rows:
        row.pk = keys[row.remote_id]
    if kind.has_contact:
        moves = _moves(items, known)
        left = keys_of(Contact, batch.connection.pk, {before for before, _ in moves})
        was = {name: cached.kept["contact_remote_id"] for name, cached in known.items() if not cached.deleted_at}
        changes.move(kind, rows, was, left)
        # What comes back from a removal begins anew.
        changes.store_changes(kind, before, [row for row in rows if row.remote_id in was], batch.now)
        _after_activities(kind, rows, left.values(), batch)
        # A first reading brings years, which say nothing of what happens now.
        since = rolling_refresh.active_since(batch.now)
        lively = {row.contact_id for row in rows if row.remote_id in known or rolling_refresh.is_young(row, since)}
        rolling_refresh.note_activity(lively - {None}, batch.now)
        if moves:
            merges.note_moves(batch.connection.pk, moves, batch.now)
    elif model is Contact:
        _after_contacts(batch, rows, before)
        back = {name for name, cached in known.items() if cached.deleted_at}
        merges.read_whole([row for row in rows if row.remote_id in back], batch.now)
    elif model in (Business, RemoteUser):
        places.follow(batch.connection, model, rows)


def _row(
    batch: Batch, kind: Kind, item: Prepared, cached: Known | None, contacts: dict[str, int], before: Before
) -> Row:
    record, values = item.record, dict(item.columns)
    for name in kind.keeps:
        if cached and values[name] is None:
            values[name] = cached.kept[name]
    # Only for the timeline row: an update does not write them.
    values |= {name: cached.kept[name] if cached else "" for name in kind.owns}
    if kind.revised and cached and cached.pk in before:
        values |= kind.revised(before[cached.pk], values, batch.now)
    if kind.has_contact:
        values["contact_id"] = contacts.get(values["contact_remote_id"])
    return Row(
        workspace_id=batch.connection.workspace_id,
        connection_id=batch.connection.pk,
        remote_id=record.remote_id,
        payload=record.payload,
        extra=record.extra,
        fingerprint=item.fingerprint,
        fetched_at=batch.now,
        fetched_by_run=batch.run_id,
        **values,
    )


def _contacts(batch: Batch, items: Iterable[Prepared]) -> dict[str, int]:
    return keys_of(Contact, batch.connection.pk, {item.contact_remote_id for item in items})


def _moves(items: Iterable[Prepared], known: dict[str, Known]) -> set[tuple[str, str]]:
    """What changed hands: (contact before, contact now), by remote id."""
    before = ((known[item.remote_id], item) for item in items if item.remote_id in known)
    return {
        (cached.kept["contact_remote_id"], item.contact_remote_id)
        for cached, item in before
        if cached.has_moved(item)
    }


def _after_activities(kind: Kind, rows: Sequence[Row], left: Iterable[int], batch: Batch) -> None:
    """`left` are the contacts that some of it belonged to before."""
    project.store_entries(kind, rows)
    refresh_derived({row.contact_id for row in rows if row.contact_id}.union(left), batch.now)


def _after_contacts(batch: Batch, rows: Sequence[Row], before: Before) -> None:
    store_tags(batch.connection.workspace_id, rows, set(before))
    refresh_derived(changes.store_changes(contact.KIND, before, rows, batch.now), batch.now)
    project.adopt_orphans(rows, batch.now)
    if not before:
        return
    # A changed contact may have new notes, or whatever else no listing announces.
    Contact.objects.filter(pk__in=list(before)).update(changed_at=batch.now)
    rolling_refresh.mark(before.keys())
    rolling_refresh.note_activity(before.keys(), batch.now)


def remove(model: type[RemoteObject], pks: Sequence[int], now: datetime) -> int:
    """Turn rows into tombstones and take them off the timeline; a contact takes what hangs on it along."""
    if not pks:
        return 0
    present = model._default_manager.filter(pk__in=pks, deleted_at=None)
    found_gone = list(present.values_list("pk", flat=True)) if model is Contact else []
    removed = present.update(deleted_at=now)
    kind = BY_MODEL[model]
    if kind.has_contact:
        activities: Any = model._default_manager.filter(pk__in=pks)
        gone = dict(activities.values_list("remote_id", "contact_id"))
        touched = set(gone.values()) - {None}
        project.drop_entries(kind, pks)
        changes.drop(kind, touched, gone)
        refresh_derived(touched, now)
    if model is Contact:
        rolling_refresh.forget(pks)
        for child in OF_CONTACT:
            theirs: Any = child.model
            theirs._default_manager.filter(contact__in=pks, deleted_at=None).update(deleted_at=now)
        project.drop_contacts(pks)
        refresh_derived(found_gone, now)
        merges.recognise(found_gone, now)
        resolve_of_removed(found_gone, now)
    return removed
