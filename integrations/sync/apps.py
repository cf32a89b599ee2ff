"""Django's registration of the sync room."""

from django.apps import AppConfig
from django.core.signals import request_started
from django.db.models.signals import pre_delete


class SyncConfig(AppConfig):
    name = "integrations.sync"
    label = "sync"

    def ready(self) -> None:
        """Counts that had to wait for the database are written by the next request, whatever it asks.

        What a person wanted is held when they are deleted.
        """
        from integrations.sync import tally
        from integrations.sync.push.leaving import hold_of_leaving
        from integrations.workspace.models import User

        request_started.connect(tally.flush_before_request, dispatch_uid="tally")
        pre_delete.connect(hold_of_leaving, sender=User, dispatch_uid="leaving")
