"""Records that could not be read or stored, as a person would name them, each with its contact and owner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contacts_ui.components.owners import owner_of, people
from integrations.activity.kinds import BY_MODEL, MODELS
from integrations.activity.models import Contact, RemoteUser
from integrations.connections import registry
from integrations.sync.health.failures import Failure

type ContactKey = tuple[int, str]  # of a connection, what it calls the contact


@dataclass(frozen=True, slots=True)
class FailedRecord:
    """A record that could not be read or stored; `owner` is whose contact it belongs to, "" for nobody's."""

    failure: Failure
    kind: str
    icon: str
    short_id: str
    contact: Contact | None
    owner: str


def failed_records(failures: Sequence[Failure]) -> list[FailedRecord]:
    """Two queries, however many there are; none for none."""
    if not failures:
        return []
    contacts = _contacts(failures)
    owners = _owners(list(contacts.values()))
    return [_failed_record(failure, contacts.get(_contact_key(failure)), owners) for failure in failures]


def shortened(remote_id: str) -> str:
    """An id short enough for a table, both ends kept: "k2Rf…b9Q". The page shows the whole one on hover."""
    return remote_id if len(remote_id) <= 10 else f"{remote_id[:4]}…{remote_id[-3:]}"


def _contact_key(failure: Failure) -> ContactKey:
    own = failure.remote_id if failure.stream == "contacts" else ""
    return failure.connection_id, failure.contact_remote_id or own


def _contacts(failures: Sequence[Failure]) -> dict[ContactKey, Contact]:
    connections, ids = zip(*map(_contact_key, failures), strict=True)
    found = Contact.objects.present().filter(connection__in=set(connections), remote_id__in=set(ids) - {""})
    shown = found.only("connection", "workspace", "remote_id", "name", "email", "phone", "owner_remote_id")
    return {(contact.connection_id, contact.remote_id): contact for contact in shown}


def _owners(contacts: Sequence[Contact]) -> dict[int, dict[str, str]]:
    """{workspace id: {remote id of a user: name}} of those who own a contact."""
    ids = {contact.owner_remote_id for contact in contacts} - {""}
    rooms = {contact.workspace_id for contact in contacts}
    names: dict[int, dict[str, str]] = {}
    found = RemoteUser.objects.filter(workspace__in=rooms, remote_id__in=ids) if ids else RemoteUser.objects.none()
    for workspace, remote_id, name in found.values_list("workspace_id", "remote_id", "name"):
        names.setdefault(workspace, {})[remote_id] = name
    return names


def _failed_record(failure: Failure, contact: Contact | None, owners: dict[int, dict[str, str]]) -> FailedRecord:
    kind = BY_MODEL[MODELS[failure.stream]]
    name = kind.one if failure.remote_id else f"{registry.stream_label(failure.stream)} of one contact"
    known = people(owners.get(contact.workspace_id, {})) if contact else {}
    owner = owner_of(contact.owner_remote_id, known) if contact else None
    return FailedRecord(
        failure,
        name,
        kind.icon or "circle-alert",
        shortened(failure.remote_id),
        contact,
        owner.name if owner else "",
    )
