"""What may be asked of the provider: change something, or make something new. Delivery follows."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from integrations.activity.models import Contact, RemoteObject
from integrations.connections.models import Connection
from integrations.prepared import insert_row
from integrations.sync import queue
from integrations.sync.models import Write
from integrations.sync.models.options import Option
from integrations.sync.models.writes import fields_of, plain
from integrations.sync.people import remote_id_of
from integrations.sync.push import conflicts, waiting
from integrations.sync.push.locking import lock_record, lock_unsettled
from integrations.sync.push.operations import OPERATIONS, Act, Operation
from integrations.sync.push.permission import Refused, require_right, require_write_access
from integrations.sync.push.standing import as_wished, covers, is_done, own_of
from integrations.sync.push.taking_back import take_back_opposite
from integrations.workspace.models import AuditEntry, User

State = Write.State


def write(
    operation: str,
    target: Any,
    changes: Mapping[str, Any] | None = None,
    *,
    actor: User | None,
    now: datetime | None = None,
    undo_seconds: float | None = None,
    **how: Any,
) -> Write | None:
    """Have a record changed. Nothing is sent before the undo window is over; a repeated click changes nothing.

    None where it stands so already; else the write that brings it about, its `target` the record as it stands.
    `how`: `options` and `batch` of the write, and `base`, what the person saw of the fields when they began to
    change them, if that is long ago.
    Raises Refused, and KeyError for an operation or a field that is none.
    """
    row = OPERATIONS[operation]
    require_write_access(target.connection)
    require_right(operation, target, target.connection, actor)
    now = now or timezone.now()
    window = window_of(row, undo_seconds)
    known = how | {"reason": waiting.for_connection(target.connection), "actor": actor}
    with transaction.atomic():
        target = _lock(target)
        made = new_write(operation, target, changes, not_before=now + timedelta(seconds=window), **known)
        made.target, made.connection = target, target.connection
        unsettled = lock_unsettled(row.kind, target.pk)[::-1]
        under_way = [one for one in unsettled if one.state in Write.OPEN]
        if under_way and (met := _meet(under_way, made, window)) is not made:
            return met
        was_done = is_done(made)
        # The person sees these as done, unless the form says what it was filled in over.
        made.base = as_wished(made, () if "base" in how else reversed(under_way))
        if is_done(made):
            return None if was_done else _standing_for(made, own_of(made, under_way))
        _supersede([one for one in unsettled if one not in under_way], made, now)
        return _queue(made, window)


def create(
    operation: str,
    connection: Connection,
    changes: Mapping[str, Any],
    *,
    contact: Contact | None = None,
    actor: User | None,
    now: datetime | None = None,
    undo_seconds: float | None = None,
    form: str = "",
    **how: Any,
) -> Write:
    """Have a new record made, of a contact where it belongs to one. A `form` that is sent again creates nothing,
    unless what it asked for was taken back or put away.

    Raises Refused, and KeyError for an operation or a field that is none.
    """
    row = OPERATIONS[operation]
    require_write_access(connection)
    if contact is not None and contact.deleted_at:
        raise Refused("This contact was deleted in the meantime, so nothing was sent.")
    window = window_of(row, undo_seconds)
    own = {row.person: remote_id_of(actor, connection)} if row.person else {}
    given = own | _known_fields(row, changes)
    wanted = {name: plain(value) for name, value in given.items() if value not in ("", None)}
    known = how | {"reason": waiting.for_connection(connection), "actor": actor}
    made = Write(
        connection=connection,
        operation=row.key,
        kind=row.kind,
        contact=contact,
        changes=wanted,
        base={},
        # A form is its person's own, in one account: no other write is ever answered with.
        form=f"{actor.pk if actor else 0}:{connection.pk}:{form[:40]}" if form else "",
        not_before=(now or timezone.now()) + timedelta(seconds=window),
        **known,
    )
    try:
        with transaction.atomic():
            return _queue(made, window)
    except IntegrityError:
        if not form:
            raise
    with transaction.atomic():
        # Taken back or put away, and now sent again: it is wanted after all.
        put_away = Write.objects.filter(form=made.form, state__in=(State.UNDONE, State.DISMISSED))
        return _queue(made, window) if put_away.update(form="") else Write.objects.get(form=made.form)


def window_of(row: Operation, undo_seconds: float | None = None) -> float:
    """Seconds in which it can be taken back: asked for, or those of the installation."""
    if undo_seconds is not None:
        return undo_seconds
    return settings.WRITE_UNDO_SECONDS if row.undo_window else 0


def _lock(known: RemoteObject) -> RemoteObject:
    """The record as it stands. Two clicks of one moment follow each other."""
    found = lock_record(type(known), known.pk)
    if found is None or found.deleted_at:
        raise Refused("This was deleted in the meantime, so nothing was sent.")
    found.connection = known.connection
    return found


def new_write(operation: str, target: Any, changes: Mapping[str, Any] | None = None, **rest: Any) -> Write:
    """A write of a cached row, not stored yet, that starts from how the row stands now.

    Raises KeyError for an operation, or a field of one, that is none.
    """
    row = OPERATIONS[operation]
    wanted = {name: plain(value) for name, value in {**_known_fields(row, changes), **row.sets}.items()}
    known = {
        "connection_id": target.connection_id,
        "operation": row.key,
        "kind": row.kind,
        "target_id": target.pk,
        "remote_id": target.remote_id,
        "contact_id": target.pk if row.kind == "contact" else getattr(target, "contact_id", None),
        "changes": wanted if row.act != Act.DELETE else {"is_deleted": True},
        "base": fields_of(target, wanted) if row.act != Act.DELETE else {"is_deleted": False},
    }
    return Write(**(known | rest))


def _known_fields(row: Operation, changes: Mapping[str, Any] | None) -> dict[str, Any]:
    if unknown := [name for name in changes or {} if not row.takes(name)]:
        raise KeyError(min(unknown))
    return dict(changes or {})


def _meet(under_way: Sequence[Write], made: Write, window: float) -> Write | None:
    """What a new write comes to beside those under way, the latest first: one of them, none at all, or itself."""
    current = under_way[0]
    is_own = current.actor_id == made.actor_id
    is_same = (current.operation, current.changes) == (made.operation, made.changes)
    if is_own and is_same and _options(current, made) == current.options:
        return _standing_for(made, current)
    if take_back_opposite(under_way, made):
        return None
    if current.operation == made.operation and is_own and _amend(current, made, window):
        return current
    return made


def _standing_for(made: Write, current: Write) -> Write:
    """What is under way brings it about, which is not known to be done before that is."""
    current.target = made.target
    return current


def _amend(current: Write, made: Write, window: float) -> bool:
    """Put what somebody wants next into their write that still waits; False once it is being sent."""
    if OPERATIONS[current.operation].act != Act.UPDATE:
        return False
    both = {"changes": current.changes | made.changes, "base": made.base | current.base}
    news = both | {"options": _options(current, made), "not_before": made.not_before, "checked_at": None}
    if Write.objects.waiting().filter(pk=current.pk, lease_until=None).update(**news) != 1:
        return False
    for name, value in (news | {"target": made.target}).items():
        setattr(current, name, value)
    asked = {"before": current.base, "after": current.changes}
    AuditEntry.objects.filter(pk=current.audit_id or 0).update(detail=asked)  # as it is asked for in the end
    transaction.on_commit(partial(queue.enqueue_write, current.pk, window))
    return True


def _options(current: Write, made: Write) -> dict[str, Any]:
    """How it is sent once it asks for what `made` does: who moves a meeting again insists again, or does not."""
    if "start_at" not in made.changes:
        return dict(current.options)
    kept = {name: value for name, value in current.options.items() if name != Option.IGNORES_SLOTS}
    return {**kept, **made.options}


def _supersede(unsent: Iterable[Write], made: Write, now: datetime) -> None:
    """What did not get through is put away where the new write asks for the same fields anew."""
    names = set(made.changes)
    for one in unsent:
        if one.state == State.CONFLICT:
            conflicts.supersede(one, names, made.actor, now)
        if covers(made, one) or (one.state == State.CONFLICT and not conflicts.any_open(one)):
            Write.objects.failed().filter(pk=one.pk).update(state=State.DISMISSED)


def _queue(made: Write, window: float) -> Write:
    made.audit = AuditEntry.record(
        act=made.operation,
        actor=made.actor,
        workspace=made.connection.workspace,
        target=made.remote_id or getattr(made.contact, "remote_id", ""),
        result="queued",
        before=made.base,
        after=made.changes,
    )
    insert_row(made)
    transaction.on_commit(partial(queue.enqueue_write, made.pk, window))
    return made
