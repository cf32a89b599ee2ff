"""Everything a person may do. Keyword-only, takes the actor, changes rows first and rings the broker after."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from integrations.activity.models import Contact
from integrations.connections import registry
from integrations.connections.models import Connection
from integrations.connections.ports import Lane
from integrations.sync import batching, health, jobs, lifecycle, runs
from integrations.sync.health.failures import can_be_read_again
from integrations.sync.inbox import process
from integrations.sync.models import (
    ContactDue,
    InboundEvent,
    RecordFailure,
    RunStream,
    StreamCursor,
    SyncRun,
    SyncSchedule,
)
from integrations.sync.pull import requests
from integrations.sync.pull.emails import read_emails
from integrations.sync.pull.slots import free_slots
from integrations.sync.purging import purge_cache
from integrations.sync.push.again import dismiss, edit_failed, retry, settle_conflict
from integrations.sync.push.asking import ask
from integrations.sync.push.commands import create, write
from integrations.sync.push.conflicts import Settled, set_policy
from integrations.sync.push.fields import Asked, read
from integrations.sync.push.invalid import Invalid
from integrations.sync.push.many import MOST as MOST_AT_ONCE
from integrations.sync.push.many import Many, retry_many, write_many
from integrations.sync.push.operations import OPERATIONS
from integrations.sync.push.permission import Refused, require_write_access
from integrations.sync.push.priority import read_priority, set_priority
from integrations.sync.push.taking_back import hold, undo
from integrations.sync.queue import enqueue_fetch, enqueue_run
from integrations.workspace.models import AuditEntry, User

__all__ = [
    "MOST_AT_ONCE",
    "Asked",
    "Invalid",
    "Many",
    "Refused",
    "Settled",
    "ask",
    "asked",
    "create",
    "dismiss",
    "edit_failed",
    "free_slots",
    "hold",
    "purge_cache",
    "read_again",
    "read_emails",
    "read_priority",
    "refresh_contact",
    "replay_events",
    "require_write_access",
    "retry",
    "retry_many",
    "revoke",
    "set_policy",
    "set_priority",
    "settle_conflict",
    "stop_run",
    "switch_stream",
    "sync_now",
    "undo",
    "write",
    "write_many",
]


def asked(
    operation: str, data: Mapping[str, Any], connection: Connection, *, target: Any = None, now: datetime
) -> Asked:
    """What `data` comes to, in the columns that `write` and `create` take. Raises Invalid."""
    return read(OPERATIONS[operation], data, connection, target=target, now=now)


def sync_now(*, connection: Connection, actor: User | None, full: bool = False) -> SyncRun:
    """Start a run, or return the one under way. Raises Refused."""
    status = health.connection_status(connection)
    if not status.is_usable:
        raise Refused(status.reason or "This account is not connected.")
    provider = registry.provider(connection.provider)
    if not provider.streams:
        raise Refused(f"{provider.name} cannot be read on request. It sends its events here as they happen.")
    run, is_new = jobs.start_run(
        connection,
        trigger=SyncRun.Trigger.MANUAL if actor else SyncRun.Trigger.COMMAND,
        kind=SyncRun.Kind.FULL if full else None,
        actor_id=actor.pk if actor else None,
    )
    if is_new:
        AuditEntry.record(act="sync.start", actor=actor, workspace=connection.workspace, target=f"run {run.pk}")
    if actor:  # a command carries its run on by itself
        transaction.on_commit(partial(enqueue_run, run.pk))
    return run


def refresh_contact(*, contact: Contact, at_once: bool = False) -> bool:
    """Read a contact and everything of it afresh, unless that was asked for a moment ago or a sync just did.

    `at_once` is for a person who presses the button: then only the minute between two readings counts, and not
    even that after one that failed. Returns whether a reading is under way.
    """
    if contact.connection.state != Connection.State.CONNECTED:
        return False
    now = timezone.now()
    aged = now - timedelta(seconds=settings.SYNC_CONTACT_FRESH_SECONDS)
    asked = Contact.objects.filter(pk=contact.pk)
    if not at_once:
        asked = asked.filter(Q(checked_at=None) | Q(checked_at__lt=aged))
    if not at_once or not health.fetch_request_of(contact).exclude(failed_at=None).exists():
        asked = asked.filter(Q(refresh_asked_at=None) | Q(refresh_asked_at__lt=aged))
    with transaction.atomic():
        if asked.update(refresh_asked_at=now):
            requests.ask(
                connection_id=contact.connection_id,
                stream="contacts",
                remote_id=contact.remote_id,
                now=now,
                with_children=True,
                lane=Lane.PERSON,
            )
            transaction.on_commit(partial(enqueue_fetch, contact.connection_id))
    return health.is_refreshing(contact)


def read_again(*, failures: Sequence[RecordFailure], actor: User | None, now: datetime | None = None) -> int:
    """Have records read that could not be read, just these. Returns how many were asked for.

    Raises Refused where a connection cannot be read now. Streams that can only be read whole are left to the next
    run.
    """
    wanted = [failure for failure in failures if can_be_read_again(failure)]
    connections = {failure.connection_id: failure.connection for failure in wanted}
    for connection in connections.values():
        if connection.state != Connection.State.CONNECTED:
            raise Refused(connection.reason or "This account is not connected.")
    with transaction.atomic():
        requests.ask_for_failed(wanted, now or timezone.now())
        for connection in connections.values():
            theirs = sum(failure.connection_id == connection.pk for failure in wanted)
            room = connection.workspace
            AuditEntry.record(act="records.read_again", actor=actor, workspace=room, records=theirs)
            transaction.on_commit(partial(enqueue_fetch, connection.pk))
    return len(wanted)


def switch_stream(*, connection: Connection, stream: str, on: bool, actor: User | None) -> bool:
    """Read a stream of a connection, or do without it; what was read of it stays. False when it is so already.

    Switched on again, all of it is read by the next run, which starts at once: nobody listened meanwhile.
    """
    spec = registry.streams(connection.provider).get(stream)
    if spec is None or not spec.can_be_off:
        raise Refused(
            f"{spec.label if spec else 'This'} cannot be switched off, because everything else depends on it."
        )
    cursor, _ = StreamCursor.objects.get_or_create(connection=connection, stream=stream)
    if on and not cursor.is_on and spec.by_contact:
        # Before the switch: stopped halfway, it is still off, and pressing it again does all of this.
        for some in batching.batches(ContactDue.objects.filter(connection=connection, stream=stream)):
            some.update(is_due=True)
    with transaction.atomic():
        unlike = StreamCursor.objects.filter(pk=cursor.pk, is_on=not on)
        if unlike.update(is_on=on, state=StreamCursor.State.UNKNOWN, reason="", updated_at=timezone.now()) != 1:
            return False
        if on:
            SyncSchedule.objects.filter(connection=connection).update(last_full_at=None, next_at=timezone.now())
        else:
            # The run under way has not begun with it: it goes on without.
            waiting = RunStream.objects.filter(
                run__connection=connection, run__state__in=SyncRun.ACTIVE, stream=stream
            )
            waiting.filter(state=RunStream.State.WAITING).delete()
        act = "stream.on" if on else "stream.off"
        AuditEntry.record(act=act, actor=actor, workspace=connection.workspace, target=spec.label)
    return True


def replay_events(
    *,
    actor: User | None,
    event_id: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    connection: Connection | None = None,
) -> process.Replayed:
    """Read again what one webhook was about, or all that arrived from `since` up to `until`.

    Raises Refused when there is no such event. What is read is today's truth, so a replay doubles nothing.
    """
    events = InboundEvent.objects.all()
    if event_id is not None:
        events = events.filter(pk=event_id)
        if not events.exists():
            raise Refused(
                f"Event {event_id} does not exist. Old events are deleted. A full sync reads everything again."
            )
    events = events.filter(received_at__gte=since) if since else events
    events = events.filter(received_at__lt=until) if until else events
    events = events.filter(connection=connection) if connection else events
    done = process.replay(events, timezone.now())
    target = f"event {event_id}" if event_id is not None else f"events from {since} to {until}"
    AuditEntry.record(
        act="inbox.replay",
        actor=actor,
        workspace=connection.workspace if connection else None,
        target=target,
        events=done.events,
    )
    for connection_id in done.connections:
        enqueue_fetch(connection_id)
    return done


def stop_run(*, run: SyncRun, actor: User | None) -> bool:
    """Stop a run; what it has brought stays. The worker notices at its next batch."""
    stopped = runs.end(run, state=SyncRun.State.CANCELLED, now=timezone.now(), reason="Stopped by hand.")
    if stopped:
        AuditEntry.record(act="sync.stop", actor=actor, workspace=run.connection.workspace, target=f"run {run.pk}")
    return stopped


def revoke(
    *,
    connection: Connection,
    actor: User | None,
    purge: bool = False,
    telling: AbstractContextManager[None] | None = None,
) -> str:
    """Disconnect: no further call is made, the tokens are wiped, the cache is kept or purged.

    `telling` is entered while the provider is told. Returns what the provider answered to that, or "".
    """
    with telling or nullcontext():
        answer = registry.provider(connection.provider).withdraw(connection)
    reason = "Revoked here by an admin."
    lifecycle.ended(connection, state=Connection.State.REVOKED, reason=reason, now=timezone.now())
    workspace = connection.workspace
    AuditEntry.record(
        act="connection.revoke", actor=actor, workspace=workspace, target=workspace.name, purged=purge
    )
    if purge:
        purge_cache(connection)
    return answer
