"""Names for the ids in values of changes: users, calendars, businesses, and custom fields with their types."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from integrations.activity.models import Business, Calendar, FieldDefinition, RemoteUser
from integrations.sync.health.fields import CUSTOM, choices_of
from integrations.sync.health.writes import Write

type Ids = Mapping[tuple[int, str], str]
USERS = ("owner_remote_id", "author_remote_id")


@dataclass(frozen=True, slots=True)
class CustomField:
    """A custom field as the provider calls it; `choices` is empty where anything may be written."""

    name: str
    data_type: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Names:
    """By connection and remote id."""

    users: Ids = field(default_factory=dict)
    calendars: Ids = field(default_factory=dict)
    businesses: Ids = field(default_factory=dict)
    custom: Mapping[tuple[int, str], CustomField] = field(default_factory=dict)

    def of(self, column: str) -> Ids | None:
        """Where the ids of a column are named; None for a column that holds none."""
        if column in USERS:
            return self.users
        return {"calendar_remote_id": self.calendars, "business_remote_id": self.businesses}.get(column)


def names_for(writes: Iterable[Write]) -> Names:
    """What is named in changes. One query for each sort of id among them; users with all their colleagues."""
    writes = list(writes)
    columns = {name for write in writes for name in write.changes | write.base}
    connections = {write.connection_id for write in writes}
    return Names(
        users=_named(RemoteUser, connections) if columns & set(USERS) else {},
        calendars=_named(Calendar, connections) if "calendar_remote_id" in columns else {},
        businesses=_named(Business, connections, _ids(writes)) if "business_remote_id" in columns else {},
        custom=custom_fields(connections) if any(name.startswith(CUSTOM) for name in columns) else {},
    )


def custom_fields(connections: Collection[int]) -> dict[tuple[int, str], CustomField]:
    """All custom fields of connections, in their order. One query."""
    found = FieldDefinition.objects.filter(connection__in=connections).order_by("position", "pk")
    return {
        (one.connection_id, one.remote_id): CustomField(one.name, one.data_type, tuple(choices_of(one)))
        for one in found
    }


def _ids(writes: Iterable[Write]) -> set[str]:
    both = (side for write in writes for side in (write.changes, write.base))
    return {str(side["business_remote_id"]) for side in both if side.get("business_remote_id")}


def _named(model: Any, connections: Collection[int], only: Collection[str] | None = None) -> Ids:
    found = model.objects.filter(connection__in=connections)
    found = found if only is None else found.filter(remote_id__in=only)
    rows = found.order_by("name").values_list("connection_id", "remote_id", "name")
    return {(connection, remote_id): name for connection, remote_id, name in rows}
