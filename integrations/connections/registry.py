"""Finds the provider behind a connection, from dotted paths in settings."""

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from integrations.connections.ports import Provider, Receiver
from integrations.connections.streams import Stream, by_key


@cache
def provider(key: str) -> Provider:
    """The one instance of a provider in this process. Raises KeyError for a key that settings do not name."""
    found: Provider = import_string(settings.SYNC_PROVIDERS[key])()
    return found


def providers() -> dict[str, Provider]:
    """Every provider that settings name, by its key."""
    return {key: provider(key) for key in settings.SYNC_PROVIDERS}


def receiver(key: str) -> Receiver | None:
    """What understands the webhooks of a provider; None where there is no such provider, or it sends none."""
    return provider(key).receiver if key in settings.SYNC_PROVIDERS else None


def streams(key: str) -> dict[str, Stream]:
    """What a provider is read for, by key, in reading order."""
    return by_key(provider(key).streams)


def stream_label(key: str) -> str:
    """What people call a stream, whichever provider has it; its key when none has."""
    known = (streams(name).get(key) for name in settings.SYNC_PROVIDERS)
    return next((stream.label for stream in known if stream), key)
