"""What pages call the systems behind accounts: the words of each connection's provider, or of all of them."""

from collections.abc import Callable
from urllib.parse import quote

from integrations.activity.models import Contact
from integrations.connections import registry
from integrations.connections.models import Connection
from integrations.connections.ports import Provider
from integrations.sync.health.writes import Write


def short_name_of(connection: Connection | None) -> str:
    """What the system behind a connection is called, after its first mention."""
    return registry.provider(connection.provider).short_name if connection else ""


def conversation_url(connection: Connection) -> str:
    """Where a conversation is opened over there, with a place for its id; "" where that cannot be."""
    url = registry.provider(connection.provider).pages.conversation_url
    return url.replace("{account}", quote(connection.external_id, safe=""))


def contact_url(contact: Contact) -> str:
    """The system's own page of a contact."""
    return contact_page(contact.connection, contact.remote_id)


def page_about(write: Write) -> str:
    """The system's own page of the contact that a change is about; that of all contacts for a new one."""
    if write.contact is not None:
        return contact_page(write.connection, write.contact.remote_id)
    url = registry.provider(write.connection.provider).pages.contacts_url
    return url.replace("{account}", quote(write.connection.external_id, safe=""))


def contact_page(connection: Connection, contact_id: str) -> str:
    """The system's own page of a contact by its id there; "" where it has none."""
    url, account = registry.provider(connection.provider).pages.contact_url, connection.external_id
    return url.replace("{account}", quote(account, safe="")).replace("{contact}", quote(contact_id, safe=""))


def needed_scope(connection: Connection, kind: str) -> str:
    """What an account must have granted before records of a kind can be changed; "" for nothing in particular."""
    return registry.provider(connection.provider).pages.needed.get(kind, "")


def reply_words(connection: Connection) -> str:
    """What the link to a conversation says."""
    return registry.provider(connection.provider).pages.reply


def names() -> str:
    """Every system that accounts may come from: "One", or "One or Another"."""
    return _joined(lambda provider: provider.name)


def short_names() -> str:
    """The same after the first mention."""
    return _joined(lambda provider: provider.short_name)


def accounts() -> str:
    """An account of any of them, with the article: "a sub-account of One"."""
    return _joined(lambda provider: provider.pages.account)


def _joined(word: Callable[[Provider], str]) -> str:
    return " or ".join(dict.fromkeys(map(word, registry.providers().values())))
