"""Finds the provider that feeds a workspace, from dotted paths in settings."""

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from integrations.sync.ports import Provider


@cache
def provider(key: str) -> Provider:
    """The one instance of a provider in this process. Raises KeyError for a key that settings do not name."""
    found: Provider = import_string(settings.SYNC_PROVIDERS[key])()
    return found
