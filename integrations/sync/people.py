"""Which user of the provider a person here is: the one an admin has chosen, else the one with the same email."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import transaction
from django.db.models import BigIntegerField, CharField, Q
from django.db.models.functions import Lower

from integrations.activity.models import RemoteUser
from integrations.connections.models import Connection
from integrations.prepared import Param, Prepared
from integrations.workspace.models import AuditEntry, Membership, User, Workspace


def remote_user_of(user: User | None, workspace: Workspace) -> RemoteUser | None:
    """The person's user at the provider; None where nobody or more than one could be meant. One query."""
    if user is None:
        return None
    found = _meant()(user=user.pk, email=user.email, workspace=workspace.pk)
    chosen = [one for one in found if one.is_chosen] or found
    return chosen[0] if len(chosen) == 1 else None


@cache
def _meant() -> Prepared[Any]:
    room = Param("workspace", BigIntegerField())
    mine = Membership.objects.filter(user=Param("user", BigIntegerField()), workspace=room)
    is_chosen = Q(remote_id__in=mine.values("remote_user_id"))
    is_alike = Q(lowered=Lower(Param("email", CharField())))
    there = RemoteUser.objects.present().filter(workspace=room).alias(lowered=Lower("email"))
    return Prepared(there.filter(is_chosen | is_alike).annotate(is_chosen=is_chosen).order_by())


def remote_id_of(user: User | None, connection: Connection) -> str:
    """What the person is called at this connection, "" where nobody there is them."""
    found = remote_user_of(user, connection.workspace)
    return found.remote_id if found and found.connection_id == connection.pk else ""


@dataclass(frozen=True, slots=True)
class Member:
    """A person of a workspace; `alike` is the name of the one user with their email, "" where there is none."""

    membership: Membership
    alike: str

    @property
    def email(self) -> str:
        return self.membership.user.email


def members(workspace: Workspace) -> tuple[list[Member], dict[str, str]]:
    """Everybody of a workspace, and the users of its provider by remote id. Two queries."""
    users = RemoteUser.objects.present().filter(workspace=workspace).order_by("name", "remote_id")
    rows = list(users.values_list("remote_id", "name", "email"))
    emails = Counter(email.lower() for _, _, email in rows)
    alike = {email.lower(): name or remote_id for remote_id, name, email in rows if emails[email.lower()] == 1}
    found = workspace.memberships.select_related("user").order_by("user__first_name", "user__email")
    named = {remote_id: name or email or remote_id for remote_id, name, email in rows}
    return [Member(one, alike.get(one.user.email.lower(), "")) for one in found], named


@transaction.atomic
def choose(*, workspace: Workspace, chosen: Mapping[int, str], actor: User) -> int:
    """Say which user of the provider people are, {membership id: remote id or ""}; returns how many have changed.

    What names nobody there, or a person of another workspace, is left as it is.
    """
    there = {"", *RemoteUser.objects.present().filter(workspace=workspace).values_list("remote_id", flat=True)}
    wanted = {pk: remote_id for pk, remote_id in chosen.items() if remote_id in there}
    changed = [
        one
        for one in workspace.memberships.filter(pk__in=wanted).select_related("user")
        if one.remote_user_id != wanted[one.pk]
    ]
    for one in changed:
        one.remote_user_id = wanted[one.pk]
    Membership.objects.bulk_update(changed, ["remote_user_id"])
    if changed:
        told = {one.user.email: one.remote_user_id for one in changed}
        AuditEntry.record(act="people.match", actor=actor, workspace=workspace, target=workspace.name, people=told)
    return len(changed)
