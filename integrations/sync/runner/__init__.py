"""Carries a run out step by step; every step is one batch and one transaction, so a killed worker loses none."""

from integrations.sync.runner.advance import Paused, advance
from integrations.sync.runner.work import Work, at_work

__all__ = ["Paused", "Work", "advance", "at_work"]
