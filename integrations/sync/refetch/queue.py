"""The rows that say what is to be read again: asked for, claimed, let go, or kept with the reason."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from integrations.activity.models import Contact
from integrations.connections import registry
from integrations.connections.ports import Lane, RateLimited, SyncError, Transient
from integrations.sync import leases, rolling_refresh
from integrations.sync.models import InboundEvent, Refetch
from integrations.sync.statements import contacts_read

AT_ONCE = 20
MAX_ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing to be read again because the other side hinted at it."""

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
    lane: Lane = Lane.HINT,
) -> None:
    """Note that something is to be read again. Asking twice for what has not been read yet is one wish."""
    row = Refetch(
        connection_id=connection_id,
        stream=stream,
        remote_id=remote_id,
        contact_remote_id=contact_remote_id,
        words=words,
        with_children=with_children,
        lane=lane,
        hinted_at=now if lane == Lane.HINT else None,
        asked_at=now,
        not_before=now,
    )
    # A wish for less must not take the children, the person's lane or a known contact off an earlier one.
    kept = {
        "with_children": with_children,
        "lane": lane == Lane.PERSON,
        "hinted_at": lane == Lane.HINT,
        "contact_remote_id": contact_remote_id,
    }
    _note([row], [name for name, is_said in kept.items() if is_said])


def ask_all(wishes: Iterable[Wish], now: datetime) -> int:
    """The same for many things that the other side hinted at, as few statements as can be. Returns how many."""
    rows: dict[tuple[int, str, str], Refetch] = {}
    # Sorted: of two hints at one thing, the one that knows its contact comes last and stays.
    for wish in sorted(wishes, key=lambda wish: wish.contact_remote_id):
        known = asdict(wish) | {"asked_at": now, "not_before": now, "hinted_at": now}
        rows[wish.connection_id, wish.stream, wish.remote_id] = Refetch(**known)
    _note([row for row in rows.values() if row.contact_remote_id], ["contact_remote_id", "hinted_at"])
    _note([row for row in rows.values() if not row.contact_remote_id], ["hinted_at"])
    return len(rows)


def _note(rows: list[Refetch], changed: list[str]) -> None:
    Refetch.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["connection", "stream", "remote_id"],
        update_fields=["asked_at", "not_before", "attempts", "failed_at", "reason", "detail", *changed],
    )


def due_count(connection_id: int, now: datetime, *, at_most: int) -> int:
    """How many things are due in a connection, counted up to `at_most`."""
    return Refetch.objects.due(now).filter(connection=connection_id).order_by()[:at_most].count()


def claim(connection_id: int, now: datetime) -> list[Refetch]:
    """Rows that are ours until the lease ends. What a person waits for comes first."""
    owner = leases.owner_name()
    due = Refetch.objects.due(now).filter(connection=connection_id)
    found = list(due.order_by("-lane", "asked_at").values_list("pk", "lane")[:AT_ONCE])
    # Hints would ride in the person's lane, and hold up what they wait for.
    chosen = [pk for pk, lane in found if lane == found[0][1]]
    if chosen:
        taken = {"lease_owner": owner, "lease_until": now + leases.length(), "attempts": F("attempts") + 1}
        Refetch.objects.due(now).filter(pk__in=chosen).update(**taken)
    return list(Refetch.objects.filter(lease_owner=owner).select_related("connection")) if chosen else []


def renew(rows: list[Refetch], now: datetime) -> None:
    """Extend the lease of rows claimed together. Raises LeaseLost when none of them is held by us any more."""
    mine = Refetch.objects.filter(lease_owner=rows[0].lease_owner)
    if not mine.update(lease_until=now + leases.length()):
        raise leases.LeaseLost(f"{rows[0].lease_owner} holds nothing that is to be read again.")


def revive(connection_id: int, now: datetime) -> int:
    """Try again what was given up in a connection, and let its events wait for that. Returns how much it is."""
    given_up = Refetch.objects.filter(connection=connection_id).exclude(failed_at=None)
    same = {name: OuterRef(name) for name in ("connection", "stream", "remote_id")}
    InboundEvent.objects.filter(
        Exists(given_up.filter(**same)), connection=connection_id, state=InboundEvent.State.FAILED
    ).update(state=InboundEvent.State.RECEIVED, reason="")
    return given_up.update(failed_at=None, attempts=0, not_before=now, reason="", detail="")


@transaction.atomic
def let_go(rows: list[Refetch], now: datetime) -> None:
    """Delete what was read, unless it was asked for again meanwhile; note on each contact when it was read."""
    read = defaultdict(list)
    for row in rows:
        mine = Refetch.objects.filter(pk=row.pk, lease_owner=row.lease_owner)
        if mine.filter(asked_at=row.asked_at).delete()[0]:
            read[row.connection_id, row.stream].append(row.remote_id)
        else:
            mine.update(lease_owner="", lease_until=None, attempts=0)
    # An event and its wish are stored together: where the wish is gone, all that was said has been read.
    for (connection_id, stream), remote_ids in read.items():
        InboundEvent.objects.waiting().about(connection_id, stream, remote_ids).applied(now)
    whole = [row for row in rows if row.with_children]
    if whole:
        _note_whole(whole, now)


def _note_whole(rows: list[Refetch], now: datetime) -> None:
    """Contacts of one connection were read with everything of theirs: nothing of them is due."""
    streams = registry.streams(rows[0].connection.provider).values()
    contacts = Contact.objects.filter(
        connection=rows[0].connection_id, remote_id__in=[row.remote_id for row in rows]
    )
    contacts.update(refreshed_at=now)
    asked = [stream.key for stream in streams if stream.by_contact]
    contacts_read(list(contacts.values_list("pk", flat=True)), asked, asked_at=now, now=now)


@transaction.atomic
def after_error(row: Refetch, error: SyncError, now: datetime) -> None:
    """What can pass is tried again, later each time; the rest stays with its reason until asked for again."""
    mine = Refetch.objects.filter(pk=row.pk, lease_owner=row.lease_owner)
    free = {"lease_owner": "", "lease_until": None, "reason": str(error), "detail": error.detail}
    if isinstance(error, Transient) and row.attempts < MAX_ATTEMPTS:
        wait = error.retry_after if isinstance(error, RateLimited) else 2.0**row.attempts
        mine.update(not_before=now + timedelta(seconds=wait), **free)
    elif mine.filter(asked_at=row.asked_at).update(failed_at=now, **free):
        InboundEvent.objects.waiting().about(row.connection_id, row.stream, [row.remote_id]).failed(str(error))
        if row.stream == "notes" and row.contact_remote_id:
            # No listing shows what happened to notes: the next sync asks for those of this contact.
            contact = Contact.objects.filter(connection=row.connection_id, remote_id=row.contact_remote_id)
            rolling_refresh.mark(contact.values_list("pk", flat=True), row.stream)
    else:
        mine.update(**free)  # asked for again meanwhile: that wish has not failed yet
    if row.with_children:
        # An open page of this contact says what became of the reading.
        contact = Contact.objects.filter(connection=row.connection_id, remote_id=row.remote_id)
        contact.update(changed_at=now)
