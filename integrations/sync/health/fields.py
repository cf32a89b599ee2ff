"""What pages need to know of fields that can be written: which they are, what may be chosen, how one is read."""

from typing import Any

from integrations.activity.field_types import FILES, LISTS, NUMBERS, choices_of
from integrations.sync.models import Write
from integrations.sync.push.fields import EXPORTED, STATUSES
from integrations.sync.push.operations import CUSTOM, OPERATIONS, Act

__all__ = [
    "CUSTOM",
    "FILES",
    "LISTS",
    "NUMBERS",
    "STATUSES",
    "as_data",
    "choices_of",
    "editable_of",
    "is_editable",
    "updating",
]
# Changed where they can be looked up, or by operations of their own.
NOT_TYPED = {"business_remote_id", "calendar_remote_id", "author_remote_id", "is_deleted", "tag_names"}


def as_data(field: str, value: Any) -> dict[str, Any]:
    """One column and its value as `commands.asked` takes them."""
    if field.startswith(CUSTOM):
        return {"custom_fields": {field.removeprefix(CUSTOM): value}}
    return {EXPORTED.get(field, field): value}


def updating(operation: str) -> str:
    """The operation that changes fields of what another one is about: itself, or that of its kind."""
    row = OPERATIONS[operation]
    return operation if row.act == Act.UPDATE and row.fields else f"{row.kind}.update"


def is_editable(operation: str, field: str) -> bool:
    """Whether a person can type another value for a field of such a change."""
    return field not in NOT_TYPED and OPERATIONS[updating(operation)].takes(field)


def editable_of(write: Write) -> list[str]:
    """The fields of a change for which a person can type other values; [] where sending it again is all.

    Of a new record that may have arrived there are none: what is sent again looks for it first.
    """
    row = OPERATIONS[write.operation]
    if row.act not in (Act.CREATE, Act.UPDATE) or not row.fields or (row.act == Act.CREATE and write.is_unknown):
        return []
    return [name for name in write.changes if is_editable(write.operation, name)]
