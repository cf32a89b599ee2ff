"""What an account and the role of a person allow: asked with every change, and once more before it is sent."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from integrations.activity.models import Note
from integrations.connections.models import Connection
from integrations.sync.models import Conflict, Write
from integrations.sync.people import remote_id_of
from integrations.sync.push.operations import OPERATIONS, Allowed, Operation
from integrations.workspace import note_rights, roles
from integrations.workspace.models import Membership, User, Workspace


class Refused(Exception):
    """The command cannot be carried out; `str()` says why and what to do."""


@dataclass(frozen=True, slots=True)
class Lack:
    """What a person may not do: `asked` is said to them, `later` of them, on a change that was held for it."""

    asked: str
    later: str


def require_write_access(connection: Connection) -> None:
    """Raises Refused where nothing may be changed. The row says it: no secret is loaded for a click."""
    if connection.has_ended:
        raise Refused(connection.reason or "This account is not connected.")
    if not connection.may_write:
        raise Refused("This account is connected for reading. An admin can allow writing.")


def require_membership(actor: User, workspace: Workspace) -> None:
    """Raises Refused where the person has no role there: for whoever names one without a page."""
    if not roles.role_of(actor, workspace):
        raise Refused(f"{actor} is not a member of {workspace.name}.")


def holds(actor: User | None, write: Write) -> bool:
    """Whether a change is the person's own or in a workspace that they oversee. No query for their own.

    A command line without a person may decide about every one.
    """
    if actor is None or write.actor_id == actor.pk:
        return True
    return roles.role_of(actor, write.connection.workspace) in (Membership.Role.MANAGER, Membership.Role.ADMIN)


def require_hold(actor: User | None, write: Write) -> None:
    """Raises Refused where a change is not the person's to decide about."""
    if not holds(actor, write):
        raise Refused("This change is not yours. A manager can retry or dismiss it.")


def require_right(operation: str, target: Any, connection: Connection, actor: User | None) -> None:
    """Raises Refused where the person's role does not allow it. No query for what every member may change."""
    row = OPERATIONS[operation]
    if actor is None or row.allowed == Allowed.MEMBERS:
        return
    if lack := _lack(row, target, connection, actor):
        raise Refused(lack.asked)


def held_for(write: Write) -> str:
    """Why a change may not be sent by now, "" where it may: what allowed it may have been taken away since.

    A command line without a person may send whatever the account allows. One query as a rule.
    """
    connection, row = write.connection, OPERATIONS[write.operation]
    if not connection.may_write:
        words = (
            f"{connection.workspace.name} is now connected for reading. Retry this when an admin allows writing."
        )
        return f"{row.not_done} {words}"
    if write.actor is None or not (lack := _lack(row, write.target, connection, write.actor)):
        return ""
    is_allowed = any(not _lack(row, write.target, connection, one) for one in _who_kept(write))
    return "" if is_allowed else f"{row.not_done} {lack.later}"


def is_own(note: Note, person: User, connection: Connection) -> bool:
    """Whether the person wrote a note: over there as the user they are, or here. Up to two queries."""
    return note.pk in own_among([note], person, connection)


def own_among(notes: Iterable[Note], person: User, connection: Connection) -> set[int]:
    """Those of an account's notes that the person wrote. Up to two queries."""
    mine = remote_id_of(person, connection)
    authors = {note.pk: note.author_remote_id for note in notes}
    own = {pk for pk, author in authors.items() if mine and author == mine}
    if not (others := authors.keys() - own):
        return own
    made = Write.objects.filter(kind="note", target_id__in=others, operation="note.create", actor=person)
    return own | {pk for pk in made.values_list("target_id", flat=True) if pk}


def _lack(row: Operation, target: Any, connection: Connection, actor: User) -> Lack | None:
    workspace = connection.workspace
    role = roles.role_of(actor, workspace)
    if not role:
        who = "A manager" if row.allowed == Allowed.MEMBERS else "An admin"
        later = f"{actor} is no longer a member of {workspace.name}. {who} can retry or dismiss this."
        return Lack(f"{actor} is not a member of {workspace.name}.", later)
    if row.allowed == Allowed.ADMINS and role != Membership.Role.ADMIN:
        only = f"Only an admin of its account may {row.label.lower()} a {row.kind}."
        return Lack(only, f"{only} {actor} is no longer an admin. An admin can retry this.")
    return _lack_of_notes(target, connection, actor, role) if row.allowed == Allowed.EDITORS else None


def _lack_of_notes(note: Any, connection: Connection, actor: User, role: str) -> Lack | None:
    workspace = connection.workspace
    right = note_rights.right_of(role, workspace)
    why = note_rights.refusal(right, workspace, lambda: note is not None and is_own(note, actor, connection))
    later = f"{actor} may no longer edit this note. An admin of {workspace.name} can allow it again or retry this."
    return Lack(why, later) if why else None


def _who_kept(write: Write) -> Iterable[User]:
    """Who has kept a value of it against another one, and so asks for it as well."""
    kept = write.conflicts.exclude(taken="").exclude(taken=Conflict.Taken.THEIRS)
    return User.objects.filter(pk__in=kept.exclude(settled_by=None).values("settled_by"))
