"""One change of many records at once: a write of each, by a number of statements that does not grow with them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from integrations.activity.models import RemoteObject
from integrations.connections.models import Connection
from integrations.sync import queue
from integrations.sync.models import Conflict, Write
from integrations.sync.push import waiting
from integrations.sync.push.commands import new_write, window_of
from integrations.sync.push.operations import OPERATIONS, Operation
from integrations.sync.push.permission import Refused, require_write_access
from integrations.sync.push.standing import as_wished, covers, is_done, own_of
from integrations.workspace.models import AuditEntry, User

MOST = 1000
# Workers are told of the first few; the next tick finds the others, which wait for these anyway.
MOST_RUNG = 20
State = Write.State


@dataclass(frozen=True, slots=True)
class Many:
    """What became of one wish for many records.

    `writes` are new, those `under_way` are the person's own and bring it about; `standing` counts the other
    records. `refused` says for how many it could not be asked, and why.
    """

    batch: str
    writes: list[Write]
    standing: int = 0
    under_way: Sequence[Write] = ()
    refused: str = ""


def write_many(
    operation: str,
    target_ids: Collection[int],
    changes: Mapping[str, Any],
    *,
    actor: User | None,
    batch: str,
    now: datetime | None = None,
    undo_seconds: float | None = None,
) -> Many:
    """Have each of the records changed in the same way, as `write` does it for one. Seven statements at most.

    A `batch` that is sent again asks for nothing. Raises Refused where one of the accounts cannot be written to or
    there are more than MOST, and KeyError for an operation or a field that is none.
    """
    if len(target_ids) > MOST:
        raise Refused(f"More than {MOST:,} at once are not allowed, so nothing was sent. Choose fewer.")
    row = OPERATIONS[operation]
    with transaction.atomic():
        targets = _locked(row, target_ids)
        if known := list(Write.objects.filter(batch=batch).order_by("id")):
            return Many(batch, known)
        for connection in {target.connection_id: target.connection for target in targets}.values():
            require_write_access(connection)
        how: dict[str, Any] = {"batch": batch, "now": now or timezone.now(), "undo_seconds": undo_seconds}
        unsettled = _unsettled(row, [target.pk for target in targets])
        return _ask(row, targets, changes, unsettled, actor=actor, **how)


@transaction.atomic
def retry_many(*, batch: str, actor: User, now: datetime | None = None) -> Many:
    """Ask again for whatever of a person's batch failed and may be tried again. Raises Refused where none may be
    written to."""
    failed = Write.objects.failed().filter(batch=batch, actor=actor, state=State.FAILED, can_retry=True)
    known = {one.pk: one for one in failed.order_by("id")[:MOST]}
    if not known:
        return Many(batch, [])
    first = next(iter(known.values()))
    row, keys = OPERATIONS[first.operation], {one.target_id or 0 for one in known.values()}
    there, unsettled = _locked(row, keys), _unsettled(row, keys)
    same = [one for some in unsettled.values() for one in some if one.pk in known and one.state == State.FAILED]
    by_target = {one.target_id: one for one in same}
    kept_out, refused = _kept_out(row, [one for one in there if one.pk in by_target])
    again = {key: one for key, one in by_target.items() if key not in kept_out}
    if not again and refused:
        raise Refused(refused)
    _dismiss(again.values())
    retries = max((one.retries + 1 for one in again.values()), default=0)
    how: dict[str, Any] = {"batch": batch, "now": now or timezone.now(), "retries": retries}
    asked = {name: value for name, value in first.changes.items() if row.takes(name)}
    made = _ask(row, [one for one in there if one.pk in again], asked, unsettled, actor=actor, **how)
    return replace(made, refused=refused)


def _kept_out(row: Operation, targets: Iterable[RemoteObject]) -> tuple[set[int], str]:
    """The records that cannot be written to, and the sentences that say how many of which account, and why."""
    kept_out, said = set[int](), list[str]()
    by_account: dict[Connection, list[int]] = {}
    for target in targets:
        by_account.setdefault(target.connection, []).append(target.pk)
    for connection, keys in by_account.items():
        try:
            require_write_access(connection)
        except Refused as refused:
            kept_out.update(keys)
            many = f"{len(keys)} {row.kind}s" if len(keys) > 1 else f"1 {row.kind}"
            was = "were" if len(keys) > 1 else "was"
            said.append(f"{many} of {connection.workspace.name} {was} not retried. {refused}")
    return kept_out, " ".join(said)


def _dismiss(again: Iterable[Write]) -> None:
    """Put these away, here as well: what is asked for anew does not meet them."""
    for one in again:
        one.state = State.DISMISSED
    Write.objects.filter(pk__in=[one.pk for one in again]).update(state=State.DISMISSED)


def _locked(row: Operation, target_ids: Collection[int]) -> list[Any]:
    """The records that are there, as they stand, in an order in which two such wishes wait for each other."""
    rows: QuerySet[Any] = apps.get_model("activity", row.kind)._default_manager.filter(pk__in=target_ids)
    rows = rows.filter(deleted_at=None).select_related("connection__workspace").order_by("pk")
    return list(rows.select_for_update(no_key=True, of=("self",)))


def _ask(
    row: Operation,
    targets: Sequence[RemoteObject],
    changes: Mapping[str, Any],
    unsettled: Mapping[int, list[Write]],
    *,
    actor: User | None,
    batch: str,
    now: datetime,
    retries: int = 0,
    undo_seconds: float | None = None,
) -> Many:
    window = window_of(row, undo_seconds)
    made, under_way = list[Write](), list[Write]()
    for target in targets:
        one = new_write(row.key, target, changes, not_before=now + timedelta(seconds=window), actor=actor)
        one.batch, one.retries, one.reason = batch, retries, waiting.for_connection(target.connection)
        one.connection = target.connection
        was_done = is_done(one)
        earlier = [other for other in unsettled.get(target.pk, ()) if other.state in Write.OPEN]
        one.base = as_wished(one, earlier)
        if not is_done(one):
            made.append(one)
        elif not was_done:
            under_way.append(own_of(one, reversed(earlier)))
    _supersede(made, unsettled, actor, now)
    _store(made, window)
    return Many(batch, made, len(targets) - len(made), under_way)


def _unsettled(row: Operation, target_ids: Collection[int]) -> dict[int, list[Write]]:
    """What is asked of each and not settled, the earliest first, taken as `lock_unsettled` takes that of one."""
    found = Write.objects.unsettled().filter(kind=row.kind, target_id__in=target_ids)
    by_target: dict[int, list[Write]] = {}
    for write in found.order_by("id").select_for_update(no_key=True):
        by_target.setdefault(write.target_id or 0, []).append(write)
    return by_target


def _supersede(made: Iterable[Write], unsettled: Mapping[int, list[Write]], actor: Any, now: datetime) -> None:
    """What did not get through is put away where the same fields are asked for anew."""
    over = [
        earlier
        for write in made
        for earlier in unsettled.get(write.target_id or 0, ())
        if earlier.state in Write.UNSENT and covers(write, earlier)
    ]
    if over:
        keys = [one.pk for one in over]
        Write.objects.failed().filter(pk__in=keys).update(state=State.DISMISSED)
        crossed = Conflict.objects.open().filter(write__in=keys)
        crossed.update(taken=Conflict.Taken.EDITED, settled_by=actor, settled_at=now)


def _store(made: list[Write], window: float) -> None:
    audits = [
        AuditEntry(
            act=one.operation,
            actor=one.actor,
            workspace=one.connection.workspace,
            target=one.remote_id[:200],
            result="queued",
            detail={"before": one.base, "after": one.changes},
        )
        for one in made
    ]
    for one, audit in zip(made, AuditEntry.objects.bulk_create(audits), strict=True):
        one.audit = audit
    Write.objects.bulk_create(made)
    for one in made[:MOST_RUNG]:
        transaction.on_commit(partial(queue.enqueue_write, one.pk, window))
