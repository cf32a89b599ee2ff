"""Which contacts a stream without a listing has to ask for: a mark for each contact and stream, and its age.

No listing announces what changed there, so a run also reads the contacts that were read longest ago: those with
something going on within hours, the others within days, and all of them within a share of the day's limit.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum

from integrations.activity.models import Contact
from integrations.connections import registry
from integrations.connections.models import Connection
from integrations.sync import planner, refresh_plan
from integrations.sync.models import ContactDue, RunStream, SyncRun
from integrations.sync.refresh_plan import Group
from integrations.sync.statements import contacts_active

# A sign of life is written down once in so long: a busy contact must not cost a write with each of its changes.
SEEN_LATELY = timedelta(hours=6)


def cycle() -> timedelta:
    """Within which time every contact is read once."""
    return timedelta(hours=settings.SYNC_NOTES_CYCLE_HOURS)


def mark(contact_ids: Collection[int], stream: str = "") -> None:
    """Have contacts read again, in one stream or in all. What was never read is due as it is."""
    marked = ContactDue.objects.filter(contact__in=contact_ids, is_due=False)
    (marked.filter(stream=stream) if stream else marked).update(is_due=True)


def note_activity(contact_ids: Collection[int], now: datetime) -> None:
    """Something happened to these contacts: for a while they are read again more often."""
    contacts_active(contact_ids, now=now, unless_since=now - SEEN_LATELY)


def active_since(now: datetime) -> datetime:
    """Whoever something happened to since then is active."""
    return now - timedelta(days=settings.SYNC_NOTES_ACTIVE_DAYS)


def is_young(record: Any, since: datetime) -> bool:
    """Whether something new happened since then, or still lies ahead, as far as its provider tells."""
    moments = (getattr(record, name, None) for name in ("updated_at", "added_at", "start_at"))
    return next(filter(None, moments), since) >= since


def forget(contact_ids: Collection[int]) -> None:
    """Contacts are gone: nothing of them is due, and should they come back, they were never read."""
    ContactDue.objects.filter(contact__in=contact_ids).delete()


def mark_aged(connection: Connection, stream: str, now: datetime) -> int:
    """Make those due that were read longest ago, as many as the time since the last run asks for.

    Call it in the transaction that creates a run, before it does. Returns how many contacts were marked. A run
    that is killed or fails leaves the marks, and the next one finds them.
    """
    last = SyncRun.objects.filter(connection=connection).values_list("created_at", flat=True).first()
    if last is None:
        return 0
    since = active_since(now)
    read = ContactDue.objects.filter(connection=connection, stream=stream)
    known = read.aggregate(
        all=Count("pk"), active=Count("pk", Q(active_at__gte=since)), waiting=Count("pk", Q(is_due=True))
    )
    shares = refresh_plan.plan(
        Group(known["active"], timedelta(minutes=settings.SYNC_NOTES_ACTIVE_MINUTES)),
        Group(known["all"] - known["active"], cycle()),
        waiting=known["waiting"],
        left=_left_today(connection, stream, now),
        last=last,
        now=now,
    )
    rested = read.filter(is_due=False).order_by("checked_at", "contact").values_list("pk", flat=True)
    active = rested.filter(active_at__gte=since)[: shares.active]
    quiet = rested.filter(Q(active_at=None) | Q(active_at__lt=since))[: shares.quiet]
    return ContactDue.objects.filter(pk__in=[*active, *quiet]).update(is_due=True)


def waiting(contacts: QuerySet[Contact], stream: str, run: SyncRun, *, is_fallback: bool) -> QuerySet[Contact]:
    """The contacts that a run still has to ask for, of those handed in.

    One that was asked for since the run began is not asked twice. A listing that is refused is replaced as a
    whole by a full run; a stream that never has one trusts the reading by age.
    """
    began = run.started_at or run.created_at
    unread = contacts.filter(~_marked(stream, checked_at__gte=began))
    full = run.kind == SyncRun.Kind.FULL
    if planner.reads_all_contacts(run.kind, run.trigger) or (full and is_fallback):
        return unread
    # As two conditions and not as one of the other: both are answered by the same short index.
    rested = {"is_due": False, "checked_at__gte": began - cycle()} if full else {"is_due": False}
    return unread.filter(~_marked(stream, **rested))


def in_line(
    contacts: QuerySet[Contact],
    stream: RunStream,
    run: SyncRun,
    is_fallback: bool,
    *,
    under_way: Collection[int],
    most: int,
) -> QuerySet[Contact]:
    """The contacts whose turn it is, those with the latest activity first.

    A scheduled run reads whom nobody has read yet, and then no more than its part of the day, the oldest readings
    first.
    """
    found = waiting(contacts, stream.stream, run, is_fallback=is_fallback).exclude(pk__in=under_way)
    by_activity = found.order_by(F("last_activity_at").desc(nulls_last=True), "pk")
    room = _room(run, stream, is_fallback)
    if room is None:
        return by_activity[:most]
    never = by_activity.filter(~_marked(stream.stream))
    if never.exists():
        return never[:most]
    mine = ContactDue.objects.filter(contact=OuterRef("pk"), stream=stream.stream)
    by_age = found.order_by(Subquery(mine.values("checked_at")), "pk")
    return by_age[: min(most, max(0, room - len(under_way)))]


def total(contacts: QuerySet[Contact], stream: RunStream, run: SyncRun, is_fallback: bool) -> int:
    """How many contacts a run is going to ask for in a stream."""
    found = waiting(contacts, stream.stream, run, is_fallback=is_fallback)
    due, room = found.count(), _room(run, stream, is_fallback)
    if room is None or due <= room:
        return due
    never = found.filter(~_marked(stream.stream)).count()
    return never + min(due - never, room)


def spared(contacts: QuerySet[Contact], stream: str, kind: str, trigger: str, now: datetime) -> int:
    """Of how many contacts a full run leaves a stream alone, since they were read within a cycle."""
    if kind != "full" or planner.reads_all_contacts(kind, trigger):
        return 0
    return contacts.filter(_marked(stream, is_due=False, checked_at__gte=now - cycle())).count()


def due_count(contacts: QuerySet[Contact], stream: str) -> int:
    """How many contacts are due in a stream."""
    return contacts.filter(~_marked(stream, is_due=False)).count()


def _marked(stream: str, **conditions: object) -> Exists:
    return Exists(ContactDue.objects.filter(contact=OuterRef("pk"), stream=stream, **conditions))


def _room(run: SyncRun, stream: RunStream, is_fallback: bool) -> int | None:
    """How many contacts a run may still read again in a stream; None where nothing bounds it: what somebody asked
    for, and a full run in place of a listing that is refused."""
    if run.trigger != SyncRun.Trigger.SCHEDULE or (is_fallback and run.kind == SyncRun.Kind.FULL):
        return None
    before = SyncRun.objects.filter(connection=run.connection_id, pk__lt=run.pk)
    last = before.values_list("created_at", flat=True).first()
    left = _left_today(run.connection, stream.stream, run.created_at)
    if last is None or left is None:
        return None
    return max(0, refresh_plan.room_for(left + stream.read, last=last, now=run.created_at) - stream.read)


def _left_today(connection: Connection, stream: str, now: datetime) -> int | None:
    """How many requests the schedule may still spend on a stream today; None where nobody knows a daily limit.

    What a person asks for, by opening a contact or starting a run, is no part of it, nor what a webhook brings.
    """
    limit = registry.provider(connection.provider).status([connection])[connection.pk].daily_limit
    if not limit:
        return None
    read = RunStream.objects.filter(
        run__connection=connection,
        run__trigger=SyncRun.Trigger.SCHEDULE,
        run__created_at__gte=now.replace(hour=0, minute=0, second=0, microsecond=0),
        stream=stream,
        by_contact=True,
    ).aggregate(sum=Sum("read"))
    return limit * settings.SYNC_NOTES_DAY_PERCENT // 100 - (read["sum"] or 0)
