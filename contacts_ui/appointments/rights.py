"""Whether a contact's meetings can be changed here; where they cannot, why, and where else."""

from __future__ import annotations

from dataclasses import dataclass

from contacts_ui.shell import systems
from integrations.activity.kinds.appointment import KIND
from integrations.activity.models import Contact
from integrations.sync import commands, health


@dataclass(frozen=True, slots=True)
class Lock:
    """`url` is the provider's own page of the contact."""

    words: str
    url: str


def lock_of(contact: Contact) -> Lock | None:
    """Why nothing can be changed, as far as is known without a call; None where it can."""
    words = _words(contact)
    return Lock(words, systems.contact_url(contact)) if words else None


def require_access(contact: Contact) -> None:
    """Raises Refused where nothing can be changed."""
    if words := _words(contact):
        raise commands.Refused(words)


def _words(contact: Contact) -> str:
    if contact.deleted_at:
        return "This contact was deleted, so its meetings stay as they are."
    try:
        commands.require_write_access(contact.connection)
    except commands.Refused as refused:
        return str(refused)
    needed, granted = systems.needed_scope(contact.connection, KIND.name), _scopes(contact)
    if not needed or not granted or needed in granted:
        return ""
    system = systems.short_name_of(contact.connection)
    return (
        f"This connection may not change calendars. Change the meeting in {system}, or have an admin connect this "
        "account again with write access to calendar events."
    )


def _scopes(contact: Contact) -> tuple[str, ...]:
    """What the account has granted; nothing where it does not tell, as with a private token."""
    connection = contact.connection
    return tuple(health.connection_statuses([connection], with_usage=False)[connection.pk].scopes)
