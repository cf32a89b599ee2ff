"""A write is taken back, or held while somebody thinks about that, as long as it was not sent."""

from datetime import timedelta
from functools import partial

from django.db import transaction
from django.utils import timezone

from integrations.sync import queue
from integrations.sync.models import Write
from integrations.sync.push import following
from integrations.sync.push.operations import OPERATIONS
from integrations.sync.push.permission import holds, require_hold
from integrations.workspace.models import AuditEntry, User

State = Write.State


def undo(*, write: Write, actor: User | None) -> bool:
    """Take a write back. The database decides whether it came in time: False once it is being sent.

    Raises Refused where it is not the person's to decide about.
    """
    require_hold(actor, write)
    unsent = Write.objects.waiting().filter(pk=write.pk)
    if unsent.update(state=State.UNDONE, settled_at=timezone.now()) != 1:
        return False
    following.step_back([write])
    if write.audit_id:
        AuditEntry.objects.filter(pk=write.audit_id).update(result=State.UNDONE)
    act = f"{OPERATIONS[write.operation].kind}.undo"
    AuditEntry.record(act=act, actor=actor, workspace=write.connection.workspace, target=write.remote_id)
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
