"""Who may edit a note, as the admins of its workspace have set it by role: all, those they wrote, or none."""

from collections.abc import Iterable, Mapping

from django.http import Http404

from contacts_ui.shell import access
from contacts_ui.shell.http import MemberRequest, NotAllowed
from integrations.activity.models import Contact, Note
from integrations.sync.health import changes
from integrations.sync.health.writes import Write
from integrations.workspace import note_rights
from integrations.workspace.models import NoteRight, Workspace


def right_in(request: MemberRequest, workspace: Workspace) -> NoteRight:
    """Which notes the person may edit there. No query beside the one for their workspaces."""
    return note_rights.right_of(access.role_in(request, workspace), workspace)


def get_own_note_or_404(request: MemberRequest, contact: Contact, note_id: int) -> Note:
    """A note that the person may edit; any other is answered with the reason."""
    note = Note.objects.present().filter(pk=note_id, contact=contact.pk).first()
    if note is None:
        raise Http404("This contact has no such note.")
    note.contact, note.workspace, note.connection = contact, contact.workspace, contact.connection
    if why := why_not(request, note):
        raise NotAllowed(why)
    return note


def why_not(request: MemberRequest, note: Note) -> str:
    """Why the person may not edit a note, "" where they may. Up to two queries."""
    right = right_in(request, note.workspace)
    return note_rights.refusal(right, note.workspace, lambda: changes.is_own(note, request.user, note.connection))


def why_not_again(request: MemberRequest, write: Write) -> str:
    """The same for a change that is asked for once more: the right may have been taken since."""
    note = write.target
    if write.kind != "note" or not isinstance(note, Note):
        return ""
    note.workspace, note.connection = write.connection.workspace, write.connection
    return why_not(request, note)


def barred(request: MemberRequest, writes: Iterable[Write]) -> set[int]:
    """The changes that the person may not ask for once more. Up to two queries for each account of theirs."""
    notes = {write.pk: write for write in writes if write.kind == "note" and isinstance(write.target, Note)}
    rights = {pk: right_in(request, write.connection.workspace) for pk, write in notes.items()}
    own = [write for pk, write in notes.items() if rights[pk] == NoteRight.OWN]
    theirs = set[int]()
    for connection in {write.connection_id: write.connection for write in own}.values():
        there = [write.target for write in own if write.connection_id == connection.pk]
        theirs |= changes.own_among(there, request.user, connection)
    may = {write.pk for write in own if write.target_id in theirs}
    return {pk for pk, right in rights.items() if right != NoteRight.ALL and pk not in may}


def remote_id_among(request: MemberRequest, workspace: Workspace, emails: Mapping[str, str]) -> str:
    """Which of the provider's users the person is: the one that an admin chose, else the one with their email."""
    chosen = access.remote_user_chosen(request, workspace)
    same = [remote_id for remote_id, email in emails.items() if email.casefold() == request.user.email.casefold()]
    return chosen or (same[0] if len(same) == 1 else "")
