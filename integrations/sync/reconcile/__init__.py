"""Applies records to the cache: the one door through which the other side's facts enter our tables."""

from integrations.sync.reconcile.apply import Batch, apply, record_failures, remove

__all__ = ["Batch", "apply", "record_failures", "remove"]
