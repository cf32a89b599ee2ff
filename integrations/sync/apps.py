"""Django's registration of the sync room."""

from django.apps import AppConfig
from django.core.signals import request_started


class SyncConfig(AppConfig):
    name = "integrations.sync"
    label = "sync"

    def ready(self) -> None:
        """Counts that had to wait for the database are written by the next request, whatever it asks."""
        from integrations.sync import tally

        request_started.connect(tally.flush_before_request, dispatch_uid="tally")
