"""Users of the provider by remote id: who owns a contact, who acted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from django.db.models import BigIntegerField, CharField
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from integrations.activity.models import RemoteUser
from integrations.activity.names import Names, users_present
from integrations.prepared import Param, Prepared
from integrations.workspace.models import Workspace

UNNAMED = "Unnamed user"


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the provider, by the name we know, or one of ours who is nobody there.

    `under` is the name that something stands under over there, though somebody else made it here.
    """

    remote_id: str
    name: str
    is_me: bool = False  # who looks
    under: str = ""

    @property
    def who(self) -> str:
        """As the person who looks would say at the beginning of a sentence."""
        return "You" if self.is_me else self.name


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


def choosable(workspace_id: int) -> list[tuple[str, str]]:
    """(remote id, name) of everybody who can own something of an account, by name. One query."""
    return [(remote_id, name or UNNAMED) for remote_id, name in users_present(workspace_id).items()]


def people(names: Mapping[str, str], me: str = "") -> dict[str, Person]:
    """Users of the provider from their names by remote id; `me` is the one who looks."""
    return {remote_id: Person(remote_id, name or UNNAMED, remote_id == me) for remote_id, name in names.items()}


def makers(names: Names, viewer: int) -> dict[int, Person]:
    """Our own people by their key, under the remote id of the user that they are there."""
    return {
        pk: Person(names.remote_id_of(pk) or f"person-{pk}", name, pk == viewer)
        for pk, (name, _, _) in names.people.items()
    }


def options(known: Mapping[str, Person], chosen: str) -> SafeString:
    """Everybody as a choice of a select, `chosen` by remote id."""
    return _options(tuple(known.values()), chosen)


@lru_cache(maxsize=256)
def _options(everybody: tuple[Person, ...], chosen: str) -> SafeString:
    each = (
        (one.remote_id, SafeString(" selected" if one.remote_id == chosen else ""), one.name) for one in everybody
    )
    return format_html_join("", '<option value="{}"{}>{}</option>', each)


def owner_of(remote_id: str, owners: Mapping[str, Person]) -> Person | None:
    """The person behind a remote id; one we never heard of still shows, as unknown."""
    return owners.get(remote_id, Person(remote_id, "Unknown user")) if remote_id else None
