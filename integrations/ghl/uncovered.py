"""Appointments of calendars that GHL does not list: nothing lists them either, so their contacts are asked.

Whose they are the cache tells, from a webhook or because somebody opened the contact, or since the calendar was
listed once. Of a calendar that was never listed, and never heard of, nothing can be found but by asking everybody.
"""

from collections.abc import Callable, Collection, Sequence
from itertools import batched

from integrations.activity.models import Appointment
from integrations.activity.records import BadRecord, Record
from integrations.connections.ports import Absent, Json, NotPermitted, Page, Permanent

AT_ONCE = 50  # contacts of one partition


def partitions(connection_id: int, listed: Collection[str]) -> list[Json]:
    """The contacts that hold an appointment of a calendar other than these, some at a time."""
    held = Appointment.objects.present().filter(connection=connection_id).exclude(contact_remote_id="")
    beyond = held.exclude(calendar_remote_id__in=listed).order_by("contact_remote_id")
    contacts = beyond.values_list("contact_remote_id", flat=True).distinct()
    return [{"contacts": list(some)} for some in batched(contacts, AT_ONCE)]


def page(of_contact: Callable[[str], Page], contact_ids: Sequence[str]) -> Page:
    """Everything of these contacts; one that is refused is a failure of its own and stops nothing."""
    records, bad = list[Record](), list[BadRecord]()
    for contact_id in contact_ids:
        try:
            found = of_contact(contact_id)
        except Absent:
            continue
        except (NotPermitted, Permanent) as error:
            reason = {"reason": str(error), "detail": error.detail}
            bad.append(BadRecord(remote_id="", contact_remote_id=contact_id, **reason))
            continue
        records += found.records
        bad += found.bad
    return Page(records, bad)
