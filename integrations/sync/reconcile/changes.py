"""Writes what was changed, field by field, onto the timeline: one row for what was edited in one go.

No provider tells of a change what was before. Two events for one change make one row, since the second finds
nothing that differs.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from integrations.activity.kinds import Kind, Shown, change, contact
from integrations.activity.models import ActivityEntry
from integrations.sync.reconcile.batch import Before
from integrations.sync.reconcile.project import columns_of
from integrations.sync.upsert import Row

type Key = tuple[int, str, str]


def store_changes(kind: Kind, before: Before, after: Iterable[Any], now: datetime) -> set[int]:
    """One timeline row for each of `after` with every watched field that differs, old value beside new.

    Where the same was changed a moment ago, the row that says so goes on, or goes. Returns the contacts whose
    timelines changed.
    """
    found = (
        (item, change.changed(kind, before.get(item.pk, {}), item, now))
        for item in after
        if not kind.has_contact or item.contact_id
    )
    rows = [change_of(item, shown, item.fetched_by_run, kind) for item, shown in found if shown]
    if not rows:
        return set()
    known = _begun(kind, rows)
    ActivityEntry.objects.bulk_create([row for row in rows if _key(row) not in known])
    _continue([(known[_key(row)], row) for row in rows if _key(row) in known])
    return {row.contact_id for row in rows}


def move(kind: Kind, rows: Iterable[Row], was: Mapping[str, str], contacts: Mapping[str, int]) -> None:
    """Take along the changes of what is somebody else's now: `was` are the contacts before, by the item's id;
    `contacts` their keys."""
    moved: dict[tuple[int | None, int], list[str]] = defaultdict(list)
    for row in rows if kind.watched and contacts else ():
        before = was.get(row.remote_id, row.contact_remote_id)
        if row.contact_id and before != row.contact_remote_id:
            moved[contacts.get(before), row.contact_id].append(row.remote_id)
    for (before_it, now_of), remote_ids in moved.items():
        _of(kind, [before_it], remote_ids).update(contact=now_of)


def drop(kind: Kind, contact_ids: Iterable[int], remote_ids: Iterable[str]) -> None:
    """Take the changes of removed items of these contacts off the timeline."""
    if kind.watched:
        _of(kind, contact_ids, remote_ids).delete()


def _of(kind: Kind, contact_ids: Iterable[int | None], remote_ids: Iterable[str]) -> QuerySet[ActivityEntry]:
    theirs = ActivityEntry.objects.filter(contact__in=list(contact_ids), type=kind.changed_as)
    theirs = theirs.filter(remote_id__in=list(remote_ids), source_id=None)
    return theirs.filter(facts__of=kind.name) if kind.changed_as == change.FIELDS else theirs


def _begun(kind: Kind, rows: Sequence[ActivityEntry]) -> dict[Key, ActivityEntry]:
    """The changes of the same things that these go on with."""
    times = {_key(row): row.occurred_at for row in rows}
    lately = ActivityEntry.objects.filter(
        contact__in={row.contact_id for row in rows},
        kind=_kind_of(kind.changed_as),
        occurred_at__gte=min(times.values()) - change.ONE_EDIT,
        type=kind.changed_as,
    )
    mine = (row for row in lately.order_by("occurred_at", "pk") if _key(row) in times)
    return {_key(row): row for row in mine if abs(times[_key(row)] - row.occurred_at) <= change.ONE_EDIT}


def _continue(pairs: Iterable[tuple[ActivityEntry, ActivityEntry]]) -> None:
    """Have each row that was begun say the latest too, in two statements; one that says nothing any more goes."""
    longer, gone, names = list[ActivityEntry](), list[int](), {"run_id"}
    for begun, row in pairs:
        shown = change.continued(begun, row)
        if shown is None:
            gone.append(begun.pk)
            continue
        for name, value in (columns_of(shown) | {"run_id": row.run_id}).items():
            setattr(begun, name, value)
            names.add(name)
        longer.append(begun)
    if longer:
        ActivityEntry.objects.bulk_update(longer, sorted(names))
    if gone:
        ActivityEntry.objects.filter(pk__in=gone).delete()


def _kind_of(entry_type: str) -> str:
    return entry_type.partition(".")[0]


def _key(row: ActivityEntry) -> Key:
    return row.contact_id, row.facts.get("of", ""), row.remote_id


def change_of(item: Any, shown: Shown, run_id: int | None = None, kind: Kind = contact.KIND) -> ActivityEntry:
    """The timeline row, not stored yet, of something that happened to a contact itself, or to an item of one."""
    return ActivityEntry(
        workspace_id=item.workspace_id,
        connection_id=item.connection_id,
        contact_id=item.contact_id if kind.has_contact else item.pk,
        kind=_kind_of(shown.type),
        remote_id=item.remote_id if kind.has_contact else "",
        run_id=run_id,
        **columns_of(shown),
    )
