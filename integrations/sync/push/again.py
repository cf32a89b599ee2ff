"""What a person decides about a change that did not get through: other values, or one of two."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from integrations.sync.models import Conflict, Write
from integrations.sync.models.writes import Option
from integrations.sync.push import commands, conflicts
from integrations.sync.push.operations import OPERATIONS, Act
from integrations.sync.push.permission import Refused, require_right, require_write_access
from integrations.workspace.models import User

# What a person chose beside the fields.
ASKED_WITH = (Option.PRIORITY, Option.IGNORES_SLOTS)


@transaction.atomic
def edit_failed(
    *, write: Write, changes: Mapping[str, Any], actor: User | None, now: datetime | None = None
) -> Write | None:
    """Put a failed change away and ask for this instead. None where nothing is left to send. Raises Refused."""
    (write,) = Write.objects.filter(pk=write.pk).with_targets()
    if write.state != Write.State.FAILED:
        raise Refused("This was settled already.")
    row = OPERATIONS[write.operation]
    if row.act != Act.CREATE and write.target is None:
        raise Refused("This was deleted in the meantime, so nothing was sent.")
    if row.act == Act.CREATE and write.is_unknown:
        raise Refused("This may have arrived. Press Retry, which looks for it first, or dismiss it.")
    # Of two who press at once, one asks.
    if not commands.dismiss(write=write, actor=actor):
        raise Refused("This was settled already.")
    options = {name: write.options[name] for name in ASKED_WITH if name in write.options}
    how: dict[str, Any] = {"actor": actor, "now": now, "undo_seconds": 0, "options": options}
    if row.act == Act.CREATE:
        return commands.create(write.operation, write.connection, changes, contact=write.contact, **how)
    return commands.write(write.operation, write.target, changes, **how)


def settle_conflict(
    *, conflict: Conflict, taken: str, actor: User | None, now: datetime, value: Any = None, remember: bool = False
) -> Write:
    """Settle one field, as it was shown, of a write with its target.

    Raises Settled where somebody was first, Refused where none is sent.
    """
    if taken != Conflict.Taken.THEIRS:
        asked = conflict.write
        require_write_access(asked.connection)
        require_right(asked.operation, asked.target, asked.connection, actor)
    return conflicts.resolve(conflict=conflict, taken=taken, actor=actor, now=now, value=value, remember=remember)
