"""Which contacts a stream without a listing has to ask for: a mark for each contact and stream, and its age.

No listing announces what changed there, so a run also reads the contacts that were read longest ago.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from integrations.activity.models import Contact
from integrations.sync import planner
from integrations.sync.models import ContactDue, SyncRun


def cycle() -> timedelta:
    """Within which time every contact is read once."""
    return timedelta(hours=settings.SYNC_NOTES_CYCLE_HOURS)


def mark(contact_ids: Collection[int], stream: str = "") -> None:
    """Have contacts read again, in one stream or in all. What was never read is due as it is."""
    marked = ContactDue.objects.filter(contact__in=contact_ids, is_due=False)
    (marked.filter(stream=stream) if stream else marked).update(is_due=True)


def mark_aged(connection_id: int, stream: str, now: datetime) -> int:
    """Make those due that were read longest ago, as many as the time since the last run asks for.

    Call it in the transaction that creates a run, before it does. Returns how many contacts were marked. A run
    that is killed or fails leaves the marks, and the next one finds them.
    """
    before = SyncRun.objects.filter(connection=connection_id).order_by("-id")
    last = before.values_list("created_at", flat=True).first()
    if last is None:
        return 0
    contacts = Contact.objects.present().filter(connection=connection_id).count()
    share = planner.ageing_share(contacts, cycle=cycle(), last=last, now=now)
    read = ContactDue.objects.filter(connection=connection_id, stream=stream, is_due=False)
    oldest = read.filter(contact__deleted_at=None).order_by("checked_at", "contact")
    return ContactDue.objects.filter(pk__in=list(oldest.values_list("pk", flat=True)[:share])).update(is_due=True)


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
