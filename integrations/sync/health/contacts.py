"""How current one contact is: the version of its page, and a reading of it that was asked for."""

import hashlib
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from integrations.activity.models import Contact
from integrations.sync.models import FetchRequest as Reading
from integrations.sync.models import Write

__all__ = ["Reading", "fetch_request_of", "is_aged", "is_refreshing", "version_of"]


def version_of(contact: Contact) -> str:
    """16 hex digits that differ when anything on the contact's page does: its own, its timeline, writes, readings.

    One query beside the contact that is handed in. Take it before reading what the page shows: what changes in
    between then shows as a newer version, never as the same one.
    """
    writes = Write.objects.filter(contact=contact.pk).order_by("-id")
    life = (contact.pk, contact.deleted_at, contact.merged_into_id, contact.checked_at is None)
    times = (contact.changed_at, contact.refreshed_at, contact.refresh_asked_at)
    seen = [*life, *times, *writes.values_list("id", "state", "attempts")[:50]]
    return hashlib.blake2b(repr(seen).encode(), digest_size=8).hexdigest()


def is_aged(contact: Contact, now: datetime) -> bool:
    """Whether opening the contact should read it again: neither read nor asked for within the minute."""
    if contact.deleted_at:
        return False
    aged = now - timedelta(seconds=settings.SYNC_CONTACT_FRESH_SECONDS)
    return all(at is None or at < aged for at in (contact.checked_at, contact.refresh_asked_at))


def is_refreshing(contact: Contact) -> bool:
    """Whether a reading of this contact is under way or waits for its turn."""
    return fetch_request_of(contact).filter(failed_at=None).exists()


def fetch_request_of(contact: Contact) -> QuerySet[Reading]:
    """The reading of a whole contact that was asked for and has not succeeded, if there is one."""
    asked = Reading.objects.filter(
        connection=contact.connection_id, stream="contacts", remote_id=contact.remote_id
    )
    return asked.filter(with_children=True)
