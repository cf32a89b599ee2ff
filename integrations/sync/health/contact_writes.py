"""What people wanted of a contact itself, and what is not settled yet."""

from django.db.models import Q

from integrations.activity.models import Contact
from integrations.sync.health.contacts import PageState
from integrations.sync.models import Write

MOST = 50


def unsettled_of(contact: Contact, state: PageState | None = None) -> list[Write]:
    """Writes of the contact that wait, are on their way or did not get through, the earliest first.

    One query; none where the state of its page knows of none.
    """
    if state is not None and not state.is_wished:
        return []
    found = Write.objects.unsettled().filter(kind="contact", target_id=contact.pk)
    rows = list(found.select_related("actor").order_by("id")[:MOST])
    for row in rows:
        row.target = contact  # which they are named by
    return rows


def moves_of(connection_id: int, business: str) -> list[Write]:
    """Writes that are not settled and take somebody into a business or out of it, latest first. Two queries."""
    found = Write.objects.unsettled().filter(connection=connection_id, operation="contact.set_business")
    into_or_from = Q(changes__business_remote_id=business) | Q(base__business_remote_id=business)
    return found.filter(into_or_from).select_related("actor")[:MOST].with_targets()


def contact_made_by(write: Write) -> int | None:
    """The key of the contact that a creation brought about or adopted; None while it is not here. One query."""
    if write.target_id or not write.remote_id:
        return write.target_id
    found = Contact.objects.filter(connection=write.connection_id, remote_id=write.remote_id)
    return found.values_list("pk", flat=True).first()
