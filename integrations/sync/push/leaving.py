"""Holds what somebody wanted whose account is being deleted: without a name it would pass for a command line's."""

from typing import Any

from django.utils import timezone

from integrations.sync.models import Write
from integrations.sync.models.options import Option
from integrations.sync.models.writes import WriteQuerySet
from integrations.sync.push import following
from integrations.sync.push.operations import OPERATIONS, Allowed
from integrations.workspace.models import User

HELD = "Not sent. {} has no account here any more. {} can retry or dismiss this."
UNKNOWN = "This may have arrived. {} has no account here any more. {} can press Retry, which looks for it first."
FOR_MEMBERS = [row.key for row in OPERATIONS.values() if row.allowed == Allowed.MEMBERS]


def hold_of_leaving(instance: User, **_signal: Any) -> None:
    """Hold what waits, in the transaction that deletes its person.

    A worker that is at it loses its lease. A receiver of `pre_delete`: wherever people are deleted.
    """
    theirs = Write.objects.filter(actor=instance)
    following.lock_with_later(theirs.unsettled())  # all from which the deletion takes the name
    held = list(theirs.open())
    for one in held:
        one.options = one.options | {Option.PERSONAL: True}
    Write.objects.bulk_update(held, ["options"])
    _hold(theirs.open().filter(operation__in=FOR_MEMBERS), instance, "A manager")
    _hold(theirs.open().exclude(operation__in=FOR_MEMBERS), instance, "An admin")


def _hold(writes: WriteQuerySet, instance: User, who: str) -> None:
    following.give_up(writes, timezone.now(), HELD.format(instance, who), UNKNOWN.format(instance, who))
