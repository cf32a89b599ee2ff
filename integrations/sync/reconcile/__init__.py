"""Applies records to the cache: the one door through which the other side's facts enter our tables."""

from integrations.sync.reconcile.apply import Batch, apply, record_failures, remove
from integrations.sync.reconcile.project import refresh_passed
from integrations.sync.reconcile.told import told

__all__ = ["Batch", "apply", "record_failures", "refresh_passed", "remove", "told"]
