"""Whether a person may ask once more for what did not get through: a right may be missing, or taken since."""

from collections.abc import Iterable

from contacts_ui.shell import access, own_notes
from contacts_ui.shell.http import MemberRequest
from integrations.activity.models import Note
from integrations.sync.health import changes
from integrations.sync.health.writes import Write, is_for_admins
from integrations.workspace.models import NoteRight


def why_not(request: MemberRequest, write: Write) -> str:
    """Why the person may not, "" where they may. Up to two queries, for a note."""
    workspace = write.connection.workspace
    if is_for_admins(write) and not access.manages(request, workspace):
        return f"Only an admin of {workspace.name} can retry this."
    note = write.target
    if write.kind != "note" or not isinstance(note, Note):
        return ""
    note.workspace, note.connection = workspace, write.connection
    return own_notes.why_not(request, note)


def barred(request: MemberRequest, writes: Iterable[Write]) -> set[int]:
    """The changes that the person may not ask for once more. Up to two queries for each account of theirs."""
    found = list(writes)
    managed = {one.pk: access.manages(request, one.connection.workspace) for one in found if is_for_admins(one)}
    return {pk for pk, is_theirs in managed.items() if not is_theirs} | _barred_notes(request, found)


def _barred_notes(request: MemberRequest, writes: Iterable[Write]) -> set[int]:
    notes = {write.pk: write for write in writes if write.kind == "note" and isinstance(write.target, Note)}
    rights = {pk: own_notes.right_in(request, write.connection.workspace) for pk, write in notes.items()}
    own = [write for pk, write in notes.items() if rights[pk] == NoteRight.OWN]
    theirs = set[int]()
    for connection in {write.connection_id: write.connection for write in own}.values():
        there = [write.target for write in own if write.connection_id == connection.pk]
        theirs |= changes.own_among(there, request.user, connection)
    may = {write.pk for write in own if write.target_id in theirs}
    return {pk for pk, right in rights.items() if right != NoteRight.ALL and pk not in may}
