"""Which notes the people of a workspace may edit, by their role."""

from collections.abc import Callable, Mapping

from django.db import transaction

from integrations.workspace.models import AuditEntry, Membership, NoteRight, User, Workspace

# The column of each role that has a choice. Admins have none: they edit all notes.
COLUMNS = {Membership.Role.REP: "reps_edit_notes", Membership.Role.MANAGER: "managers_edit_notes"}

ONLY_OWN = "You may edit only the notes that you wrote. An admin of {workspace} decides that for your role."
NO_RIGHT = "Your role may not edit notes in {workspace}. An admin of the account can allow it."


def right_of(role: str, workspace: Workspace) -> NoteRight:
    """Which notes somebody of that role may edit there; none for who has no role."""
    if role == Membership.Role.ADMIN:
        return NoteRight.ALL
    known = {str(one): column for one, column in COLUMNS.items()}
    return NoteRight(getattr(workspace, known[role])) if role in known else NoteRight.NONE


def refusal(right: NoteRight, workspace: Workspace, is_own: Callable[[], bool]) -> str:
    """Why somebody with that right may not edit a note, "" where they may. `is_own` is asked where it counts."""
    if right == NoteRight.ALL or (right == NoteRight.OWN and is_own()):
        return ""
    return (ONLY_OWN if right == NoteRight.OWN else NO_RIGHT).format(workspace=workspace.name)


@transaction.atomic
def set_rights(*, workspace: Workspace, rights: Mapping[str, str], actor: User | None) -> int:
    """Say it for some roles, {role: right}; returns how many have changed. Anything unknown is left as it is."""
    stored = Workspace.objects.select_for_update().get(pk=workspace.pk)
    changed = 0
    for role, column in COLUMNS.items():
        before, after = getattr(stored, column), rights.get(role, "")
        if after == before or after not in NoteRight.values:
            continue
        Workspace.objects.filter(pk=stored.pk).update(**{column: after})
        both = {"before": before, "after": after}
        AuditEntry.record(act="notes.rights", actor=actor, workspace=stored, target=str(role), **both)
        changed += 1
    return changed
