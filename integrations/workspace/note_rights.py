"""Which notes the people of a workspace may edit, by their role."""

from collections.abc import Mapping

from django.db import transaction

from integrations.workspace.models import AuditEntry, Membership, NoteRight, User, Workspace

# The column of each role that has a choice. Admins have none: they edit all notes.
COLUMNS = {Membership.Role.REP: "reps_edit_notes", Membership.Role.MANAGER: "managers_edit_notes"}


def right_of(role: str, workspace: Workspace) -> NoteRight:
    """Which notes somebody of that role may edit there; none for who has no role."""
    if role == Membership.Role.ADMIN:
        return NoteRight.ALL
    known = {str(one): column for one, column in COLUMNS.items()}
    return NoteRight(getattr(workspace, known[role])) if role in known else NoteRight.NONE


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
