"""Users of the provider by remote id: who owns a contact, who acted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from django.db.models import BigIntegerField, CharField

from integrations.activity.models import RemoteUser
from integrations.prepared import Param, Prepared
from integrations.workspace.models import Workspace

UNNAMED = "Unnamed user"


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the provider, by the name we know."""

    remote_id: str
    name: str


def find_owner(workspace: Workspace, remote_id: str) -> Person | None:
    """The person behind one id. One query, none for nobody."""
    if not remote_id:
        return None
    names = _name_of_user()(workspace=workspace.pk, user=remote_id)
    return owner_of(remote_id, people({remote_id: names[0]} if names else {}))


@cache
def _name_of_user() -> Prepared[str]:
    known = {"workspace": Param("workspace", BigIntegerField()), "remote_id": Param("user", CharField())}
    return Prepared(RemoteUser.objects.filter(**known).order_by("name").values_list("name", flat=True))


def people(names: Mapping[str, str]) -> dict[str, Person]:
    """Users of the provider from their names by remote id."""
    return {remote_id: Person(remote_id, name or UNNAMED) for remote_id, name in names.items()}


def owner_of(remote_id: str, owners: Mapping[str, Person]) -> Person | None:
    """The person behind a remote id; one we never heard of still shows, as unknown."""
    return owners.get(remote_id, Person(remote_id, "Unknown user")) if remote_id else None
