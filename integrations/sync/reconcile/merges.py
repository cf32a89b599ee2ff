"""Contacts that were merged at the provider, which tells nobody: recognised, and noted on the one that is gone.

Only a contact whose own address answers "gone" can have been merged, and only on one of these grounds:

1. Something of it, by the same remote id, now belongs to another contact that is present.
2. Exactly one other present contact of the connection has the same email and the same name.

The first is noticed while the old contact still seems present, too: `merged_into` is then a suspicion, and the
contact becomes due, so that the same run asks for it. An answer takes the suspicion back.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from integrations.activity.kinds import change
from integrations.activity.models import ActivityEntry, Contact
from integrations.sync import rolling_refresh
from integrations.sync.models import FetchRequest
from integrations.sync.reconcile.changes import change_of
from integrations.sync.reconcile.project import refresh_derived
from integrations.sync.upsert import Row

type Pair = tuple[Contact, Contact]  # the one that is gone or suspected, the one that goes on


def note_moves(connection_id: int, moves: Collection[tuple[str, str]], now: datetime) -> None:
    """Take in that things changed hands: {(remote id of the contact before, of the contact now)}."""
    pairs = _pairs(connection_id, moves)
    record([(old, new) for old, new in pairs if old.deleted_at and old.merged_into_id is None], now)
    suspected = [(old, new) for old, new in pairs if old.deleted_at is None]
    for old, new in suspected:
        old.merged_into = new
    Contact.objects.bulk_update([old for old, _ in suspected], ["merged_into"])
    rolling_refresh.mark([contact.pk for pair in suspected for contact in pair])
    refresh_derived([old.pk for old, _ in suspected], now)


def recognise(gone: Collection[int], now: datetime) -> None:
    """See which of the contacts that were just found gone live on in another one."""
    contacts = list(Contact.objects.filter(pk__in=gone).select_related("merged_into"))
    twins = _twins([contact for contact in contacts if not _is_suspected(contact)])
    pairs: list[Pair] = []
    for contact in contacts:
        survivor = contact.merged_into if _is_suspected(contact) else twins.get(contact.pk)
        if survivor is not None:
            pairs.append((contact, survivor))
    # A survivor that is gone itself leads nowhere, and two that name each other lead in a circle.
    led_astray = [c.pk for c in contacts if c.merged_into_id and not _is_suspected(c)]
    if led_astray:
        Contact.objects.filter(pk__in=led_astray).update(merged_into=None)
    record(pairs, now)


def record(pairs: Collection[Pair], now: datetime) -> None:
    """Write down who was merged into whom, and say so on the timeline that goes on."""
    if not pairs:
        return
    for old, new in pairs:
        old.merged_into = new
    Contact.objects.bulk_update([old for old, _ in pairs], ["merged_into"])
    ActivityEntry.objects.bulk_create(change_of(new, change.merged(str(old), now)) for old, new in pairs)
    survivors = {new.pk: new for _, new in pairs}
    rolling_refresh.mark(survivors.keys())
    refresh_derived(survivors, now)
    read_whole(list(survivors.values()), now)


def read_whole(contacts: Collection[Contact | Row], now: datetime) -> None:
    """Have all that is a contact's read: its old meetings are in no listing of the next days."""
    # By this a page knows that there is a reading to show.
    Contact.objects.filter(pk__in=[contact.pk for contact in contacts]).update(refresh_asked_at=now)
    FetchRequest.objects.bulk_create(
        [
            FetchRequest(
                connection_id=contact.connection_id,
                stream="contacts",
                remote_id=contact.remote_id,
                with_children=True,
                asked_at=now,
                not_before=now,
            )
            for contact in contacts
        ],
        update_conflicts=True,
        unique_fields=["connection", "stream", "remote_id"],
        update_fields=["with_children", "asked_at", "not_before", "attempts", "failed_at"],
    )


def _pairs(connection_id: int, moves: Iterable[tuple[str, str]]) -> list[Pair]:
    """The contacts of each move; none where things of one contact went to several, which no merge does."""
    targets: dict[str, set[str]] = defaultdict(set)
    for old_id, new_id in moves:
        targets[old_id].add(new_id)
    single = {old_id: next(iter(new_ids)) for old_id, new_ids in targets.items() if len(new_ids) == 1}
    wanted = single.keys() | set(single.values())
    found = {c.remote_id: c for c in Contact.objects.filter(connection=connection_id, remote_id__in=wanted)}
    pairs = ((found.get(old_id), found.get(new_id)) for old_id, new_id in single.items())
    return [(old, new) for old, new in pairs if old and new and new.deleted_at is None]


def _is_suspected(contact: Contact) -> bool:
    return contact.merged_into is not None and contact.merged_into.deleted_at is None


def _twins(contacts: Collection[Contact]) -> dict[int, Contact]:
    """By key of each contact, the one other that is present and has the same email and name."""
    known = [contact for contact in contacts if contact.email and contact.name]
    if not known:
        return {}
    names = {contact.name for contact in known}
    present = Contact.objects.present().filter(connection=known[0].connection_id, name__in=names).exclude(email="")
    alike: dict[tuple[str, str], list[Contact]] = defaultdict(list)
    for contact in present:
        alike[_likeness(contact)].append(contact)
    found = {contact.pk: alike[_likeness(contact)] for contact in known}
    return {pk: others[0] for pk, others in found.items() if len(others) == 1}


def _likeness(contact: Contact) -> tuple[str, str]:
    return contact.email.casefold(), contact.name
