"""Applies records to the cache: the one door through which the other side's facts enter our tables."""

from integrations.sync.reconcile.apply import Batch, apply, record_failures, remove
from integrations.sync.reconcile.prepare import prepare
from integrations.sync.reconcile.project import refresh_passed

__all__ = ["Batch", "apply", "prepare", "record_failures", "refresh_passed", "remove"]
