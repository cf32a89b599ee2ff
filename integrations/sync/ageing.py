"""Notes age unseen, since no listing announces an edited one: a run also reads those read longest ago."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from integrations.activity.models import Contact
from integrations.sync import planner
from integrations.sync.models import SyncRun


def cycle() -> timedelta:
    """Within which time the notes of every contact are read once."""
    return timedelta(hours=settings.SYNC_NOTES_CYCLE_HOURS)


def mark(workspace_id: int, now: datetime) -> int:
    """Make the notes due that were read longest ago, as many as the time since the last run asks for.

    Call it in the transaction that creates a run, before it does. Returns how many contacts were marked. A run
    that is killed or fails leaves the marks, and the next one finds them.
    """
    last = (
        SyncRun.objects.filter(workspace=workspace_id).order_by("-id").values_list("created_at", flat=True).first()
    )
    if last is None:
        return 0
    contacts = Contact.objects.present().filter(workspace=workspace_id)
    share = planner.ageing_share(contacts.count(), cycle=cycle(), last=last, now=now)
    oldest = contacts.filter(notes_are_due=False).order_by("notes_checked_at", "pk")
    return Contact.objects.filter(pk__in=list(oldest.values_list("pk", flat=True)[:share])).update(
        notes_are_due=True
    )


def spared(contacts: QuerySet[Contact], kind: str, trigger: str, started_at: datetime) -> int:
    """Of how many contacts a full run leaves the notes alone, since they were read within a cycle."""
    if kind != "full" or planner.reads_all_notes(kind, trigger):
        return 0
    return (
        contacts.filter(notes_are_due=False).count()
        - overdue(contacts.filter(notes_are_due=False), started_at).count()
    )


def overdue(contacts: QuerySet[Contact], started_at: datetime) -> QuerySet[Contact]:
    """The contacts whose notes were not read within a cycle."""
    return contacts.filter(notes_checked_at__lt=started_at - cycle())
