"""Asks for a change as a page's control and the command line do: checked fields in, writes out."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import batched
from typing import Any
from uuid import uuid4

from django.utils import timezone

from integrations.activity.kinds import NAMED
from integrations.activity.models import Contact
from integrations.connections.models import Connection
from integrations.sync.models import Write
from integrations.sync.push.commands import create, write
from integrations.sync.push.fields import read
from integrations.sync.push.invalid import Invalid
from integrations.sync.push.many import MOST, write_many
from integrations.sync.push.operations import OPERATIONS, Act, Operation
from integrations.sync.push.permission import require_write_access

NAMING = ("id", "ids", "contact_id")
# What may be asked for many records at once.
OF_MANY = ("contact.add_tags", "contact.remove_tags", "contact.set_business")


def ask(
    operation: str,
    connection: Connection,
    data: Mapping[str, Any],
    *,
    actor: Any,
    now: datetime | None = None,
    undo_seconds: float | None = None,
    form: str = "",
) -> list[tuple[str, Write | None]]:
    """(remote id of the record, its write) of each record that `data` names; None where it stands so already.

    `data` has the names of an export. Raises Refused where nothing may be written, before the data is looked at;
    Invalid, a sentence, for whatever the provider would refuse.
    """
    require_write_access(connection)
    row = OPERATIONS.get(operation)
    if row is None:
        raise Invalid(f"There is no operation {operation}. Choose one of: {', '.join(sorted(OPERATIONS))}.")
    now = now or timezone.now()
    fields = {name: value for name, value in data.items() if name not in NAMING}
    if row.act == Act.CREATE:
        contact = _contact(row, data, connection)
        asked = read(row, fields, connection, now=now)
        how: dict[str, Any] = {"options": asked.options, "undo_seconds": undo_seconds, "form": form}
        return [("", create(operation, connection, asked.changes, contact=contact, actor=actor, now=now, **how))]
    if row.act == Act.DELETE and "ids" not in data and _is_deleted(row.kind, data.get("id"), connection):
        return [(data["id"], None)]
    targets = _targets(row, data, connection)
    asked = read(row, fields, connection, target=targets[0], now=now)
    if row.fields and not asked.changes:
        raise Invalid(f"{operation} needs a field to change.")
    how = {"actor": actor, "now": now, "undo_seconds": undo_seconds}
    if "ids" in data:
        return _ask_many(row, targets, asked.changes, **how)
    [target] = targets
    return [(target.remote_id, write(operation, target, asked.changes, options=asked.options, **how))]


def _ask_many(
    row: Operation, targets: Sequence[Any], changes: Mapping[str, Any], **how: Any
) -> list[tuple[str, Write | None]]:
    """Some hundred records in a few statements; what of them stands so already has no write."""
    found: dict[int | None, Write] = {}
    for some in batched(targets, MOST, strict=False):
        many = write_many(row.key, [one.pk for one in some], changes, batch=uuid4().hex, **how)
        found |= {one.target_id: one for one in (*many.under_way, *many.writes)}
    return [(target.remote_id, found.get(target.pk)) for target in targets]


def _contact(row: Operation, data: Mapping[str, Any], connection: Connection) -> Contact | None:
    unfit = [name for name in ("id", "ids") if name in data]
    if unfit or (row.kind == "contact" and "contact_id" in data):
        raise Invalid(f"{row.key} has no field {(unfit or ['contact_id'])[0]}.")
    return None if row.kind == "contact" else _found("contact", [data.get("contact_id")], connection)[0]


def _targets(row: Operation, data: Mapping[str, Any], connection: Connection) -> list[Any]:
    if "contact_id" in data:
        raise Invalid(f"{row.key} has no field contact_id.", "contact_id")
    many = data.get("ids")
    if many is not None and row.key not in OF_MANY:
        raise Invalid(f"{row.key} changes one record: give its id.", "ids")
    if many is not None and (not isinstance(many, list) or not many or "id" in data):
        raise Invalid("Give either an id or a list of ids.", "ids")
    return _found(row.kind, many if many is not None else [data.get("id")], connection)


def _found(kind: str, remote_ids: Sequence[Any], connection: Connection) -> list[Any]:
    """The cached records of these ids, in their order, each once; one query."""
    wrong = [one for one in remote_ids if not isinstance(one, str) or not one]
    if wrong:
        raise Invalid(f"The id of the {kind} is missing or is not text.")
    model: Any = NAMED[kind].model
    present = model._default_manager.present().filter(connection=connection, remote_id__in=remote_ids)
    held = {one.remote_id: one for one in present.select_related("connection__workspace")}
    if unknown := [one for one in remote_ids if one not in held]:
        why = (
            "was deleted"
            if _is_deleted(kind, unknown[0], connection)
            else "is not in the cache. Sync first if it is new"
        )
        raise Invalid(f"The {kind} {unknown[0]} {why}.")
    return [held[one] for one in dict.fromkeys(remote_ids)]


def _is_deleted(kind: str, remote_id: Any, connection: Connection) -> bool:
    """Whether the cache knows it as gone."""
    model: Any = NAMED[kind].model
    gone = model._default_manager.filter(connection=connection, remote_id=str(remote_id))
    return bool(gone.exclude(deleted_at=None).exists())
