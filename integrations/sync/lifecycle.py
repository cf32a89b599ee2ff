"""The life of a connection, once for every provider: opened, broken, ended, and what each means for the engine."""

from datetime import datetime
from typing import Any

from django.db import transaction

from integrations.connections import registry
from integrations.connections.models import Connection
from integrations.security.redact import redact
from integrations.sync import runs
from integrations.sync.models import StreamCursor, SyncRun, SyncSchedule, Write
from integrations.sync.pull import requests
from integrations.sync.push import outbox
from integrations.workspace.models import AuditEntry, Membership, User

State = Connection.State


@transaction.atomic
def opened(connection: Connection, *, actor: User | None, now: datetime, lost: str = "", **facts: Any) -> None:
    """Store a connection whose credentials were just proved, have it read, and send what waited for it.

    `lost` says what it could do before and cannot now, until the next time. `facts` go into the audit.

    Call it in the transaction that stores the credentials: one that shows as connected must never hold old ones.
    """
    is_new, had_ended = connection.pk is None, connection.has_ended
    connection.workspace.save()
    connection.workspace = connection.workspace  # takes over the key of a workspace that was just made
    connection.state, connection.broken_since = State.CONNECTED, None
    connection.reason, connection.detail = lost, ""
    connection.connected_at = now
    connection.installed_by = actor or connection.installed_by
    connection.save()
    outbox.wake(connection.pk, now)
    _read_again(connection, had_ended=had_ended, now=now)
    if actor and not actor.is_staff:
        role = {"role": Membership.Role.ADMIN}
        Membership.objects.update_or_create(user=actor, workspace=connection.workspace, defaults=role)
    act = "connection.connect" if is_new else "connection.renew"
    workspace = connection.workspace
    AuditEntry.record(
        act=act,
        actor=actor,
        workspace=workspace,
        target=workspace.name,
        may_write=connection.may_write,
        **({"lost": lost} if lost else {}),
        **facts,
    )


def _read_again(connection: Connection, *, had_ended: bool, now: datetime) -> None:
    """New credentials may open what the old ones did not: the next run, due now, tries every refused stream, and
    what webhooks announced meanwhile is asked for again.

    A full one where something was refused, since what was never read is not among the changes. After a connection
    that had ended every stream counts as unread: what changed in between nobody could announce.
    """
    due: dict[str, datetime | None] = {"next_at": now}
    cursors = StreamCursor.objects.filter(connection=connection)
    closed = cursors if had_ended else cursors.filter(state=StreamCursor.State.REFUSED)
    if closed.update(state=StreamCursor.State.UNKNOWN, reason="", updated_at=now):
        due["last_full_at"] = None
    requests.revive(connection.pk, now)
    if registry.provider(connection.provider).streams:
        SyncSchedule.objects.update_or_create(connection=connection, defaults=due)


def broken(connection_id: int, reason: str, now: datetime, *, detail: str = "") -> None:
    """A person must act: keep when that began and why, without secrets. Once; an ended one stays ended."""
    working = Connection.objects.filter(pk=connection_id, state=State.CONNECTED)
    said = {"reason": redact(reason), "detail": redact(detail)}
    working.update(state=State.NEEDS_RECONNECT, broken_since=now, **said)


@transaction.atomic
def healed(connection_id: int, now: datetime) -> None:
    """What seemed to need a person works again by itself: have it read."""
    broken_ones = Connection.objects.filter(pk=connection_id, state=State.NEEDS_RECONNECT)
    if broken_ones.update(state=State.CONNECTED, reason="", detail="", broken_since=None):
        _read_again(Connection.objects.get(pk=connection_id), had_ended=False, now=now)


@transaction.atomic
def ended(connection: Connection, *, state: State, reason: str, now: datetime) -> None:
    """No further call: the secrets are wiped, what is under way stops, and what waits to be sent is failed."""
    registry.provider(connection.provider).wipe(connection)
    gone = {"state": state, "reason": reason, "detail": "", "broken_since": now}
    Connection.objects.filter(pk=connection.pk).update(**gone)
    for run in SyncRun.objects.active().filter(connection=connection):
        runs.end(run, state=SyncRun.State.CANCELLED, now=now, reason=reason)
    _fail_open_writes(connection, now)


def _fail_open_writes(connection: Connection, now: datetime) -> None:
    """Say of each write only what is known: one that was on its way may have arrived."""
    open_writes = Write.objects.open().filter(connection=connection)
    sent = "The account was disconnected while this was being sent. Check there whether it arrived."
    unsent = "The account was disconnected before this was sent."
    open_writes.lock()
    open_writes.exclude(sent_at=None).settle(Write.State.FAILED, now, sent, is_unknown=True)
    open_writes.settle(Write.State.FAILED, now, unsent)
