"""Every sort of record that the product knows: one file a kind, gathered here; no `if` elsewhere names one."""

from typing import Any

from integrations.activity.kinds import (
    appointment,
    business,
    calendar,
    change,
    contact,
    custom_field,
    message,
    note,
    opportunity,
    task,
    user,
)
from integrations.activity.kinds.kind import Kind, Shown, fingerprint
from integrations.activity.models import RemoteObject
from integrations.activity.records import Record

# In the order in which pages name them.
KINDS: tuple[Kind, ...] = (
    contact.KIND,
    note.KIND,
    task.KIND,
    appointment.KIND,
    message.KIND,
    opportunity.KIND,
    change.KIND,
    business.KIND,
    calendar.KIND,
    custom_field.KIND,
    user.KIND,
)
NAMED: dict[str, Kind] = {kind.name: kind for kind in KINDS}
ON_TIMELINES: tuple[Kind, ...] = tuple(kind for kind in KINDS if kind.has_entries)
OF_CONTACT: tuple[Kind, ...] = tuple(kind for kind in KINDS if kind.has_contact)
BY_RECORD: dict[type[Record], Kind] = {kind.record: kind for kind in KINDS if kind.record}
BY_MODEL: dict[type[RemoteObject], Kind] = {kind.model: kind for kind in KINDS if kind.model}
# By the name of the stream that brings them.
MODELS: dict[str, type[Any]] = {kind.plural: kind.model for kind in KINDS if kind.model}


def cached_models() -> list[type[RemoteObject]]:
    """Every model that holds a copy of something remote, children before what they hang on."""
    return sorted(BY_MODEL, key=lambda model: not BY_MODEL[model].has_contact)


__all__ = [
    "BY_MODEL",
    "BY_RECORD",
    "KINDS",
    "MODELS",
    "NAMED",
    "OF_CONTACT",
    "ON_TIMELINES",
    "Kind",
    "Shown",
    "cached_models",
    "fingerprint",
]
