"""The rows that say what is to be read again: asked for, claimed, let go, or kept with the reason."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from integrations.activity.models import Contact
from integrations.sync import leases
from integrations.sync.models import Refetch
from integrations.sync.ports import Lane, RateLimited, SyncError, Transient

AT_ONCE = 20
MAX_ATTEMPTS = 8
# A worker that holds a row longer than this was killed: the client's own time-outs end well before.
LEASE = timedelta(minutes=2)


def ask(
    *,
    workspace_id: int,
    stream: str,
    remote_id: str,
    now: datetime,
    contact_remote_id: str = "",
    words: str = "",
    with_children: bool = False,
    lane: Lane = Lane.HINT,
) -> None:
    """Note that something is to be read again. Asking twice for what has not been read yet is one wish."""
    row = Refetch(
        workspace_id=workspace_id,
        stream=stream,
        remote_id=remote_id,
        contact_remote_id=contact_remote_id,
        words=words,
        with_children=with_children,
        lane=lane,
        asked_at=now,
        not_before=now,
    )
    # A wish for less must not take the children, the person's lane or a known contact off an earlier one.
    kept = {"with_children": with_children, "lane": lane == Lane.PERSON, "contact_remote_id": contact_remote_id}
    changed = [name for name, is_said in kept.items() if is_said]
    Refetch.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["workspace", "stream", "remote_id"],
        update_fields=["asked_at", "not_before", "attempts", "failed_at", "reason", "detail", *changed],
    )


def claim(workspace_id: int, now: datetime) -> list[Refetch]:
    """Rows that are ours until the lease ends. What a person waits for comes first."""
    owner = leases.owner_name()
    due = Refetch.objects.due(now).filter(workspace=workspace_id)
    chosen = list(due.order_by("-lane", "asked_at").values_list("pk", flat=True)[:AT_ONCE])
    if chosen:
        taken = {"lease_owner": owner, "lease_until": now + LEASE, "attempts": F("attempts") + 1}
        Refetch.objects.due(now).filter(pk__in=chosen).update(**taken)
    return list(Refetch.objects.filter(lease_owner=owner).select_related("workspace")) if chosen else []


@transaction.atomic
def let_go(rows: list[Refetch], now: datetime) -> None:
    """Delete what was read, unless it was asked for again meanwhile; note on each contact when it was read."""
    for row in rows:
        mine = Refetch.objects.filter(pk=row.pk, lease_owner=row.lease_owner)
        if not mine.filter(asked_at=row.asked_at).delete()[0]:
            mine.update(lease_owner="", lease_until=None, attempts=0)
    whole = [row.remote_id for row in rows if row.with_children]
    Contact.objects.filter(workspace__in={row.workspace_id for row in rows}, remote_id__in=whole).update(
        refreshed_at=now, notes_checked_at=now, notes_are_due=False
    )


def after_error(row: Refetch, error: SyncError, now: datetime) -> None:
    """What can pass is tried again, later each time; the rest stays with its reason until asked for again."""
    mine = Refetch.objects.filter(pk=row.pk, lease_owner=row.lease_owner)
    free = {"lease_owner": "", "lease_until": None, "reason": str(error), "detail": error.detail}
    if isinstance(error, Transient) and row.attempts < MAX_ATTEMPTS:
        wait = error.retry_after if isinstance(error, RateLimited) else 2.0**row.attempts
        mine.update(not_before=now + timedelta(seconds=wait), **free)
    else:
        mine.update(failed_at=now, **free)
    if row.with_children:
        # An open page of this contact says what became of the reading.
        contact = Contact.objects.filter(workspace=row.workspace_id, remote_id=row.remote_id)
        contact.update(changed_at=now)
