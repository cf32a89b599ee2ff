"""What pages call the systems behind accounts: the words of each connection's provider, or of all of them."""

from collections.abc import Callable

from integrations.connections import registry
from integrations.connections.models import Connection
from integrations.connections.ports import Provider


def short_name_of(connection: Connection | None) -> str:
    """What the system behind a connection is called, after its first mention."""
    return registry.provider(connection.provider).short_name if connection else ""


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
