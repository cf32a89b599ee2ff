"""How current one contact is: the version of its page, and a reading of it that was asked for."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from django.conf import settings
from django.db.models import BigIntegerField, QuerySet

from integrations.activity.models import Contact
from integrations.prepared import Param, Prepared
from integrations.sync.models import FetchRequest as Reading
from integrations.sync.models import Write

__all__ = [
    "PageState",
    "Reading",
    "fetch_request_of",
    "is_aged",
    "is_refreshing",
    "reading_of",
    "state_of",
]


@dataclass(frozen=True, slots=True)
class PageState:
    """What tells one state of a contact's page from another.

    `version` are 16 hex digits that differ when anything on the page does: the contact, its timeline, writes, a
    reading that was asked for. `has_writes` says whether anybody ever changed something of the contact here.
    """

    version: str = ""
    has_writes: bool = True


def state_of(contact: Contact) -> PageState:
    """The state of a contact's page as the contact that is handed in has it. One query.

    Take it before reading what the page shows: what changes in between then shows as a newer version, never as
    the same one.
    """
    writes = _writes()(contact=contact.pk)
    life = (contact.pk, contact.deleted_at, contact.merged_into_id, contact.checked_at is None)
    times = (contact.changed_at, contact.refreshed_at, contact.refresh_asked_at)
    seen = [*life, *times, *writes]
    return PageState(hashlib.blake2b(repr(seen).encode(), digest_size=8).hexdigest(), bool(writes))


@cache
def _writes() -> Prepared[tuple[int, str, int]]:
    about = Write.objects.filter(contact=Param("contact", BigIntegerField()))
    return Prepared(about.order_by("-id").values_list("id", "state", "attempts")[:50])


def is_aged(contact: Contact, now: datetime) -> bool:
    """Whether opening the contact should read it again: neither read nor asked for within the minute."""
    if contact.deleted_at:
        return False
    aged = now - timedelta(seconds=settings.SYNC_CONTACT_FRESH_SECONDS)
    return all(at is None or at < aged for at in (contact.checked_at, contact.refresh_asked_at))


def is_refreshing(contact: Contact) -> bool:
    """Whether a reading of this contact is under way or waits for its turn."""
    return fetch_request_of(contact).filter(failed_at=None).exists()


def reading_of(contact: Contact) -> Reading | None:
    """The same row, unasked where the last reading that somebody wanted has succeeded. One query at most."""
    asked_at, read_at = contact.refresh_asked_at, contact.refreshed_at
    if asked_at is None or (read_at is not None and read_at >= asked_at):
        return None
    return fetch_request_of(contact).first()


def fetch_request_of(contact: Contact) -> QuerySet[Reading]:
    """The reading of a whole contact that was asked for and has not succeeded, if there is one."""
    asked = Reading.objects.filter(
        connection=contact.connection_id, stream="contacts", remote_id=contact.remote_id
    )
    return asked.filter(with_children=True)
