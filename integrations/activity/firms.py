"""Businesses of a connection by their names, as people tell them apart."""

from itertools import islice

from integrations.activity.folding import folded
from integrations.activity.models import Business, Contact

MOST_NAMED = 500  # a list to choose from with more is no help; any name can be typed


def name_of(contact: Contact) -> str:
    """The name of a contact's business; "" without one. One query at most."""
    if not contact.business_remote_id:
        return ""
    found = Business.objects.filter(connection=contact.connection_id, remote_id=contact.business_remote_id)
    return found.values_list("name", flat=True).first() or ""


def names_of(connection_id: int) -> list[str]:
    """The first names in their order. One query."""
    found = Business.objects.present().filter(connection=connection_id).exclude(name="")
    return list(found.order_by("name").values_list("name", flat=True).distinct()[:MOST_NAMED])


def named(connection_id: int, name: str) -> list[str]:
    """The ids of those that are called exactly so, else of those whose name reads the same: one, or two where
    there are several. One query, and one for the names of the account where none is called exactly so."""
    there = Business.objects.present().filter(connection=connection_id).order_by("pk")
    if exactly := list(there.filter(name=name).values_list("remote_id", flat=True)[:2]):
        return exactly
    wanted = folded(name)
    alike = (key for key, other in there.values_list("remote_id", "name").iterator() if folded(other) == wanted)
    return list(islice(alike, 2))
