"""Users of the provider by remote id: who owns a contact, who acted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from integrations.activity.models import RemoteUser
from integrations.workspace.models import Workspace

UNNAMED = "Unnamed user"


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the provider, by the name we know."""

    remote_id: str
    name: str


def owners_of(workspaces: Sequence[Workspace]) -> dict[str, Person]:
    """Users of the provider by remote id, also those who left: they still own contacts. One query."""
    users = RemoteUser.objects.filter(workspace__in=workspaces).order_by("name").values_list("remote_id", "name")
    return people(dict(users))


def people(names: Mapping[str, str]) -> dict[str, Person]:
    """Users of the provider from their names by remote id."""
    return {remote_id: Person(remote_id, name or UNNAMED) for remote_id, name in names.items()}


def owner_of(remote_id: str, owners: Mapping[str, Person]) -> Person | None:
    """The person behind a remote id; one we never heard of still shows, as unknown."""
    return owners.get(remote_id, Person(remote_id, "Unknown user")) if remote_id else None
