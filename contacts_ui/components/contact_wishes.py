"""A contact as its people want it: cached values under the writes that are on their way. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

from integrations.activity.models import Contact
from integrations.sync.health.writes import Write, WriteState

OPEN = (WriteState.QUEUED, WriteState.SENDING)
CUSTOM = "custom_fields."
ADDS, REMOVES, DELETES = "contact.add_tags", "contact.remove_tags", "contact.delete"


@dataclass(frozen=True, slots=True)
class TagChip:
    """A tag of a contact; `mark` is "adding" or "removing" while that is not confirmed."""

    name: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Wished:
    """`contact` has the wanted values; `fields` names their columns. `writes` are all that is not settled."""

    contact: Contact
    tags: tuple[TagChip, ...]
    fields: frozenset[str] = frozenset()
    writes: tuple[Write, ...] = ()
    is_leaving: bool = False


def wished(contact: Contact, writes: Iterable[Write]) -> Wished:
    """The contact under its writes, the earliest first; what failed or is crossed shows what the provider says."""
    unsettled = tuple(writes)
    under_way = [write for write in unsettled if write.state in OPEN]
    values = {name: value for write in under_way if write.operation not in (ADDS, REMOVES, DELETES)
              for name, value in write.changes.items()}  # fmt: skip
    return Wished(
        _with_values(contact, values) if values else contact,
        _tags(contact.tag_names, under_way),
        frozenset(values),
        unsettled,
        any(write.operation == DELETES for write in under_way),
    )


def _with_values(contact: Contact, values: Mapping[str, Any]) -> Contact:
    shown = copy(contact)
    for name, value in values.items():
        if not name.startswith(CUSTOM):
            setattr(shown, name, value)
    if {"first_name", "last_name"} & values.keys() and "name" not in values:
        shown.name = " ".join(filter(None, (shown.first_name, shown.last_name)))
    shown.custom_fields = _with_custom(contact.custom_fields, values)
    return shown


def _with_custom(known: Sequence[Any], values: Mapping[str, Any]) -> list[Any]:
    wanted = {name.removeprefix(CUSTOM): value for name, value in values.items() if name.startswith(CUSTOM)}
    kept = [one for one in known if not (isinstance(one, Mapping) and one.get("id") in wanted)]
    return [*kept, *({"id": remote_id, "value": value} for remote_id, value in wanted.items())]


def _tags(known: Sequence[Any], writes: Iterable[Write]) -> tuple[TagChip, ...]:
    chips = {str(name).casefold(): TagChip(str(name)) for name in known}
    for write in writes:
        if write.operation in (ADDS, REMOVES):
            mark = "adding" if write.operation == ADDS else "removing"
            for name in write.changes["tag_names"]:
                held = chips.get(name.casefold(), TagChip(name))
                chips[name.casefold()] = TagChip(held.name, mark)
    return tuple(chips.values())
