"""A write is taken back, or held while somebody thinks about that, as long as it was not sent."""

from collections.abc import Iterable
from datetime import timedelta
from functools import partial

from django.db import transaction
from django.utils import timezone

from integrations.sync import queue
from integrations.sync.models import Write
from integrations.sync.push import following
from integrations.sync.push.locking import lock_beside
from integrations.sync.push.operations import OPERATIONS
from integrations.sync.push.permission import Refused, holds
from integrations.workspace.models import AuditEntry, User

State = Write.State


@transaction.atomic
def undo(*, write: Write, actor: User | None) -> bool:
    """Take a write back. The database decides whether it came in time: False once it is being sent.

    What others asked for, the same or the opposite, stays theirs. Raises Refused where it is not the person's to
    decide about.
    """
    if not holds(actor, write):
        raise Refused("This change is not yours, so it was not undone. A manager can undo it.")
    beside, unsent = lock_beside(write), Write.objects.waiting().filter(pk=write.pk)
    if unsent.update(state=State.UNDONE, settled_at=timezone.now()) != 1:
        return False
    following.step_back(write, beside)
    following.go_on(beside)
    if write.audit_id:
        AuditEntry.objects.filter(pk=write.audit_id).update(result=State.UNDONE)
    act = f"{OPERATIONS[write.operation].kind}.undo"
    AuditEntry.record(act=act, actor=actor, workspace=write.connection.workspace, target=write.remote_id)
    return True


def take_back_opposite(under_way: Iterable[Write], made: Write) -> bool:
    """Take back what a new write is the opposite of: the person's own, else what they may decide about.

    Raises Refused while that is being sent, which is too late.
    """
    contrary = _contrary(under_way, made)
    for one in reversed(contrary):  # the earliest first, as workers end them
        if not undo(write=one, actor=made.actor):
            raise Refused("This is being sent at the moment. Try again when it is confirmed.")
    return bool(contrary)


def _contrary(latest_first: Iterable[Write], made: Write) -> list[Write]:
    opposite = OPERATIONS[made.operation].opposite
    contrary = [one for one in latest_first if one.operation == opposite]
    own = [one for one in contrary if one.actor_id == made.actor_id]
    if own or not contrary:
        return own
    return contrary if holds(made.actor, contrary[0]) else []


def hold(*, write: Write, actor: User | None, seconds: float) -> bool:
    """Keep a write back a little longer while the person hovers over Undo, up to 30 s after the click."""
    if not holds(actor, write):
        return False
    now = timezone.now()
    until = min(now + timedelta(seconds=seconds), write.created_at + timedelta(seconds=30))
    unsent = Write.objects.waiting().filter(pk=write.pk, not_before__lt=until)
    if unsent.update(not_before=until) != 1:
        return False
    transaction.on_commit(partial(queue.enqueue_write, write.pk, (until - now).total_seconds()))
    return True
