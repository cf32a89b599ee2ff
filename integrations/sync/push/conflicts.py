"""Fields that two people changed: all values are kept until a person or a rule settles which one stays."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from integrations.activity.records import Record
from integrations.sync import queue
from integrations.sync.models import Conflict, MergePolicy, Write
from integrations.sync.models.options import Option
from integrations.sync.models.writes import plain
from integrations.sync.push.merge import Merge
from integrations.sync.push.outcome import ours
from integrations.workspace.models import AuditEntry, User, Workspace

Policy, Taken = MergePolicy.Policy, Conflict.Taken


class Settled(Exception):
    """Somebody else was first."""


def any_open(write: Write) -> bool:
    """Whether something of it is crossed."""
    return write.conflicts.open().exists()


def decide(write: Write, merged: Merge, theirs: Record, now: datetime) -> Merge:
    """The merge with what rules settle; what they leave to a person is kept as an open conflict."""
    # What was crossed at an earlier attempt may have been put back since.
    if not merged.conflicts and not any_open(write):
        return merged
    theirs_at, policies = getattr(theirs, "updated_at", None), _policies(write)
    crossed = {}
    for name, value in merged.conflicts.items():
        taken = _taken(policies.get(name) or policies.get("") or Policy.ASK, write.created_at, theirs_at)
        if taken:
            _log(write, name, value, theirs_at, taken, now)
        if taken == Taken.MINE:
            merged.send[name] = write.changes[name]
        elif not taken:
            crossed[name] = value
    _keep(write, crossed, theirs_at, now)
    return Merge(merged.send, merged.already, crossed)


def _policies(write: Write) -> dict[str, str]:
    found = MergePolicy.objects.filter(workspace=write.connection.workspace_id, kind=write.kind)
    return dict(found.values_list("field", "policy"))


def _taken(policy: str, mine_at: datetime, theirs_at: datetime | None) -> str:
    if policy == Policy.LATEST and theirs_at is not None:
        return Taken.MINE if mine_at >= theirs_at else Taken.THEIRS
    return {Policy.MINE: Taken.MINE, Policy.THEIRS: Taken.THEIRS}.get(Policy(policy), "")


def _log(write: Write, name: str, theirs: Any, theirs_at: datetime | None, taken: str, now: datetime) -> None:
    """Keep what a rule decided, once however often the write is tried."""
    ruled = write.options.get(Option.RULED, {})
    if ruled.get(name) == [taken, theirs]:
        return
    write.options = write.options | {Option.RULED: ruled | {name: [taken, theirs]}}
    ours(write).update(options=write.options)
    value = theirs if taken == Taken.THEIRS else write.changes[name]
    decided = {"taken": taken, "value": value, "by_rule": True, "settled_at": now}
    Conflict.objects.create(**_values(write, name, theirs, theirs_at), **decided)


def _keep(write: Write, crossed: Mapping[str, Any], theirs_at: datetime | None, now: datetime) -> None:
    known = {one.field: one for one in write.conflicts.open()}
    new = [name for name in crossed if name not in known]
    Conflict.objects.bulk_create(Conflict(**_values(write, name, crossed[name], theirs_at)) for name in new)
    moved = [one for name, one in known.items() if name in crossed and one.theirs != crossed[name]]
    for one in moved:
        _tell_moved(one, write, crossed[one.field])
        one.theirs, one.theirs_at = crossed[one.field], theirs_at
    Conflict.objects.bulk_update(moved, ["theirs", "theirs_at"])
    # Somebody put back over there what the person saw: nothing is crossed any more.
    write.conflicts.open().exclude(field__in=crossed).update(taken=Taken.MINE, by_rule=True, settled_at=now)


def _tell_moved(conflict: Conflict, write: Write, theirs: Any) -> None:
    """The row keeps the latest of their values only."""
    AuditEntry.record(
        act="conflict.moved",
        actor=None,
        workspace=write.connection.workspace,
        target=write.remote_id,
        field=conflict.field,
        write=write.pk,
        before=conflict.theirs,
        after=theirs,
    )


def _values(write: Write, name: str, theirs: Any, theirs_at: datetime | None) -> dict[str, Any]:
    three = {"base": write.base.get(name), "mine": write.changes[name], "theirs": theirs}
    return three | {"write": write, "field": name, "theirs_at": theirs_at}


@transaction.atomic
def resolve(
    *, conflict: Conflict, taken: str, actor: User | None, now: datetime, value: Any = None, remember: bool = False
) -> Write:
    """Settle one field, as it was shown; with the last one the write goes on.

    Raises Settled where somebody was first, or where their value has changed since.
    """
    write = Write.objects.select_for_update(no_key=True).get(pk=conflict.write_id)
    value = {Taken.MINE: conflict.mine, Taken.THEIRS: conflict.theirs}.get(Taken(taken), plain(value))
    if write.state != Write.State.CONFLICT or not _stands(conflict):
        raise Settled("This was settled already.")
    settled = {"taken": taken, "value": value, "settled_by": actor, "settled_at": now}
    Conflict.objects.filter(pk=conflict.pk).update(**settled)
    if taken == Taken.THEIRS:
        del write.changes[conflict.field], write.base[conflict.field]
    else:
        write.changes[conflict.field], write.base[conflict.field] = value, conflict.theirs
    write.save(update_fields=["changes", "base"])
    _tell(conflict, write, taken, value, actor)
    if remember and taken != Taken.EDITED:
        policy = Policy.MINE if taken == Taken.MINE else Policy.THEIRS
        workspace = write.connection.workspace
        set_policy(workspace=workspace, kind=write.kind, field=conflict.field, policy=policy, actor=actor)
    if not any_open(write):
        _send_again(write, now)
    return write


def _stands(shown: Conflict) -> bool:
    """Whether it is open, with the values that it had: what moved once more in between is looked at again.

    Whoever settles it holds its write meanwhile, so nobody comes in between.
    """
    kept = Conflict.objects.open().filter(pk=shown.pk).first()
    return kept is not None and (kept.theirs, kept.theirs_at) == (shown.theirs, shown.theirs_at)


def _tell(conflict: Conflict, write: Write, taken: str, value: Any, actor: User | None) -> None:
    four = {"base": conflict.base, "mine": conflict.mine, "theirs": conflict.theirs, "value": value}
    AuditEntry.record(
        act="conflict.settle",
        actor=actor,
        workspace=write.connection.workspace,
        target=write.remote_id,
        result=taken,
        field=conflict.field,
        write=write.pk,
        **four,
    )


@transaction.atomic
def set_policy(*, workspace: Workspace, kind: str, field: str, policy: str, actor: User | None) -> bool:
    """What settles a field from now on, "" for whatever is so for all fields of the kind. False when it is so."""
    rules = MergePolicy.objects.filter(workspace=workspace, kind=kind, field=field)
    before = rules.values_list("policy", flat=True).first() or ""
    if before == policy:
        return False
    if policy:
        which: dict[str, Any] = {"workspace": workspace, "kind": kind, "field": field}
        MergePolicy.objects.update_or_create(**which, defaults={"policy": Policy(policy)})
    else:
        rules.delete()
    where = f"{kind}.{field or '*'}"
    both = {"before": before, "after": policy}
    AuditEntry.record(act="policy.set", actor=actor, workspace=workspace, target=where, **both)
    return True


def _send_again(write: Write, now: datetime) -> None:
    afresh = {"state": Write.State.QUEUED, "settled_at": None, "sent_at": None, "accepted_at": None}
    Write.objects.filter(pk=write.pk).release(**afresh, not_before=now, attempts=0, reason="", detail="")
    write.refresh_from_db()
    transaction.on_commit(partial(queue.enqueue_write, write.pk))


def supersede(write: Write, names: set[str], actor: User | None, now: datetime) -> None:
    """A newer change of the same fields stands in the place of what was crossed. Take the write before."""
    crossed = write.conflicts.open().filter(field__in=names)
    crossed.update(taken=Taken.EDITED, settled_by=actor, settled_at=now)
