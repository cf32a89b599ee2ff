"""A write is taken back, or held while somebody thinks about that, as long as it was not sent."""

from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from integrations.sync import queue
from integrations.sync.models import Write
from integrations.sync.push import following
from integrations.sync.push.operations import OPERATIONS
from integrations.sync.push.permission import Refused, holds
from integrations.workspace.models import AuditEntry, User

State = Write.State


def undo(*, write: Write, actor: User | None) -> bool:
    """Take a write back. The database decides whether it came in time: False once it is being sent.

    What others asked for as well is theirs then. Raises Refused where it is not the person's to decide about.
    """
    if not holds(actor, write):
        raise Refused("This change is not yours, so it was not undone. A manager can undo it.")
    unsent = Write.objects.waiting().filter(pk=write.pk)
    act = f"{OPERATIONS[write.operation].kind}.undo"
    about: dict[str, Any] = {
        "act": act,
        "actor": actor,
        "workspace": write.connection.workspace,
        "target": write.remote_id,
    }
    if actor is not None and actor.pk == write.actor_id and following.hand_over(unsent, actor):
        AuditEntry.record(**about)
        return True
    if unsent.update(state=State.UNDONE, settled_at=timezone.now()) != 1:
        return False
    following.step_back([write])
    if write.audit_id:
        AuditEntry.objects.filter(pk=write.audit_id).update(result=State.UNDONE)
    AuditEntry.record(**about)
    return True


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
