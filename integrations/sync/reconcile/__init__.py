"""Applies records to the cache: the one door through which the provider's facts enter our tables."""

from integrations.sync.reconcile.apply import apply, remove
from integrations.sync.reconcile.batch import Batch, prepare
from integrations.sync.reconcile.failures import record_failures
from integrations.sync.reconcile.project import refresh_passed

__all__ = ["Batch", "apply", "prepare", "record_failures", "refresh_passed", "remove"]
