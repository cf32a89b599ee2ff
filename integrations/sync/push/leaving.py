"""Holds what somebody wanted whose account is being deleted: without a name it would pass for a command line's."""

from typing import Any

from django.utils import timezone

from integrations.sync.models import Write
from integrations.sync.push import following
from integrations.workspace.models import User

HELD = "Not sent. {} has no account here any more. A manager can retry or dismiss this."
UNKNOWN = (
    "This may have arrived. {} has no account here any more. A manager can press Retry, which looks for it first."
)


def hold_of_leaving(instance: User, **_signal: Any) -> None:
    """Hold what waits, in the transaction that deletes its person.

    A worker that is at it loses its lease. A receiver of `pre_delete`: wherever people are deleted.
    """
    theirs = Write.objects.filter(actor=instance)
    following.lock_with_later(theirs.unsettled())  # all from which the deletion takes the name
    following.give_up(theirs.open(), timezone.now(), HELD.format(instance), UNKNOWN.format(instance))
