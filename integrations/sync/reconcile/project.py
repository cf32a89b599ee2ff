"""Projects cached objects onto the timeline and keeps what contacts derive from it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Max, OuterRef, Q, Subquery

from integrations.activity.kinds import OF_CONTACT, Kind, Shown, change
from integrations.activity.models import ActivityEntry, Contact
from integrations.sync.reconcile.derived import refresh_derived
from integrations.sync.upsert import Row, upsert

SHOWN = (
    "type",
    "occurred_at",
    "is_open",
    "agenda_at",
    "actor_remote_id",
    "title",
    "body",
    "text",
    "facts",
    "changed_at",
)
REWRITTEN = ("contact", "remote_id", "fetched_at", "run_id", *SHOWN)


def store_entries(kind: Kind, items: Sequence[Any]) -> None:
    """Write the timeline rows of objects of one kind; objects without a known contact have none yet."""
    if kind.shown is None:
        return
    rows = [_row(kind, item, kind.shown(item)) for item in items if item.contact_id]
    upsert(ActivityEntry, rows, unique=("kind", "source_id"), update=REWRITTEN)


def drop_entries(kind: Kind, ids: Iterable[int]) -> None:
    """Take removed objects off the timeline."""
    ActivityEntry.objects.filter(kind=kind.name, source_id__in=list(ids)).delete()


def drop_contacts(contact_ids: Iterable[int]) -> None:
    """Empty the timelines of removed contacts, so that nothing of them is left should they come back."""
    theirs = ActivityEntry.objects.filter(contact__in=list(contact_ids))
    theirs.exclude(kind=change.KIND.name).delete()


def adopt_orphans(contacts: Sequence[Row], now: datetime) -> None:
    """Link what arrived before its contact did, and put it on the timeline."""
    by_remote_id = {contact.remote_id: contact for contact in contacts}
    adopted: set[int] = set()
    for kind in OF_CONTACT:
        model: Any = kind.model
        found = model._default_manager.filter(
            connection_id=contacts[0].connection_id, contact=None, contact_remote_id__in=list(by_remote_id)
        )
        orphans = list(found.defer("payload", "extra"))
        for orphan in orphans:
            orphan.contact_id = by_remote_id[orphan.contact_remote_id].pk
            adopted.add(orphan.contact_id)
        if orphans:
            theirs = Contact.objects.filter(
                connection=OuterRef("connection"), remote_id=OuterRef("contact_remote_id")
            )
            found.update(contact=Subquery(theirs.values("pk")))
            store_entries(kind, [orphan for orphan in orphans if orphan.deleted_at is None])
    if adopted:
        refresh_derived(adopted, now)


def store_changes(before: dict[int, dict[str, Any]], after: Iterable[Row], now: datetime) -> None:
    """One timeline row per contact with every watched field that differs, old value beside new."""
    rows = []
    for contact in after:
        shown = change.changed(before.get(contact.pk, {}), contact, now)
        if shown:
            rows.append(change_of(contact, shown, contact.fetched_by_run))
    ActivityEntry.objects.bulk_create(rows)
    refresh_derived({row.contact_id for row in rows}, now)


def change_of(contact: Any, shown: Shown, run_id: int | None = None) -> ActivityEntry:
    """The timeline row, not stored yet, of something that happened to a contact itself."""
    return ActivityEntry(
        workspace_id=contact.workspace_id,
        connection_id=contact.connection_id,
        contact_id=contact.pk,
        kind=change.KIND.name,
        run_id=run_id,
        **{name: getattr(shown, name) for name in SHOWN},
    )


def refresh_passed(connection_id: int, since: datetime, now: datetime) -> None:
    """Meetings take place without anybody changing them: refresh the contacts of those that lay in between."""
    passed = ActivityEntry.objects.filter(
        connection=connection_id, is_open=False, occurred_at__gt=since, occurred_at__lte=now
    )
    contacts = Contact.objects.filter(pk__in=set(passed.values_list("contact_id", flat=True)))
    known = contacts.annotate(latest=_latest(now)).values_list("pk", "last_activity_at", "latest")
    # What stays the same is not written: an open page would take it for a change.
    refresh_derived([pk for pk, before, after in known if before != after], now)


def _row(kind: Kind, item: Any, shown: Shown) -> Row:
    return Row(
        workspace_id=item.workspace_id,
        connection_id=item.connection_id,
        contact_id=item.contact_id,
        kind=kind.name,
        source_id=item.pk,
        remote_id=item.remote_id,
        fetched_at=item.fetched_at,
        run_id=item.fetched_by_run,
        **{name: getattr(shown, name) for name in SHOWN},
    )


def _latest(now: datetime) -> Subquery:
    past = ActivityEntry.objects.filter(Q(occurred_at__lte=now), contact=OuterRef("pk"), is_open=False).order_by()
    return Subquery(past.values("contact").annotate(latest=Max("occurred_at")).values("latest"))
