"""Definitions of custom fields: contacts carry only their ids."""

from dataclasses import dataclass

from integrations.activity.kinds.kind import Kind, same_names
from integrations.activity.models import FieldDefinition
from integrations.activity.records import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRecord(Record):
    name: str = ""
    data_type: str = ""
    position: int = 0


KIND = Kind(
    name="field",
    plural="fields",
    label="Custom fields",
    one="Custom field",
    record=FieldRecord,
    model=FieldDefinition,
    columns=same_names,
)
