"""How current one contact is: the version of its page, and a reading of it that was asked for."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from django.conf import settings
from django.db.models import BigIntegerField, CharField, QuerySet

from integrations.activity.models import Contact
from integrations.prepared import Param, Prepared
from integrations.sync.health.writes import TICKS
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


MOST_TOLD = 50  # writes, of which an open page is asked every second
# id, state, attempts, kind, target id, operation, actor id
type Told = tuple[int, str, int, str, int | None, str, int | None]


@dataclass(frozen=True, slots=True)
class PageState:
    """What tells one state of a contact's page from another.

    `version` are 16 hex digits that differ when anything on the page does: the contact, its timeline, writes, a
    reading that was asked for. `has_writes` says whether anybody ever changed something of the contact here,
    `unsettled` which records of it have a tick that waits, is on its way, or failed: (kind, target id). `pending`
    are the other writes of which that is true, newest first; `authors` who added which record here: (kind, target
    id, person). Both look as far back as MOST_TOLD writes; `told_from` is the earliest of these, 0 where that were
    all. `is_wished`: some of the writes change the contact itself, or may do so where not all were looked at.
    """

    version: str = ""
    has_writes: bool = True
    unsettled: tuple[tuple[str, int], ...] = ()
    pending: tuple[int, ...] = ()
    authors: frozenset[tuple[str, int, int]] = frozenset()
    told_from: int = 0
    is_wished: bool = False

    @property
    def is_told_whole(self) -> bool:
        """Whether that were all writes of the contact."""
        return not self.told_from


def state_of(contact: Contact) -> PageState:
    """The state of a contact's page as the contact that is handed in has it. One query.

    Take it before reading what the page shows: what changes in between then shows as a newer version, never as
    the same one.
    """
    told = _writes()(contact=contact.pk)
    life = (contact.pk, contact.deleted_at, contact.merged_into_id, contact.checked_at is None)
    times = (contact.changed_at, contact.refreshed_at, contact.refresh_asked_at)
    version = hashlib.blake2b(repr([*life, *times, *told]).encode(), digest_size=8).hexdigest()
    is_whole = len(told) < MOST_TOLD
    unsettled = [one for one in told if one[1] in (*Write.OPEN, *Write.UNSENT)]
    return PageState(
        version,
        bool(told),
        unsettled=tuple((kind, pk) for _, _, _, kind, pk, operation, _ in unsettled if pk and operation in TICKS),
        pending=tuple(one[0] for one in unsettled if one[5] not in TICKS),
        authors=frozenset(
            (kind, pk, actor)
            for _, _, _, kind, pk, operation, actor in told
            if pk and actor and operation.endswith(".create")
        ),
        told_from=0 if is_whole else told[-1][0],
        is_wished=not is_whole or any(one[3] == "contact" for one in unsettled),
    )


@cache
def _writes() -> Prepared[Told]:
    about = Write.objects.filter(contact=Param("contact", BigIntegerField()))
    told = about.order_by("-id").values_list(
        "id", "state", "attempts", "kind", "target_id", "operation", "actor_id"
    )
    return Prepared(told[:MOST_TOLD], is_planned_anew=True)


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
    found = _reading()(connection=contact.connection_id, contact=contact.remote_id)
    return next(iter(found), None)


@cache
def _reading() -> Prepared[Reading]:
    asked = Reading.objects.filter(connection=Param("connection", BigIntegerField()), stream="contacts")
    return Prepared(asked.filter(remote_id=Param("contact", CharField()), with_children=True).order_by())


def fetch_request_of(contact: Contact) -> QuerySet[Reading]:
    """The reading of a whole contact that was asked for and has not succeeded, if there is one."""
    asked = Reading.objects.filter(
        connection=contact.connection_id, stream="contacts", remote_id=contact.remote_id
    )
    return asked.filter(with_children=True)
